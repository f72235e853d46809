"""People's last names, once it is known at which end of a name the CIS writes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from accounts.linked_accounts.names import census, two_last_names
from accounts.linked_accounts.names.order import Order, is_contradicted
from accounts.linked_accounts.names.parsing import (
    comma_parts,
    full,
    hyphenated,
    parts,
    significant,
    without_particles,
)
from accounts.linked_accounts.names.words import (
    LAST_NAMES_TOO,
    OFTEN_NAMES,
    PARTICLES,
    PREFIXES,
    VIETNAMESE_LAST_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)
from icsso.billers.models import Biller

Words = list[str]
LONGEST_ABBREVIATION = 4
HARDLY = 100
INITIALS_TOO = {"d", "l"}


@dataclass
class Person:
    """given: with initials. last: spellings of the last name and of each one in a double name, the
    whole one first; empty if it is in doubt."""

    given: Words
    last: Words = field(default_factory=list)


def of_people(name: str, order: Biller.NameOrder) -> Iterator[str]:
    """Returns each person's last name alone, with the given names in either order, and for people
    named together ("Robert and Susan Smith") their common name."""
    people = read(name, order)
    for person in people:
        yield from person.last
        yield from _named(person)
    if len(people) == 2:
        yield from _named_together(*people)


def read(name: str, order: Biller.NameOrder) -> list[Person]:
    """Returns the people. Who has no last name of their own shares the one beside them."""
    written = parts(name)
    people = [
        person
        for place, part in enumerate(written)
        for person in _people(part, order, shares=_may_share(place, len(written), order))
    ]
    owned = [person.last for person in people if person.last]
    if owned and people:
        shared = owned[0] if order == Order.LAST_FIRST else owned[-1]
        for person in people:
            person.last = person.last or list(shared)
    for person in people:
        person.last += _halves(person.last[:1], hyphenated(name))
    return people


def _halves(last: Words, doubles: Sequence[tuple[str, str]]) -> Words:
    """Returns O'Connor and Nelson for O'Connor-Nelson."""
    return [
        half
        for name in last
        for before, after in doubles
        if name.endswith(before + after)
        for half in (name.removesuffix(after), after)
    ]


def _may_share(place: int, number: int, order: Biller.NameOrder) -> bool:
    return place > 0 if order == Order.LAST_FIRST else place < number - 1


def _people(part: str, order: Biller.NameOrder, *, shares: bool) -> Iterator[Person]:
    found = comma_parts(part)
    if len(found) == 2 and not _is_list(found, order):
        yield Person(given=found[1], last=_before_comma(found[0]))
    else:
        for words in found:
            yield _person(words, order, shares=shares)


def _is_list(found: list[Words], order: Biller.NameOrder) -> bool:
    """Whether the comma separates people: "John Smith, Mary Jones", "John, Mary & Sam Smith"."""
    before = significant(found[0]) or found[0]
    return order == Order.FIRST_LAST and census.is_mostly_given(before[0])


def _before_comma(words: Words) -> Words:
    """Returns de la Cruz, la Cruz, Cruz; García López, García, López."""
    names = significant(words)
    if len(names) > 1:
        doubtless = [name for name in names if not census.is_mostly_given(name)]
        pieces = two_last_names.pieces(words)
        return ["".join(words), *doubtless, *("".join(each) for each in pieces if len(each) > 1)]
    return ["".join(words), *without_particles(words)]


def _person(words: Words, order: Biller.NameOrder, *, shares: bool) -> Person:
    if len(full(words)) < 2:
        return _of_one_word(words, shares=shares)
    if is_contradicted(words, order):
        return Person(given=words)
    if order == Order.FIRST_LAST and _ends_in_doubt(words):
        words = words[: words.index(full(words)[-1])]  # John Smith XYZ
    start, end = _place(words, order)
    before, after = words[:start], words[end:]
    own = words[start:end]
    is_after_initial = order == Order.FIRST_LAST and len(before) > 1 and len(before[-1]) == 1
    may_share = shares and _may_be_given(own[-1]) and not (is_after_initial or _is_last_name(own))
    is_cut = len(own) > 1 and not significant(own)  # Alejandra de la
    if may_share or is_cut or (len(own) == 1 and _is_hardly_last(own[0])):
        return Person(given=words)
    last, given = ["".join(own), *_tails(own, order)], before or after
    if not significant(given) and len(own) == 1 and two_last_names.are_two(before + own + after):
        return Person([], ["".join(words), *words])  # Guerrero Sanchez, of a family's trust
    if order == Order.LAST_FIRST and _is_last_name(own):
        last, given = [own[0], *last], words[1:]  # Le Minh Anh
    if beside := two_last_names.beside(before, own, after, order):
        is_before = order == Order.FIRST_LAST
        rest = given[: -len(beside)] if is_before else given[len(beside) :]
        if rest:
            double = beside + own if is_before else own + beside
            last += ["".join(double), *two_last_names.each(beside, own, order)]
            given = rest
    return Person(given, last)


def _of_one_word(words: Words, *, shares: bool) -> Person:
    """A name with one full word: a last name, unless it is known as a given name."""
    names = full(words)
    if shares or not names or census.is_mostly_given(names[0]):
        return Person(given=words)
    return Person([word for word in words if word not in names], list(names))


def _place(words: Words, order: Biller.NameOrder) -> tuple[int, int]:
    """Returns where the last name starts and ends, with the particles before it."""
    before = PARTICLES | PREFIXES
    if order == Order.LAST_FIRST:
        start = 0 if words[0] in before else words.index(full(words)[0])
        end = start + 1
        while words[end - 1] in before and end < len(words):
            end += 1
        return start, end
    end = len(words) - words[::-1].index(full(words)[-1])
    start = end - 1
    while start and words[start - 1] in before:
        start -= 1
    return start, end


def _tails(own: Words, order: Biller.NameOrder) -> Words:
    """Returns la Cruz and Cruz for de la Cruz. Minh in LE MINH ANH may be a given name."""
    is_doubtful = order == Order.LAST_FIRST and len(own) == 2 and own[0] in OFTEN_NAMES
    if is_doubtful and not census.is_mostly_last(own[1]):
        return []
    if order == Order.FIRST_LAST and own[0] in INITIALS_TOO:
        is_initial = len(own) > 2 or not census.is_mostly_given(own[1])  # John D. Clark
        return ["".join(own[1:])] * is_initial + without_particles(own[1:])
    return without_particles(own)


def _may_be_given(word: str) -> bool:
    """Whether the second word may be a middle name of one who shares a last name: Kim."""
    is_common = census.given(word) >= census.COMMON_GIVEN_NAME
    is_middle = word in VIETNAMESE_MIDDLE_NAMES - VIETNAMESE_LAST_NAMES
    is_rather_given = is_common and census.given(word) > census.last(word)
    return is_middle or is_rather_given or census.is_mostly_given(word)


def _is_hardly_last(word: str) -> bool:
    """Whether hardly anybody has it as a last name: what the CIS cut off, or a mistake."""
    return census.is_common_given(word) and census.given(word) > HARDLY * census.last(word)


def _is_last_name(own: Words) -> bool:
    """Whether the name starts with the last name Le or Do, and not with a particle as le Blanc."""
    if len(own) != 2 or own[0] not in LAST_NAMES_TOO:
        return False
    is_given = census.given(own[1]) >= census.last(own[1])
    return is_given or own[1] in VIETNAMESE_MIDDLE_NAMES


def _ends_in_doubt(words: Words) -> bool:
    """Whether the last word may be an abbreviation that follows the last name."""
    *before, word = full(words)
    is_doubtful = census.last(word) == census.UNLISTED or word in LAST_NAMES_TOO
    return (
        is_doubtful
        and len(word) <= LONGEST_ABBREVIATION
        and len(before) > 1
        and census.is_mostly_last(before[-1])
    )


def _named(person: Person) -> Iterator[str]:
    for given in _shorter(person.given):
        for last in person.last:
            yield from ("".join([*given, last]), "".join([last, *given]))


def _shorter(given: Words) -> list[Words]:
    """Returns all given names, those without initials, and the first or the last one alone."""
    names = full(given)
    return [words for words in (given, names, names[:1], names[-1:]) if words]


def _named_together(one: Person, other: Person) -> Iterator[str]:
    """Returns "Robert and Susan Smith", and "Robert Smith and Mary Jones"."""
    for first, second in permutations((one, other)):
        for names in zip(_shorter(first.given), _shorter(second.given), strict=False):
            given = "and".join(map("".join, names))
            if first.last[:1] == second.last[:1]:
                yield from (f"{given}{last}" for last in first.last)
                yield from (f"{last}{given}" for last in first.last)
            if first.last and second.last:
                whole = ["".join(names[0]) + first.last[0], "".join(names[1]) + second.last[0]]
                yield "and".join(whole)
