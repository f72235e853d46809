"""People's last names, once it is known at which end of a name the CIS writes them."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

from accounts.linked_accounts.names import census, commas, two_last_names
from accounts.linked_accounts.names.census import is_unknown
from accounts.linked_accounts.names.doubt import (
    are_no_names,
    is_clear,
    is_misspelled,
    last_halves,
    without_doubtful,
)
from accounts.linked_accounts.names.order import OTHER, Order, is_contradicted
from accounts.linked_accounts.names.parsing import (
    comma_parts,
    full,
    hyphenated,
    parts,
    significant,
    without_particles,
)
from accounts.linked_accounts.names.places import (
    has_particle,
    is_o,
    lacks_last_name,
    may_be_given,
    place,
    starts_with_article_name,
    tails,
)
from accounts.linked_accounts.names.words import (
    LAST_NAMES_TOO,
    NO_NAME,
    PARTICLES,
    PREFIXES,
    RARE_LAST_NAMES,
    VIETNAMESE_LAST_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)
from icsso.billers.models import Biller

Words = list[str]


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
    """Returns the people in a name. Someone without a last name of their own shares that of the
    person before (last name first) or after (given name first)."""
    written = parts(name)
    people = [
        person
        for place, part in enumerate(written)
        for person in _people(
            part,
            order,
            shares=_may_share(place, len(written), order),
            is_alone=len(written) == 1,
        )
    ]
    if order == Order.FIRST_LAST and people and any(each.given for each in people[:-1]):
        people[-1] = _given_at_least(people[-1])
    owned = [person.last for person in people if person.last]
    if owned and people:
        shared = owned[0] if order == Order.LAST_FIRST else owned[-1]
        for person in people:
            person.last = person.last or list(shared)
    for person in people:
        person.last += _halves(person.last[:1], hyphenated(name))
        person.last += [half for last in person.last[:1] for half in two_last_names.halves(last)]
    return people


def _given_at_least(person: Person) -> Person:
    """Maddox, beside Leilani Spencer: the last name may be cut off. Jones can be no given name."""
    if person.given or len(person.last) != 1:
        return person
    is_last = census.is_family_name(person.last[0]) or person.last[0] in VIETNAMESE_LAST_NAMES
    return person if is_last else Person(given=person.last)


def _halves(last: Words, doubles: Sequence[tuple[str, str]]) -> Words:
    """Returns O'Connor and Nelson for O'Connor-Nelson, and Baptiste alone for Jean-Baptiste."""
    return [
        half
        for name in last
        for before, after in doubles
        if name.endswith(before + after)
        for half in last_halves(name.removesuffix(after), after)
        if half not in NO_NAME and not is_misspelled(half)
        if before not in PARTICLES | PREFIXES or half in without_particles([before, after])
    ]


def _may_share(place: int, number: int, order: Biller.NameOrder) -> bool:
    return place > 0 if order == Order.LAST_FIRST else place < number - 1


def _people(
    part: str, order: Biller.NameOrder, *, shares: bool, is_alone: bool
) -> Iterator[Person]:
    found = comma_parts(part)
    if len(found) == 2 and commas.has_initial(found[0]):  # Shaniqua D Foster, Grand[mother]
        yield _person(found[0], order, shares=shares, is_alone=is_alone)
        yield Person(given=found[1])
        return
    is_pair = len(found) == 2
    is_last_first = not commas.is_list(found, order) if is_pair else commas.has_remark(found)
    if part.rstrip().endswith(",") and commas.is_last_name(found):  # Leilani L / Foster,
        yield Person([], found[0])
    elif is_last_first:
        last = commas.before_comma(found[0])
        if commas.is_remark(found[1]) and not two_last_names.are_two(significant(found[0])):
            last = last[:2]  # Eubanks Maddox, Overseas
        yield Person(given=found[1], last=last)
    else:
        doubles = {before + after for before, after in hyphenated(part)}
        is_alone = is_alone and len(found) == 1
        for words in found:
            yield _person(words, order, shares=shares, is_alone=is_alone, doubles=doubles)


def _person(
    words: Words,
    order: Biller.NameOrder,
    *,
    shares: bool = False,
    is_alone: bool = True,
    doubles: Container[str] = (),
) -> Person:
    if simple := _simple(words, order, shares=shares, is_alone=is_alone):
        return simple
    if _is_vietnamese(words, order):
        order = Order.LAST_FIRST
    certain = without_doubtful(words, order, doubles)
    is_doubtful = not certain or (not is_alone and are_no_names(words))
    if is_contradicted(words, order) or is_doubtful:
        is_other = not is_alone and is_clear(words, OTHER[order])  # Smith John & Mary Jones
        return _person(words, OTHER[order]) if is_other else Person(given=words)
    if len(certain) < len(words):  # John Smith of John Smith XYZ
        person = _person(certain, order, shares=shares)
        return replace(person, last=[*person.last, *_with_doubtful(words, certain, person, order)])
    start, end = place(words, order)
    before, after = words[:start], words[end:]
    own = words[start:end]
    is_after_initial = order == Order.FIRST_LAST and len(before) > 1 and len(before[-1]) == 1
    is_last = (
        _starts_vietnamese(words, order)
        or is_after_initial
        or starts_with_article_name(own)
        or has_particle(own, order)
    )
    may_share = shares and may_be_given(own[-1]) and not is_last
    is_cut = len(own) > 1 and not (significant(own) or is_o(own))  # Alejandra de la
    is_cut |= order == Order.FIRST_LAST and lacks_last_name(
        words, start, end, shares=shares, is_alone=is_alone
    )
    if may_share or is_cut or (len(own) == 1 and census.is_hardly_last(own[0])):
        return Person(given=words)
    last, given = ["".join(own), *tails(own, order)], before or after
    if two_last_names.are_all(words):  # Guerrero Sanchez, of a family's trust
        pieces = ["".join(piece) for piece in two_last_names.pieces(words)]
        return Person([], ["".join(words), *pieces])
    if order == Order.LAST_FIRST and starts_with_article_name(own):
        last, given = [own[0], *last], words[1:]  # Le Minh Anh
    if beside := two_last_names.beside(before, own, after, order):
        is_before = order == Order.FIRST_LAST
        rest = given[: -len(beside)] if is_before else given[len(beside) :]
        if rest:
            double = beside + own if is_before else own + beside
            last += ["".join(double), *two_last_names.each(beside, own, order)]
            given = rest
    return Person(given, last)


def _simple(
    words: Words, order: Biller.NameOrder, *, shares: bool, is_alone: bool
) -> Person | None:
    """Returns one that has only one full word, or begins with a Vietnamese last name that is a
    particle elsewhere, such as Do Van Hung."""
    if len(full(words)) < 2:
        return _of_one_word(words, order, shares=shares, is_alone=is_alone)
    if words[0] in LAST_NAMES_TOO and _starts_vietnamese(words, order):
        return Person(words[1:], words[:1])
    return None


def _with_doubtful(
    words: Words, certain: Words, person: Person, order: Biller.NameOrder
) -> Iterator[str]:
    """Returns García Tinajero, of which García alone is certain."""
    for last in person.last[:1]:
        if order == Order.FIRST_LAST:
            yield last + "".join(words[len(certain) :])
        else:
            yield "".join(words[: -len(certain)]) + last


def _starts_vietnamese(words: Words, order: Biller.NameOrder) -> bool:
    """Whether it is Mai Huu Dung and not Mai, beside somebody else."""
    is_name = words[0] in VIETNAMESE_LAST_NAMES and words[1] in VIETNAMESE_MIDDLE_NAMES
    return order == Order.LAST_FIRST and len(full(words)) > 2 and is_name


def _is_vietnamese(words: Words, order: Biller.NameOrder) -> bool:
    """Whether the last name comes first, as in Nguyen Van Anh, whatever the other names show."""
    if order == Order.LAST_FIRST or len(words) != len(full(words)) or len(words) < 3:
        return False
    is_last_first = words[0] in VIETNAMESE_LAST_NAMES and words[1] in VIETNAMESE_MIDDLE_NAMES
    is_other_last = bool({*words[2:]} & VIETNAMESE_LAST_NAMES) or census.is_mostly_last(words[-1])
    is_other_last |= is_unknown(words[-1]) and census.is_mostly_given(words[0])  # Mai Xuan Pha
    return is_last_first and not is_other_last


def _of_one_word(words: Words, order: Biller.NameOrder, *, shares: bool, is_alone: bool) -> Person:
    """A name with one full word: a last name, unless it is known as a given name, or unknown beside
    other people ("John Smith & others")."""
    names = full(words)
    is_cut = order == Order.FIRST_LAST and words[:1] == names and len(words) > 1
    if is_cut and (not is_alone or census.given(names[0]) >= census.COMMON_GIVEN_NAME):
        return Person(given=words)  # Madison J, of whose last name only the initial is left
    is_mai = words == names and names[0] in VIETNAMESE_LAST_NAMES  # The Mai Family Trust
    if is_mai and not shares and not census.is_common_given(names[0]):
        return Person([], list(names))
    if not names or census.is_mostly_given(names[0]):
        return Person(given=words)
    if shares and not census.is_family_name(names[0]):  # Stevens Maria & Nagy
        return Person(given=words)
    if not is_alone and (is_unknown(names[0]) or names[0] in RARE_LAST_NAMES):
        return Person(given=words)
    return Person([word for word in words if word not in names], list(names))


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
