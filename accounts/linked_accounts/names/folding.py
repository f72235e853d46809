"""The normal form in which names are compared."""

import re
import unicodedata

JOINED = re.compile(r"&|\+|/|;|\b(?:and|or|aka|a/k/a)\b", re.IGNORECASE)
_SAINT = re.compile(r"\b(?:(saint)|st\b\.?)\s+(?=\w\w)", re.IGNORECASE)
# Letters that are a single character, and so don't split into a plain letter and an accent.
PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
# How these letters are also written where the keyboard has none: Mueller, Soerensen, Djokovic.
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "đ": "dj"})


def squeezed(text: str) -> str:
    """Returns the text without case, accents, spaces, and punctuation."""
    if text.isascii():
        return "".join(sign for sign in text.lower() if sign.isalnum())
    # Once before, since İ and its like split only when they are decomposed.
    whole = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN)
    decomposed = unicodedata.normalize("NFKD", whole).translate(PLAIN)
    return "".join(sign for sign in decomposed if sign.isalnum())


def squeezed_with_and(text: str) -> str:
    """Returns the text squeezed, with "and" for whatever joins two names."""
    return squeezed(JOINED.sub(" and ", text))


def written_out(text: str) -> str:
    """Returns the text with ae, oe, ue, aa, and dj for the letters they stand for."""
    return unicodedata.normalize("NFC", text).casefold().translate(WRITTEN_OUT)


def other_saint(text: str) -> str:
    """Returns the text with "Saint" for "St.", or the other way round."""
    return _SAINT.sub(lambda found: "st " if found[1] else "saint ", text)


def squeezed_words(text: str) -> list[str]:
    return [word for word in map(squeezed, text.replace(",", " ").split()) if word]
