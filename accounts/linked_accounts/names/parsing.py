"""A name as a CIS writes it, taken apart: whose account it is, and the words of each name."""

import re

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.folding import JOINED, squeezed_words
from accounts.linked_accounts.names.words import (
    AMBIGUOUS_FORMS,
    BUSINESS_OR_LAST_NAME,
    BUSINESS_UNLESS_INITIAL,
    ENDS_OF_BUSINESSES,
    FAMILY,
    FORMS_OF_PRACTICES,
    LEGAL_FORMS,
    MORE_STREETS,
    NAMES_OF_CHURCHES,
    NEVER_LAST_NAMES,
    NO_NAME,
    NUMBERED_BUSINESSES,
    OF_BUSINESSES,
    OF_TRUSTS,
    PARTICLES,
    RARE_LAST_NAMES,
    SON_OF,
    STATUS_WORDS,
    STREETS,
    VIETNAMESE_LAST_NAMES,
)
from icsso.client.plain_signs import DASHES, squeezed

_BESIDE = re.compile(
    r"\([^)]*(?:\)|$)"
    r"|(?:\bthe )?\b(?:est\.?|estate|heirs?|trust(?: (?:under(?: the)? will|u/?w))?"
    r"|(?:co-?)?trustees?|executors?|tenants?|owners?) of(?: the)?\b"
    r"|\bas (?:(?:sole|succ\w*|co)[\s-])?trustees?\b(?: of(?: the)?\b)?"
    r"|\bet (?:al\b|(?:ux|vir)\b(?!\s+\w))|\blife (?:est|estate|tenants?)\b"
    r"|\b(?:pers?|personal|legal) rep\w*"
    r"|\b(?:tenants?|ten) (?:in|by)(?: the)? (?:common|entiret\w+)"
    r"|\ban? (?:(?:un)?married|single) \w+"
    r"|(?<!\breal)\s(?:est|estate)\s*$|\bcomm?(?:unity)? prop(?:erty)?\b|\b[hw]/[hw]\b"
    r"|#\s*\d+[a-z]?\b|\b(?:apt|unit|lot)[\s.#]+\w{1,4}\s*$|[*]+"
    r"|\b(?:apt|unit|lot|ste|suite)[\s.#]*(?=\w*\d)\w{1,5}\b"
    r"|\bdo not (?:mail|call|shut ?off|turn ?off|disconnect)\b|\bvacant (?:lot|land)\b"
    r"|\bund(?:ivided)?\s+\d{1,3}/\d{1,3}(?:\s+int(?:erest)?)?(?=\s|$)"
    r"|\b\d+(?:\.\d+)?\s?%(?=\s*(?:$|[&/]))|(?<![\d/])\b\d{1,3}/\d{1,3}(?=\s*(?:$|&))"
    r"|\b(?:acct|account|meter)[\s.#]*\d+\s*$|(?<=[a-z]\s)\d\s*$"
    r"|\b(?:2nd|3rd|4th|5th)\s*$|\b\d[snrt][tdh] fl\w*\s*$"
    r"|\b(?:u/[adt](?:/[dt])?|under (?:trust )?agreement"
    r"|(?:ua|ud|udt|uta|utd|dtd|dated)(?=\s+(?:dtd|dated)?[\s\d]))\b.*$"
    r"|\b(?:property|prop|office|general) (?:mgr|manager)\b"
    r"|\bthe (?:hon(?:orable)?|rev(?:erend)?)\b"
    r"|\bas to(?=\s+(?:an?\s+)?(?:und\w*\s+)?\d)"
    r"|(?<=[a-z]\s)\d[\d/.-]{5,}\s*$|[+&]\s*\d(?: others?)?\s*$",
    re.IGNORECASE,
)
_CARE_OF = re.compile(
    r"\bc/o\b|\bc/-|\bcare of\b|\bcare o$|\battn\b|\b(?:fbo|itf|(?<=\w )atf|in trust for)\b"
    r"|(?<!\d)(?<!\d )%|%(?!\s*(?:$|[&/]))"
    r"|\b(?:as )?(?:poa|agent|guardian|gdn|custodian|cust|conservator|nominee) for\b"
    r"|\bpoa\b(?=\s+\w)",
    re.IGNORECASE,
)
_BUSINESS = re.compile(
    r"\b(?:dba|d/b/a|d\.b\.a|t/a|(?:doing business|trading) as)\b[.:]?|\bd b a\b(?=\s+\w)",
    re.IGNORECASE,
)
_OTHER_NAME = re.compile(
    r"\b(?:[afn](?:ka|/k/a|\.k\.a)|formerly)\b[.:]?|;|(?<=\w )n[eé]e\b(?=\s+\w)", re.IGNORECASE
)
_TRUST = re.compile(
    r"\b(?:trust|trst|tr)\b(?!\s*&)"
    rf"|\b(?:{'|'.join(sorted(FAMILY))}|(?:ir)?revocable|living)\s*$",
    re.IGNORECASE,
)
_STORE_NUMBER = re.compile(r"(?<![\s,])[\s,]+(?:(?:no\.?|#)\s*)?\d{2,}$", re.IGNORECASE)
_SPACED_FORM = re.compile(r"\bl\s+l\s+([cp])\b", re.IGNORECASE)
INITIALS = re.compile(r"\b([a-z])\.(?=[a-z]\b)", re.IGNORECASE)  # J.R. Smith
_NUMBER_FIRST = re.compile(r"\W*(?:(?:apt|unit|lot|ste|suite)\b[\s.#]*)?#?\d", re.IGNORECASE)
_AND = re.compile(r"\by(?=\s+([^\W\d_]+))", re.IGNORECASE)  # Juan García y Ana López
_YEAR = re.compile(r"(?:19|20)\d\d")  # the Smith 2004 Trust
_DASH = re.compile(r"\s[-–—]\s")
HYPHEN = re.compile(f"[-{DASHES}]")
_HYPHENATED = re.compile(rf"[^\s,]+[-{DASHES}][^\s,]+")


