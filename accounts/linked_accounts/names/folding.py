"""The normal form in which names are compared."""

import re
import unicodedata

from icsso.client.plain_signs import squeezed

JOINED = re.compile(
    r"&|\bw/(?=\s?\w{2})|\+|/|;|\b(?:and|or|aka|et (?:ux|vir))\b"
    r"|\b(?:his|her) (?:wife|husband|spouse)\b|\ba[./]k[./]a\b\.?",
    re.IGNORECASE,
)
# Smith_John and Smith.John, but not J.R., Ph.D., and Willows.com.
BETWEEN_WORDS = re.compile(
    r"[,_]|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})(?!(?:com|net|org|biz|info|edu|gov|us)\b)",
    re.IGNORECASE,
)
# Of Á and Í, some programs keep only the first byte: GARCÃA, SÃNCHEZ. In Portuguese, neither a
# nor n follows ã.
LOST_LETTER = re.compile(r"(?<=[^\W\d_])(?:[?\ufffd]|Ã(?=[AN]))(?=[^\W\d_])")
# The letters that have accents in US names, or an apostrophe or a hyphen: O?Brien, Smith?Jones.
MAY_BE_LOST = (*"aeiouncs", "", "-")
_SAINT = re.compile(r"\b(saint|st)(e?)\b\.?[\s-]+(?=[^\W\d_]{2})", re.IGNORECASE)
_OTHER_SAINT = {"saint": "st", "st": "saint"}
# How these letters are also written where the keyboard has none: Mueller, Soerensen, Djokovic.
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "đ": "dj"})
_WRITTEN_OUT_ELSEWHERE = {sign: text for sign, text in WRITTEN_OUT.items() if sign != ord("đ")}
_SLAVIC = {"ć", "č", "š", "ž"}


def squeezed_with_and(text: str) -> str:
    """Returns the text squeezed, with "and" for whatever joins two names."""
    return squeezed(JOINED.sub(" and ", text))


def written_out(text: str) -> str:
    """Returns the text with ae, oe, ue, aa, and dj for the letters they stand for. In Vietnamese
    names, đ is never dj."""
    composed = unicodedata.normalize("NFC", text).casefold()
    is_slavic = bool(_SLAVIC & {*composed})
    return composed.translate(WRITTEN_OUT if is_slavic else _WRITTEN_OUT_ELSEWHERE)


def other_saint(text: str) -> str:
    """Returns the text with "Saint" for "St." and "Sainte" for "Ste.", or the other way round."""
    return _SAINT.sub(lambda found: f"{_OTHER_SAINT[found[1].lower()]}{found[2]} ", text)


# What businesses write in two ways.
_ABBREVIATED = {
    "1st": "first", "2nd": "second", "3rd": "third", "apts": "apartments", "assn": "association",
    "assoc": "association", "bldg": "building", "bros": "brothers", "co": "company",
    "corp": "corporation", "ctr": "center", "dept": "department", "dist": "district",
    "elem": "elementary", "govt": "government", "hosp": "hospital", "inc": "incorporated",
    "intl": "international", "ltd": "limited", "mfg": "manufacturing", "mgmt": "management",
    "natl": "national", "props": "properties", "svc": "service", "svcs": "services",
    "twp": "township", "univ": "university",
}  # fmt: skip


def spelled_out(text: str) -> str:
    """Returns the words in lower case, with "association" for "assn" and the like."""
    words = squeezed_words(JOINED.sub(" and ", text))
    return " ".join(_ABBREVIATED.get(word, word) for word in words)


def squeezed_words(text: str) -> list[str]:
    return [word for word in map(squeezed, BETWEEN_WORDS.sub(" ", text).split()) if word]
