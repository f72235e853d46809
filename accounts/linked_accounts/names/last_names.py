"""People's last names, once it is known at which end of a name the CIS writes them."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations

from accounts.linked_accounts.names import census, two_last_names
from accounts.linked_accounts.names.census import is_unknown
from accounts.linked_accounts.names.doubt import (
    is_clear,
    is_misspelled,
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
    is_middle_only,
    is_rarely_last,
    may_be_given,
    place,
    starts_with_article_name,
    tails,
)
from accounts.linked_accounts.names.whole_names import begins_with_given
from accounts.linked_accounts.names.words import (
    LAST_NAMES_TOO,
    MARIAN,
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
    """Returns the people. Who has no last name of their own shares the one beside them."""
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
    """Maddox, beside Leilani Spencer: the last name may be cut off."""
    return person if person.given or len(person.last) > 1 else Person(given=person.last)


def _halves(last: Words, doubles: Sequence[tuple[str, str]]) -> Words:
    """Returns O'Connor and Nelson for O'Connor-Nelson."""
    return [
        half
        for name in last
        for before, after in doubles
        if name.endswith(before + after)
        for half in (name.removesuffix(after), after)
        if half not in NO_NAME and not is_misspelled(half)
    ]


def _may_share(place: int, number: int, order: Biller.NameOrder) -> bool:
    return place > 0 if order == Order.LAST_FIRST else place < number - 1


def _people(
    part: str, order: Biller.NameOrder, *, shares: bool, is_alone: bool
) -> Iterator[Person]:
    found = comma_parts(part)
    if len(found) == 2 and _has_initial(found[0]):  # Shaniqua D Foster, Grand[mother]
        yield _person(found[0], order, shares=shares, is_alone=is_alone)
        yield Person(given=found[1])
        return
    is_last_first = not _is_list(found, order) if len(found) == 2 else _has_remark(found)
    if is_last_first:
        last = _before_comma(found[0])
        if _is_remark(found[1]) and not two_last_names.are_two(significant(found[0])):
            last = last[:2]  # Eubanks Maddox, Overseas
        yield Person(given=found[1], last=last)
    else:
        if part.rstrip().endswith(",") and len(found) == 1 == len(found[0]):  # Leilani L / Foster,
            if census.is_rather_last(found[0][0]) or census.is_last_only(found[0][0]):
                yield Person([], found[0])
                return
        doubles = {before + after for before, after in hyphenated(part)}
        is_alone = is_alone and len(found) == 1
        for words in found:
            yield _person(words, order, shares=shares, is_alone=is_alone, doubles=doubles)


def _has_initial(words: Words) -> bool:
    """Whether these are given names too: a last name has no initial."""
    pairs = zip(words[1:], [*words[2:], ""], strict=True)
    initials = [one + after for one, after in pairs if len(one) == 1 and one not in PARTICLES]
    return len(full(words)) > 1 and any(
        each[0] not in PREFIXES or not census.is_last_only(each) for each in initials
    )


def _has_remark(found: list[Words]) -> bool:
    """Whether something follows a name with a comma: Smith, John, Builder."""
    last = significant(found[0])
    is_last = len(last) == 1 or two_last_names.are_two(last)
    return len(found) == 3 and is_last and not census.is_mostly_given(last[0])


def _is_list(found: list[Words], order: Biller.NameOrder) -> bool:
    """Whether the comma separates people: "John Smith, Mary Jones", "John, Mary & Sam Smith"."""
    before = significant(found[0]) or found[0]
    # Ngozi Okafor, Treasurer; Bryant Tyler J, Treasurer
    is_status = len(before) > 1 and _is_remark(found[1])
    if order == Order.LAST_FIRST:
        has_given = len(found[0][-1]) == 1 or not all(map(census.is_rather_last, before[1:]))
        is_given = census.is_hardly_last(before[0]) or len(before) > 1
        is_list = (is_given and begins_with_given(found)) or all(map(_is_last_and_given, found))
        return is_list or (is_status and has_given)
    is_last = found[0][0] in PARTICLES or (
        len(found[0]) == 1 and before[0] in VIETNAMESE_LAST_NAMES
    )
    is_given = census.is_mostly_given(before[0]) if len(before) > 1 else begins_with_given(found)
    return is_status or (is_given and not is_last)


def _is_remark(words: Words) -> bool:
    return all(len(word) > 1 and is_unknown(word) for word in words)


def _is_last_and_given(words: Words) -> bool:
    names = full(words)
    is_pair = len(names) == 2 and census.is_mostly_last(names[0])
    return is_pair and census.is_mostly_given(names[1])


def _before_comma(words: Words) -> Words:
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
    if is_contradicted(words, order) or not certain:
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
    if shares and order == Order.FIRST_LAST and before[:1] and before[0] in MARIAN:
        may_share |= own[0] in PARTICLES
    # Alejandra de la, and beside others Khánh Công
    is_cut = len(own) > 1 and not significant(own)
    if order == Order.FIRST_LAST and len(words[-1]) == 1:  # Pamela Allison W
        is_cut |= census.given(own[-1]) >= census.COMMON_GIVEN_NAME
    if order == Order.FIRST_LAST and not is_alone:
        is_doubtful = (
            len(own) == 1 and not is_after_initial and is_rarely_last(own[0], shares=shares)
        )
        is_cut |= is_middle_only(own[-1]) or len(words[-1]) == 1 or is_doubtful
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
    if order == Order.FIRST_LAST and words[:1] == names and len(words) > 1:
        # Madison J, of whose last name only the initial is left
        if not is_alone or census.given(names[0]) >= census.COMMON_GIVEN_NAME:
            return Person(given=words)
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