def bearers(known: str) -> str:
    """Returns the name without a second addressee: "Ana Torres c/o Maria Cruz" is Ana's account."""
    written = _SPACED_FORM.sub(r"LL\1", known)
    return next((part for part in _CARE_OF.split(written) if part.strip()), "")


def other_names(known: str) -> list[str]:
    """Returns each name that the bearers go by, other than in business: "Ana Torres aka Ana Ruiz"
    has two."""
    people = _BUSINESS.split(bearers(known))[0]
    return [part for part in _OTHER_NAME.split(people) if squeezed_words(part)]


def without_cut_word(name: str) -> str:
    """Returns "Ann L Simpson" for "Ann L Simpson - Tenan": the CIS cut off a word that is no name.
    Other names as they are."""
    *words, last = [word for word in name.split() if squeezed(word)] or [""]
    cut, before = squeezed(last), squeezed(words[-1]) if words else ""
    is_beginning = len(cut) > 2 and cut not in NO_NAME | OF_TRUSTS and census.is_unknown(cut)
    is_status = any(word.startswith(cut) for word in STATUS_WORDS | OF_TRUSTS | {"care"})
    begins_trust = any(word.startswith(cut) for word in OF_TRUSTS)
    is_trust = before in OF_TRUSTS or squeezed(words[0] if words else "") == "the"
    if is_trust and begins_trust and len(words) > 2:  # Ann L Simpson Rev Liv T
        return " ".join(word for word in words if squeezed(word) not in OF_TRUSTS)
    is_of_trust = len(cut) > 3 and begins_trust
    may_be_last = census.given(before) > census.UNLISTED and not is_of_trust
    if not (is_beginning and is_status) or not words or may_be_last:
        return name
    if squeezed(words[-1]) in OF_TRUSTS or is_of_trust:  # The Simpson Living Tru
        return " ".join(word for word in words if squeezed(word) not in OF_TRUSTS)
    return " ".join(words) if len(words) > 1 else name


def business_names(known: str) -> list[str]:
    """Returns Torres Bakery for "Ana Torres dba Torres Bakery"."""
    return [part for part in _BUSINESS.split(bearers(known))[1:] if squeezed_words(part)]


