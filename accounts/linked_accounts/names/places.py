"""Where the last name is among the words of a name, and how it reads without its particles."""

import re

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.census import is_unknown
from accounts.linked_accounts.names.order import Order
from accounts.linked_accounts.names.parsing import full, without_particles
from accounts.linked_accounts.names.words import (
    GIVEN_NAMES_TOO,
    LAST_NAMES_TOO,
    MARIAN,
    OFTEN_NAMES,
    PARTICLES,
    PREFIXES,
    VIETNAMESE_LAST_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)
from icsso.billers.models import Biller

Words = list[str]
COMMON_LAST = 0.02  # percent of the population
# Of names that the census does not list: Jaydelyn, Gunnar.
ENDS_LIKE_GIVEN = re.compile(r"(?:lynn?e?|leigh|[aeiy]dd?[aeiy]n|iyah|isha|ell[ae]|ett[ae]|nnar)$")
LONGEST_SYLLABLE = 4  # letters
INITIALS_TOO = {"d", "l"}


def place(words: Words, order: Biller.NameOrder) -> tuple[int, int]:
    """Returns where the last name starts and ends, with the particles before it."""
    before = PARTICLES | PREFIXES
    if order == Order.LAST_FIRST:
        start = 0 if words[0] in before else words.index(full(words)[0])
        end = start + 1
        while words[end - 1] in before and end < len(words) and not is_o(words[:end]):
            end += 1
        return start, end
    end = len(words)
    while len(words[end - 1]) == 1 and not is_o(words[:end]):
        end -= 1
    start = end - 1
    if words[start] in LAST_NAMES_TOO:  # Linh Van Le
        return start, end
    while start and words[start - 1] in before and not _is_first_name(words[:start]):
        start -= 1
    return start, end


def _is_first_name(words: Words) -> bool:
    """Returns whether the words end with the given name of Ben Scott, and not of Uri Ben David."""
    return words[-1] in GIVEN_NAMES_TOO and not full(words[:-1])


def is_o(words: Words) -> bool:
    """Returns whether the words end with de la O, which is a whole last name."""
    return words[-1] == "o" and len(words) > 1 and words[-2] in PARTICLES


def tails(own: Words, order: Biller.NameOrder) -> Words:
    """Returns la Cruz and Cruz for de la Cruz. Minh in LE MINH ANH may be a given name."""
    is_doubtful = order == Order.LAST_FIRST and len(own) == 2 and own[0] in OFTEN_NAMES
    is_arabic = own[0] == "al" and is_unknown(own[-1])  # Al Sayed Omar
    is_article = own[0] not in LAST_NAMES_TOO | {"van"}  # Van Harper J
    is_new = census.given(own[-1]) >= census.AS_NEWER
    is_last = census.is_mostly_last(own[-1]) and (is_article or not is_new)
    if is_doubtful and not (is_arabic or is_last):
        return []
    if order == Order.FIRST_LAST and own[0] in INITIALS_TOO:
        is_initial = len(own) > 2 or census.last("".join(own)) == census.UNLISTED
        return ["".join(own[1:])] * is_initial + without_particles(own[1:])  # John D. Clark
    is_allen = own[0] in GIVEN_NAMES_TOO and census.is_rather_last(own[-1])
    if order == Order.FIRST_LAST and is_allen:  # John Ben Allen, and not Uri Ben Ami
        return [*without_particles(own), own[-1]]
    return without_particles(own)


def may_be_given(word: str) -> bool:
    """Whether the second word may be a middle name of one who shares a last name: Kim."""
    is_common = census.given(word) >= census.COMMON_GIVEN_NAME
    is_middle = word in VIETNAMESE_MIDDLE_NAMES - VIETNAMESE_LAST_NAMES
    is_rather_given = is_common and census.given(word) > census.last(word)
    return is_middle or is_rather_given or census.is_mostly_given(word)


def is_middle_only(word: str) -> bool:
    """Returns whether it is a Vietnamese middle name, and no last name."""
    is_middle = word in VIETNAMESE_MIDDLE_NAMES - VIETNAMESE_LAST_NAMES
    return is_middle and census.last(word) < COMMON_LAST


def is_rarely_last(word: str, *, shares: bool) -> bool:
    """Returns whether it is rather a second given name than a last name, of people named together.

    shares: whether somebody's last name follows. Names that the census does not list are last
    names, unless they are given names that are new since, or end like them.
    """
    if word in VIETNAMESE_LAST_NAMES:
        return False
    if shares and not census.is_listed(word):
        return bool(ENDS_LIKE_GIVEN.search(word))
    if shares:
        return not (census.is_rather_last(word) or census.is_last_only(word))
    return census.is_mostly_given(word) and census.last(word) < COMMON_LAST


def lacks_last_name(words: Words, start: int, end: int, *, shares: bool, is_alone: bool) -> bool:
    """Returns whether the end of a name, in the order FIRST_LAST, is rather a given name: the last
    name may be the one beside it, or cut off.

    start, end: of what would be the last name. shares: whether somebody's last name follows.
    """
    before, own = words[:start], words[start:end]
    if len(words[-1]) == 1 and census.given(own[-1]) >= census.COMMON_GIVEN_NAME:
        return True  # Pamela Allison W
    if is_alone:
        return False
    if shares and before[:1] and before[0] in MARIAN and own[0] in PARTICLES:
        return True  # María de los Ángeles
    is_after_initial = len(before) > 1 and len(before[-1]) == 1
    is_doubtful = len(own) == 1 and not is_after_initial
    is_doubtful &= not (shares and _is_chinese(before, own[0]))
    is_rare = is_doubtful and is_rarely_last(own[0], shares=shares)
    is_cut = len(words[-1]) == 1 and not census.is_mostly_last(own[-1])
    return is_rare or is_cut or is_middle_only(own[-1])


def _is_chinese(before: Words, word: str) -> bool:
    """Whether it may be the last name of Wei Bao, and not the second given name of Gia Bao."""
    is_short = len(word) <= LONGEST_SYLLABLE and census.given(word) < census.LISTED_OFTEN
    return is_short and not (VIETNAMESE_MIDDLE_NAMES | VIETNAMESE_LAST_NAMES) & {*before}


def has_particle(own: Words, order: Biller.NameOrder) -> bool:
    """Whether it is a last name like de la Rosa; María de los Ángeles is a given name."""
    return order == Order.LAST_FIRST and len(own) > 1 and own[0] in {"de", "del"}


def starts_with_article_name(own: Words) -> bool:
    """Whether the name starts with the last name Le or Do, and not with a particle as le Blanc."""
    if len(own) != 2 or own[0] not in LAST_NAMES_TOO:
        return False
    is_given = census.given(own[1]) >= census.last(own[1])
    return is_given or own[1] in VIETNAMESE_MIDDLE_NAMES
