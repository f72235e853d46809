"""What a comma says in a person's name: the last name is before it, or another person, or a remark
is after it."""

from itertools import pairwise

from accounts.linked_accounts.names import census, two_last_names
from accounts.linked_accounts.names.census import is_unknown
from accounts.linked_accounts.names.doubt import is_misspelled
from accounts.linked_accounts.names.order import Order
from accounts.linked_accounts.names.parsing import full, significant, without_particles
from accounts.linked_accounts.names.whole_names import begins_with_given
from accounts.linked_accounts.names.words import PARTICLES, PREFIXES, VIETNAMESE_LAST_NAMES
from icsso.billers.models import Biller

Words = list[str]


def has_initial(words: Words) -> bool:
    """Whether these are given names too: a last name has no initial."""
    pairs = zip(words[1:], [*words[2:], ""], strict=False)
    initials = [one + after for one, after in pairs if len(one) == 1 and one not in PARTICLES]
    return len(full(words)) > 1 and any(
        each[0] not in PREFIXES or not census.is_last_only(each) for each in initials
    )


def is_last_name(found: list[Words]) -> bool:
    """Whether it is one word before a comma, after which the CIS cut off the rest."""
    words = found[0]
    is_word = len(found) == 1 == len(words)
    return is_word and (census.is_rather_last(words[0]) or census.is_last_only(words[0]))


def has_remark(found: list[Words]) -> bool:
    """Whether something follows a name with a comma: Smith, John, Builder."""
    last = significant(found[0])
    is_last = len(last) == 1 or two_last_names.are_two(last)
    return len(found) == 3 and is_last and not census.is_mostly_given(last[0])


def is_list(found: list[Words], order: Biller.NameOrder) -> bool:
    """Whether the comma separates people: "John Smith, Mary Jones", "John, Mary & Sam Smith"."""
    before = significant(found[0]) or found[0]
    # Ngozi Okafor, Treasurer; Bryant Tyler J, Treasurer
    is_status = len(before) > 1 and is_remark(found[1])
    if order == Order.LAST_FIRST:
        has_given = len(found[0][-1]) == 1 or not all(map(census.is_rather_last, before[1:]))
        is_given = census.is_hardly_last(before[0]) or len(before) > 1
        are_people = (is_given and begins_with_given(found)) or all(map(_is_last_and_given, found))
        return are_people or (is_status and has_given)
    is_last = found[0][0] in PARTICLES or (
        len(found[0]) == 1 and before[0] in VIETNAMESE_LAST_NAMES
    )
    is_given = census.is_mostly_given(before[0]) if len(before) > 1 else begins_with_given(found)
    return is_status or (is_given and not is_last)


def is_remark(words: Words) -> bool:
    return all(len(word) > 1 and is_unknown(word) for word in words)


def _is_last_and_given(words: Words) -> bool:
    names = full(words)
    is_pair = len(names) == 2 and census.is_mostly_last(names[0])
    return is_pair and census.is_mostly_given(names[1])


def before_comma(words: Words) -> Words:
    """Returns de la Cruz, la Cruz, Cruz; García López, García, López."""
    names = significant(words)
    if len(names) > 1:
        if all(map(is_unknown, names)) and not two_last_names.are_two(names):
            return ["".join(words)]  # Twins Lindqvist, John
        is_any_known = any(map(census.is_rather_last, names))
        pairs = [pair for pair in pairwise(names) if two_last_names.are_two([*pair])]
        two = {name for pair in pairs for name in pair}
        doubtless = [
            name
            for name in names
            if not (census.is_mostly_given(name) or is_misspelled(name))
            and not (is_any_known and _is_odd(name) and name not in two)  # Builder Smith, John
        ]
        pieces = two_last_names.pieces(words)
        return ["".join(words), *doubtless, *("".join(each) for each in pieces if len(each) > 1)]
    return ["".join(words), *without_particles(words)]


def _is_odd(word: str) -> bool:
    return is_unknown(word) and not census.is_seldom_given(word)
