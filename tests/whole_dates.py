"""Days and times in the words of a test as pages write them: with spaces that don't break."""

import re

SPACE = re.compile(r"(?<=\b[A-Z][a-z]{2}) (?=\d)|(?<=\d,) (?=\d{4}\b)|(?<=\d:\d\d) (?=[AP]M\b)")


def whole(words: str) -> str:
    return SPACE.sub("\N{NO-BREAK SPACE}", words)


def spaced(words: str) -> str:
    """The other way around."""
    return words.replace("\N{NO-BREAK SPACE}", " ")
