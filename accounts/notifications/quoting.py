"""Quotes names that people choose in emails. Whoever knows a password can name a passkey, and the
name must not pass for a part of the email."""

import re
import unicodedata

from backoffice.bidi import isolated

LONGEST = 60  # characters
# What mail programs turn into a link: a dot before a letter, an @ beside a word, and the beginning
# of a URL. With a space inserted after it, they don't.
LINK = re.compile(r"(?<=\S)([.:@。．｡])(?=[^\W\d]|/)")
QUOTES = str.maketrans(dict.fromkeys('"“”„«»', "'"))


def quotable(words: str) -> str:
    """Returns the words for use between quotation marks: on one line, without invisible characters,
    no longer than a name, and without anything that mail programs take for a host name or an email
    address."""
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in words
        if sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    line = " ".join(seen.translate(QUOTES).split())[:LONGEST].rstrip()
    return isolated(LINK.sub(r"\1 ", line))
