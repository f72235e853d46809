"""Names of which the CIS cut off the end: many systems keep 20, 25, 30, or 35 characters."""

import re
from collections.abc import Iterator

from accounts.linked_accounts.names import census, two_last_names
from accounts.linked_accounts.names.folding import JOINED, squeezed_words
from accounts.linked_accounts.names.order import Order
from accounts.linked_accounts.names.parsing import without_cut_word
from accounts.linked_accounts.names.words import (
    LEGAL_FORMS,
    NO_NAME,
    RARE_LAST_NAMES,
    VIETNAMESE_LAST_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)
from icsso.billers.models import Biller
from icsso.client.plain_signs import squeezed

SHORTEST_CUT = 20  # characters
FEWEST_KEPT = 4  # letters of a last name that the CIS cut off
FEWEST_READ = 2
# A short and common last name at the end is not the beginning of another: Tran, Hill.
LONGEST_WHOLE, COMMON_LAST_NAME = 4, 0.02  # letters; percent of the population
COMMONER = 2  # times as common: Morris as Morrison, but not Martin as Martinez
_LAST_WORD = re.compile(r"[^\W\d_]+$")


def may_be_cut(known: str) -> bool:
    return len(known.strip()) >= SHORTEST_CUT


def cut_word(known: str) -> str:
    """Returns the last word if it may be only a beginning; "" if not."""
    word = squeezed_words(known)[-1]
    is_whole = len(word) <= LONGEST_WHOLE and census.last(word) >= COMMON_LAST_NAME
    return word if may_be_cut(known) and not is_whole else ""


def beginning(known: str) -> str:
    """Returns what is left of the last word, or of what is after its hyphen."""
    found = _LAST_WORD.search(known.strip())
    return squeezed(found[0]) if found else ""


def readings(name: str, order: Biller.NameOrder) -> Iterator[tuple[str, str]]:
    """Yields ways to read a name that may be cut, each with the word that the CIS does not have:
    ("Ana Ruiz Delgado", "delgado") for "Ana Ruiz Delga", read as the commonest name that starts
    like this. Where too few letters are left to say which name it was, the word proves nothing,
    but the names before it can be told apart."""
    yield without_cut_word(name), ""
    kept = beginning(name)
    is_known = len(kept) >= FEWEST_KEPT and not census.is_unknown(kept)
    is_known |= kept in VIETNAMESE_LAST_NAMES and squeezed_words(name)[-2:-1] != ["de"]
    if len(kept) < FEWEST_READ or is_known or kept in NO_NAME or order == Order.UNKNOWN:
        return
    has_comma = "," in JOINED.split(name)[-1]
    kinds = (True,) if has_comma else (False, True) if order == Order.LAST_FIRST else (False,)
    for given_name in kinds:
        if whole := census.completed(kept, given_name=given_name):
            yield _LAST_WORD.sub(whole, name.strip()), whole


def is_whole_of(word: str, kept: str) -> bool:
    """Returns whether it is a last name, and no given name, of which the CIS has the beginning."""
    is_last = census.last(word) > census.UNLISTED and census.is_last_only(word)
    is_begun = FEWEST_KEPT <= len(kept) < len(word) and word.startswith(kept)
    return is_begun and is_last and word not in RARE_LAST_NAMES


def doubtful(known: str, order: Biller.NameOrder) -> set[str]:
    """Returns Martin of María Ortega Martin: it is a given name too, and may have been Martínez."""
    word = cut_word(known)
    is_given = bool(word) and census.given(word) >= census.COMMON_GIVEN_NAME
    before = squeezed_words(known)[-2:][0]
    is_last = census.given(before) < census.COMMON_GIVEN_NAME
    is_second = is_given and is_last and two_last_names.sounds_iberian(before)
    is_second &= not _is_whole(word)  # Louise Hernández Wilson
    is_beside = len(JOINED.split(known)) > 1  # Braxton Gray and Mark Kevin
    is_rarely_last = census.is_common_given(word) and census.last(word) < COMMON_LAST_NAME
    is_second |= bool(word) and is_beside and is_rarely_last
    return {word} if is_second and order == Order.FIRST_LAST else set()


def may_be_last(word: str, kept: str) -> bool:
    """Returns whether it may be a last name that the CIS cut off: not Guadalupe, or Quốc."""
    is_middle = word in VIETNAMESE_MIDDLE_NAMES - VIETNAMESE_LAST_NAMES
    is_known = len(kept) > FEWEST_READ or census.last(word) > census.UNLISTED
    return is_known and not is_middle and not census.is_common_given(word)


def proves(word: str, kept: str) -> bool:
    """Returns whether a word that starts with what the CIS kept may be the last name that was cut
    off: it has to be one that the census knows. Roberts counts as whole, and so does Morris,
    because Morrison is much rarer."""
    is_commoner = census.last(kept) >= max(COMMON_LAST_NAME, COMMONER * census.last(word))
    if (
        is_commoner
        or _is_whole(kept)
        or len(kept) < FEWEST_KEPT
        or census.given(word) >= census.COMMON_GIVEN_NAME
    ):
        return False
    ends = (word[start:] for start in range(len(kept)))  # Abernathy-Featherstone
    return any(len(end) > FEWEST_KEPT and _is_last_name(end) for end in ends)


def _is_last_name(word: str) -> bool:
    """Whether it is a last name and hardly a given name: Johnson too."""
    return census.is_last_only(word) or census.is_seldom_given(word)


def _is_whole(kept: str) -> bool:
    """Whether it is a common last name, and four times as common as it is as a given name: Harris,
    but not Martin."""
    return census.last(kept) >= max(COMMON_LAST_NAME, census.CLEARLY * census.given(kept))


def without_cut_form(name: str) -> str:
    """Returns "Willows Laundry" for "Willows Laundry LL": the CIS cut off the rest."""
    words = squeezed_words(name)
    is_form = len(words) > 2 and any(form.startswith(words[-1]) for form in LEGAL_FORMS)
    return "".join(words[:-1] if is_form else words)
