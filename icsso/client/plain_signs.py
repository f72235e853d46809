"""Signs as pages, word processors, and other keyboards write them, as plain text."""

import re
import unicodedata
from html import unescape

DASHES = "‐‑‒–—−－﹘﹣"
BETWEEN = re.compile(rf"[-{DASHES}/\\,.;:&+()]")
# Letters of UTF-8 that were read as Windows-1252: GarcÃ\xada.
READ_WRONGLY = re.compile("[Â-ô][\u0080-\u00bf\u0152-\u2122]")
MOST_ESCAPES = 2  # "&amp;amp;": two systems, one after the other
ENTITY_IN_CAPITALS = re.compile(r"&[A-Z]+;")
# Letters that are a single character, and so don't split into a plain letter and an accent.
PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
    | {"¥": "n", "¤": "n"}  # Ñ and ñ of DOS that were read as Windows' letters: NU¥EZ
)


def plain_signs(text: str) -> str:
    """Returns the text without invisible characters, with wide signs and digits as plain ones and
    every dash as a hyphen. Raised numbers stay: 84² is not 842."""
    if text.isascii():
        return text
    return "".join(_plain_sign(sign) for sign in text)


def plain_digits(text: str) -> str:
    """Returns the text, in the same length, with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def repaired(text: str) -> str:
    """Returns the text as it was before other systems escaped it for HTML ("O&#39;Brien") or read
    its UTF-8 as Windows-1252, and put all of it in capitals."""
    for _time in range(text.count("&") and MOST_ESCAPES):
        text = unescape(ENTITY_IN_CAPITALS.sub(lambda found: found[0].lower(), text))
    if not text.isascii() and READ_WRONGLY.search(text):
        try:
            return b"".join(map(_byte, text)).decode()
        except UnicodeError:
            return text
    return text


def _byte(sign: str) -> bytes:
    """Returns the byte that was read as this. Windows-1252 has no letters for some, such as that
    in Í, which programs leave as they are."""
    return sign.encode("latin-1" if "\x80" <= sign <= "\x9f" else "cp1252")


def _plain_sign(sign: str) -> str:
    if sign in DASHES:
        return "-"
    if "\uff01" <= sign <= "\uff5e":
        return unicodedata.normalize("NFKC", sign)
    return "" if unicodedata.category(sign) == "Cf" else sign


def squeezed(text: str) -> str:
    """Returns the text without case, accents, spaces, and punctuation."""
    if text.isascii():
        return "".join(sign for sign in text.lower() if sign.isalnum())
    # Once before, since İ and its like split only when they are decomposed.
    whole = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN)
    decomposed = unicodedata.normalize("NFKD", whole).translate(PLAIN)
    return "".join(sign for sign in decomposed if sign.isalnum() and not _is_mark(sign))


def _is_mark(sign: str) -> bool:
    """Whether Unicode calls it a letter, though it is an apostrophe, as in Hawaiian."""
    return unicodedata.category(sign) == "Lm"


def search_key(text: str) -> str:
    """Returns each word squeezed, with single spaces: what searches for words compare. What a
    hyphen or a slash joins is two words, what an apostrophe joins is one, however it is escaped."""
    if text.isascii() and text.replace(" ", "").isalnum():  # nearly always
        return " ".join(text.lower().split())
    return " ".join(filter(None, map(squeezed, BETWEEN.sub(" ", repaired(text)).split())))