def without_beside(text: str) -> str:
    return _BESIDE.sub(" ", text)


def without_trust(text: str) -> str:
    """Returns the person or family whose trust this is; other names as they are."""
    if not _TRUST.search(text):
        return text
    # After the word come dates and trustees: "Smith Family Trust dtd 5/1/2019".
    before = _TRUST.split(without_beside(text))
    name = next((part for part in before if part.strip(" ,")), "")
    kept = [word for word in name.split() if not set(squeezed_words(word)) & OF_TRUSTS]
    return " ".join(word for word in kept if not _YEAR.fullmatch(word))


def is_business(name: str) -> bool:
    """Returns whether this is a business name. Parts of one prove nothing: they are public."""
    words = squeezed_words(name)
    if LEGAL_FORMS & set(words) or AMBIGUOUS_FORMS & set(words[-1:]):
        return True
    people = parts(name)
    is_numbered = bool(_NUMBER_FIRST.match(name))
    if _is_numbered_word(name) or any(
        words[-1] in ENDS_OF_BUSINESSES or _is_address(words, is_numbered=is_numbered)
        for words in map(name_words, people)
    ):
        return True
    ends = [end for part in people for end in (name_words(part)[0], name_words(part)[-1])]
    is_vietnamese = bool(VIETNAMESE_LAST_NAMES & {*ends})
    named = [_without_last_name(part) for part in people]
    return any(not word.isalpha() for words in named for word in words) or any(
        _is_named_like_business(words, is_vietnamese=is_vietnamese and len(ends) + len(words) > 3)
        for words in named
    )


def _is_numbered_word(name: str) -> bool:
    """Whether it is a name like Motel 6 and Super 8, and not Smith 2, somebody's other account."""
    word, *number = name.split()
    is_number = len(number) == 1 and number[0].isdigit()
    return is_number and squeezed(word) in NUMBERED_BUSINESSES


def _is_address(words: list[str], *, is_numbered: bool) -> bool:
    """Whether it is a place like Maple Court, and not Anna Court: no given name is before it. After
    a number, Unit 4 Madison Court and Unit 4 Maple Lane are places too, and Nathan Lane is not."""
    *names, place = words
    are_places = all(census.given(n) < census.LISTED_OFTEN and census.is_listed(n) for n in names)
    is_street = place in STREETS and (are_places or is_numbered)
    return bool(names) and (is_street or (place in MORE_STREETS and are_places and is_numbered))


def _without_last_name(person: str) -> list[str]:
    """Returns the words after a comma: before it is a last name, whatever it means, as in "Church,
    Trustee". All words if no name follows several, as in "First Bank, N.A."."""
    before, _, after = person.rstrip(" ,").rpartition(",")
    words = name_words(after)
    is_name = full(words) or len(full(name_words(before))) < 2
    return words if is_name else name_words(person)


def _is_named_like_business(words: list[str], *, is_vietnamese: bool) -> bool:
    others = [word for word in full(words) if word not in OF_BUSINESSES]
    telling = {word for word in words if word in OF_BUSINESSES}
    if telling == {"hoa"} and is_vietnamese:
        return False  # a given name, and not a homeowners association
    if any(len(word) == 1 for word in words):  # Daniel L. Church is a person
        is_name = telling <= BUSINESS_OR_LAST_NAME | BUSINESS_UNLESS_INITIAL
        if telling and is_name:
            return len(telling) > 1 or any(map(census.is_mostly_last, others))
    if len(telling) == 1 and telling <= BUSINESS_OR_LAST_NAME | BUSINESS_UNLESS_INITIAL:
        are_given = others and all(map(census.is_common_given, others))  # Anna Law
        return not are_given or bool(NAMES_OF_CHURCHES & {*others} and telling - {"law", "laws"})
    return bool(telling)


def without_legal_form(name: str) -> str:
    words = squeezed_words(name)
    kept = [word for word in words if word not in LEGAL_FORMS]
    if len(kept) > 1 and kept[-1] in AMBIGUOUS_FORMS and _is_form(kept):
        kept.pop()
    has_article = len(kept) < len(words) and len(kept) > 1 and kept[0] == "the"
    return "".join(kept[1:] if has_article else kept)


