"""Whole names of people in either order: what proves a name whose order is not known."""

from collections.abc import Iterator

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.parsing import (
    comma_parts,
    full,
    name_words,
    parts,
    significant,
    without_particles,
)
from accounts.linked_accounts.names.places import is_middle_only
from accounts.linked_accounts.names.words import (
    MARIAN,
    PARTICLES,
    VIETNAMESE_LAST_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)
from icsso.billers.models import Biller


def of_people(name: str, order: Biller.NameOrder = Biller.NameOrder.UNKNOWN) -> Iterator[str]:
    """Returns each whole name in either order, and a last name if a comma follows it."""
    written = parts(name)
    people = [words for part in written for words in _people(part)]
    for person in people:
        if _is_cut(person, order):
            continue
        if len(people) == 1 or not _are_given(full(person), people, order):
            yield from in_either_order(person)  # not Maria Elena, beside Philip Smith
    yield from _sharing_a_last_name(people)
    # In "John, Mary and Sam Smith", the comma does not follow a last name.
    if all("," in part or len(full(name_words(part))) < 2 for part in written):
        for part in written:
            yield from _before_comma(part)


def _people(part: str) -> list[list[str]]:
    found = comma_parts(part)
    are_people = len(found) == 2 and begins_with_given(found)
    return found if are_people else [name_words(part)]


def _is_cut(person: list[str], order: Biller.NameOrder) -> bool:
    """Whether only an initial is left of the last name: Francisco Javier H."""
    is_initial = order == Biller.NameOrder.FIRST_LAST and len(person[-1]) == 1
    return is_initial and all(map(census.is_mostly_given, full(person)))


def _are_given(names: list[str], people: list[list[str]], order: Biller.NameOrder) -> bool:
    """Whether a person has no last name of their own: Loan Duc, beside Amanda Huynh."""
    if order == Biller.NameOrder.FIRST_LAST and len(names) > 1:
        is_shared = names != full(people[-1])
        # Hạnh Kim L, of whose last name only the initial is left
        is_cut = len(people[-1][-1]) == 1 and census.given(names[-1]) >= census.COMMON_GIVEN_NAME
        # María de los Ángeles, Ma Guadalupe
        is_second = census.is_mostly_given(names[1]) or (is_shared and names[1] in PARTICLES)
        is_marian = names[0] in MARIAN and is_second
        is_given = is_middle_only(names[-1]) or is_marian or (is_cut and not is_shared)
        if is_given or (is_shared and _is_no_last(names[-1], people)):
            return True
    ends = {people[0][0], people[-1][-1]}
    if not ends & VIETNAMESE_LAST_NAMES:
        return all(map(census.is_mostly_given, names))
    last = [name for name in names if name in VIETNAMESE_LAST_NAMES or census.is_mostly_last(name)]
    return not last


def _is_no_last(word: str, people: list[list[str]]) -> bool:
    """Whether nobody beside a Vietnamese last name has this as one."""
    is_beside = people[-1][-1] in VIETNAMESE_LAST_NAMES
    return is_beside and word not in VIETNAMESE_LAST_NAMES and not census.is_family_name(word)


def in_either_order(words: list[str]) -> Iterator[str]:
    """Returns the name with and without initials; nothing if it has fewer than two full words."""
    if len(full(words)) > 1:
        for kept in (words, full(words)):
            yield from ("".join(kept[start:] + kept[:start]) for start in range(len(kept)))
            yield "".join(reversed(kept))  # Mai Thi Nguyen


def begins_with_given(found: list[list[str]]) -> bool:
    """Returns whether the comma separates people who share a last name, as in "Linda, Paul Jones",
    or a given name is all that is before it."""
    before, after = full(found[0]), full(found[1])
    if len(before) != 1 or not census.is_mostly_given(before[0]):
        return False
    if before[0] in VIETNAMESE_LAST_NAMES and after[:1] and after[0] in VIETNAMESE_MIDDLE_NAMES:
        return False  # Mai, Ngoc Tam
    is_shared = len(after) > 1 and census.is_rather_last(after[-1])
    is_known = is_shared and census.last(after[-1]) >= census.LISTED_OFTEN
    is_known &= not census.is_rather_last(after[0])  # Son, Young Ho
    return is_known or census.is_hardly_last(before[0])


def _before_comma(person: str) -> Iterator[str]:
    """Returns what is before the comma if a first name follows: Cruz, la Cruz, de la Cruz."""
    found = comma_parts(person)
    if len(found) == 2 and not begins_with_given(found):
        last = found[0]
        one_name = len(significant(last)) == 1
        yield "".join(last)
        if one_name:
            yield from without_particles(last)


def _sharing_a_last_name(people: list[list[str]]) -> Iterator[str]:
    """For "George & Rosa Lindqvist" or "Lindqvist George & Rosa": the one without a last name."""
    for place, person in enumerate(people):
        if len(full(person)) == 1:
            first, last = people[0] if place else [], people[-1] if person != people[-1] else []
            shared = [first[:end] for end in range(1, len(first))]
            shared += [last[start:] for start in range(1, len(last))]
            for name in filter(significant, shared):
                yield from in_either_order([*person, *name])
