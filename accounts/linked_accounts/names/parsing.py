"""A name as a CIS writes it, taken apart: whose account it is, and the words of each name."""

import re

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.folding import JOINED, squeezed_words
from accounts.linked_accounts.names.words import (
    AMBIGUOUS_FORMS,
    BUSINESS_OR_LAST_NAME,
    LEGAL_FORMS,
    OF_BUSINESSES,
    OF_TRUSTS,
    PARTICLES,
    STATUS_WORDS,
    VIETNAMESE_LAST_NAMES,
)

_BESIDE = re.compile(
    r"\([^)]*\)"
    r"|\b(?:est|estate|heirs?|trust|(?:co-?)?trustees?|executors?|tenants?|owners?) of(?: the)?\b"
    r"|\bet (?:al|ux|vir)\b|\blife (?:estate|tenants?)\b|\b(?:personal|legal) rep\w*"
    r"|\bdo not (?:mail|call)\b",
    re.IGNORECASE,
)
_CARE_OF = re.compile(r"\bc/o\b|\bcare of\b|\battn\b|\bfbo\b|%", re.IGNORECASE)
_OTHER_NAME = re.compile(r"\b(?:dba|d/b/a|aka|a/k/a|fka|f/k/a|nka|n/k/a)\b|;", re.IGNORECASE)
_TRUST = re.compile(r"\b(?:trust|trst)\b|\bfamily\s*$", re.IGNORECASE)
_SPACED_FORM = re.compile(r"\bl\s+l\s+([cp])\b", re.IGNORECASE)
_HYPHENATED = re.compile(r"[^\s,]+[-–‐][^\s,]+")


def bearers(known: str) -> str:
    """Returns the name without a second addressee: "Ana Torres c/o Maria Cruz" is Ana's account."""
    written = _SPACED_FORM.sub(r"LL\1", known)
    return next((part for part in _CARE_OF.split(written) if part.strip()), "")


def other_names(known: str) -> list[str]:
    """Returns each name that the bearers go by: "Ana Torres dba Torres Bakery" has two."""
    return [part for part in _OTHER_NAME.split(bearers(known)) if squeezed_words(part)]


def without_beside(text: str) -> str:
    return _BESIDE.sub(" ", text)


def without_trust(text: str) -> str:
    """Returns the person or family whose trust this is; other names as they are."""
    if not _TRUST.search(text):
        return text
    # After the word come dates and trustees: "Smith Family Trust dtd 5/1/2019".
    before = _TRUST.split(without_beside(text))
    name = next((part for part in before if part.strip(" ,")), "")
    kept = [word for word in re.split(r"\s+", name) if not set(squeezed_words(word)) & OF_TRUSTS]
    return " ".join(kept)


def is_business(name: str) -> bool:
    """Returns whether this is a business name. Parts of one prove nothing: they are public."""
    words = squeezed_words(name)
    if LEGAL_FORMS & set(words) or AMBIGUOUS_FORMS & set(words[-1:]):
        return True
    # Before a comma is a last name, whatever it means.
    words = [word for part in parts(name) for word in name_words(part.rpartition(",")[2])]
    return any(not word.isalpha() for word in words) or _is_named_like_business(words)


def _is_named_like_business(words: list[str]) -> bool:
    others = [word for word in full(words) if word not in OF_BUSINESSES]
    telling = {word for word in words if word in OF_BUSINESSES}
    if telling == {"hoa"} and len(words) > 1 and VIETNAMESE_LAST_NAMES & {words[0], words[-1]}:
        return False  # a given name, and not a homeowners association
    if len(telling) == 1 and telling <= BUSINESS_OR_LAST_NAME:
        return not (others and all(census.is_common_given(word) for word in others))  # Anna Law
    return bool(telling)


def without_legal_form(name: str) -> str:
    kept = [word for word in squeezed_words(name) if word not in LEGAL_FORMS]
    if len(kept) > 2 and kept[-1] in AMBIGUOUS_FORMS:
        kept.pop()
    return "".join(kept)


def without_status(business: str) -> str:
    """Returns "Willows Laundry" for "Willows Laundry (renter)" and "Willows Laundry tenant"."""
    words = without_beside(business).split()
    while words and not set(squeezed_words(words[-1])) - STATUS_WORDS:
        words.pop()
    shorter = " ".join(words)
    return shorter if is_business(shorter) else business


def parts(name: str) -> list[str]:
    """Returns each person's name as written, without parentheses and the like."""
    return [part for part in JOINED.split(without_beside(name)) if name_words(part)]


def name_words(text: str) -> list[str]:
    return [word for word in squeezed_words(text) if word not in STATUS_WORDS]


def comma_parts(person: str) -> list[list[str]]:
    return [words for words in map(name_words, person.split(",")) if words]


def hyphenated(name: str) -> dict[str, list[str]]:
    """Returns the two last names of each double one: {"garcialopez": ["garcia", "lopez"]}."""
    doubles = _HYPHENATED.findall(name)
    split = [squeezed_words(re.sub(r"[-–‐]", " ", double)) for double in doubles]
    return {"".join(words): words for words in split}


def full(words: list[str]) -> list[str]:
    return [word for word in words if len(word) > 1]


def significant(words: list[str]) -> list[str]:
    return [word for word in full(words) if word not in PARTICLES]