def _is_form(words: list[str]) -> bool:
    """Whether the last word is a legal form: in Willows Co, and not in David Co or Smith Trust."""
    if len(words) > 2:
        return True
    before, form = words
    is_given = census.given(before) > census.UNLISTED
    return form in NEVER_LAST_NAMES or (form == "co" and not is_given)


def without_article(business: str) -> str:
    """Returns "Coffee House" for "The Coffee House"."""
    words = squeezed_words(business)
    return "".join(words[1:] if words[:1] == ["the"] and len(words) > 2 else words)


def in_speech(business: str) -> str:
    """Returns "City of Springfield" for "Springfield, City of", and "The Inn" for "Inn, The"."""
    words = business.split()
    ends = squeezed_words(business)[-1:]
    moved = 2 if ends == ["of"] and len(words) > 2 else 1 if ends == ["the"] else 0
    return " ".join(words[len(words) - moved :] + words[: len(words) - moved])


def without_number(business: str) -> str:
    """Returns "General Store" for "General Store #8841"."""
    name = _STORE_NUMBER.sub("", business)
    return name if len(squeezed_words(JOINED.sub(" ", name))) > 1 else business


def without_status(business: str) -> str:
    """Returns "Willows Laundry" for "Willows Laundry (renter)", "Willows Laundry tenant", and
    "Willows Laundry, P.A."."""
    words = without_beside(business).split()
    while words and not set(squeezed_words(words[-1])) - STATUS_WORDS - FORMS_OF_PRACTICES:
        words.pop()
    shorter = " ".join(words)
    return shorter if len(words) > 1 and is_business(shorter) else business


def parts(name: str) -> list[str]:
    """Returns each person's name as written, without parentheses and the like."""
    spaced = INITIALS.sub(r"\1. ", _AND.sub(_and, _without_remark(without_beside(name))))
    return [part for part in JOINED.split(spaced) if name_words(part)]


def _and(found: re.Match[str]) -> str:
    """Returns & for y after a whole name, and not for the initial in Chen Y Amy."""
    before = JOINED.split(found.string[: found.start()])[-1]
    is_name = len(full(name_words(before))) > 1 and census.is_hardly_last(squeezed(found[1]))
    return "&" if is_name else found[0]


def _without_remark(name: str) -> str:
    """Returns Jane Doe for "Jane Doe - Builder": nobody has that name."""
    before, *after = _DASH.split(name, maxsplit=1)
    words = [word for text in after for word in name_words(text)]
    is_remark = all(len(word) > 1 and _may_remark(word) for word in words)
    return before if after and is_remark and len(full(name_words(before))) > 1 else name


def _may_remark(word: str) -> bool:
    return census.is_unknown(word) or not word.isalpha() or word in RARE_LAST_NAMES


def name_words(text: str) -> list[str]:
    return [word for word in squeezed_words(text) if word not in STATUS_WORDS]


def comma_parts(person: str) -> list[list[str]]:
    return [words for words in map(name_words, person.split(",")) if words]


def hyphenated(name: str) -> list[tuple[str, str]]:
    """Returns what is before and after each hyphen: [("garcia", "lopez")]."""
    split = [HYPHEN.split(double, maxsplit=1) for double in _HYPHENATED.findall(name)]
    return [(squeezed(before), squeezed(after)) for before, after in split]


def full(words: list[str]) -> list[str]:
    return [word for word in words if len(word) > 1]


def significant(words: list[str]) -> list[str]:
    return [word for word in full(words) if word not in PARTICLES]


def without_particles(last: list[str]) -> list[str]:
    """Returns la Cruz and Cruz for de la Cruz; not John for St. John, and not Ami for Ben Ami:
    these are given names."""
    ends = [last[start:] for start in range(1, len(last))]
    most = census.RAREST if last[0] in SON_OF else census.COMMON_GIVEN_NAME
    return ["".join(end) for end in ends if len(end) > 1 or census.given(end[0]) < most]
