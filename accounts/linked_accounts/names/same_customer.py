"""Whether two names in the CIS are those of one customer, written differently.

If in doubt, they are not: a member who is asked for proof without need loses a minute, but one who
is not asked may see somebody else's bills.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import permutations
from typing import NamedTuple

from accounts.linked_accounts.names import census, last_names
from accounts.linked_accounts.names.folding import (
    squeezed_words,
    written_out,
)
from accounts.linked_accounts.names.parsing import (
    full,
    hyphenated,
    is_business,
    name_words,
    other_names,
    parts,
    without_status,
    without_trust,
)
from accounts.linked_accounts.names.words import AMBIGUOUS_FORMS, IBERIAN_LAST_NAMES, LEGAL_FORMS
from icsso.billers.models import Biller
from icsso.client.plain_signs import repaired, squeezed

Words = list[str]
UNKNOWN = Biller.NameOrder.UNKNOWN
FEWEST_LETTERS = 5  # of a word in which a typo is told from another word
FEWEST_LONG = 7  # of such a word that stands alone, or with another letter
FEWEST_CUT = 3  # letters left of a word that a narrow column cut off
SHORTEST_CUT = 20  # characters: the narrowest column for names
FAR = 500  # times as common
MOST_HOLDERS = 6  # of one account; more are compared only as they are written


class Holder(NamedTuple):
    """A person or a business.

    written: the words of the name; several if it is not certain which last name is shared. last:
    spellings of the last name, the whole one first; empty for a business, and in doubt.
    """

    written: tuple[Words, ...]
    last: Words
    is_business: bool = False


def is_same_customer(before: str, after: str, order: Biller.NameOrder) -> bool:
    """Returns whether everyone named before is still named, so that proof of the name before may
    still be proof of the name after.

    Somebody may be added. A person is still named if the last name that proves is the same, or only
    the spelling of the whole name has changed: the order, initials, a middle name, a second last
    name, a typo, a narrow column.
    """
    before, after = repaired(before), repaired(after)
    if squeezed(before) == squeezed(after) or _is_cut(before, after):
        return True
    spellings = {before, written_out(before)} if not before.isascii() else {before}
    news = {after, written_out(after)} if not after.isascii() else {after}
    return any(_are_all_named(one, other, order) for one in spellings for other in news)


def _are_all_named(before: str, after: str, order: Biller.NameOrder) -> bool:
    ones, others = list(_holders(before, order)), list(_holders(after, order))
    if not 0 < len(ones) <= len(others) <= MOST_HOLDERS:
        return False
    same = [[_is_same_holder(one, other) for other in others] for one in ones]
    return any(
        all(same[one][other] for one, other in enumerate(chosen))
        for chosen in permutations(range(len(others)), len(ones))
    )


def _holders(known: str, order: Biller.NameOrder) -> Iterator[Holder]:
    for name in other_names(known):
        if is_business(name):
            yield Holder((_business_words(name),), [], is_business=True)
        else:
            yield from _people(without_trust(name), order)


def _business_words(name: str) -> Words:
    left_out = LEGAL_FORMS | AMBIGUOUS_FORMS | {"and", "the"}
    words = squeezed_words(without_status(name))
    return [word for word in words if word not in left_out] or words


def _people(name: str, order: Biller.NameOrder) -> Iterator[Holder]:
    written = [name_words(part) for part in parts(name)]
    people = last_names.read(name, order) if order != UNKNOWN else []
    doubles = hyphenated(name)
    for place, words in enumerate(written):
        last = people[place].last if len(people) == len(written) else []
        variants = [words, *_with_shared(words, place, written)]
        variants += [half for each in variants for half in _with_halves(each, doubles)]
        yield Holder(tuple(variants), last)


def _with_shared(words: Words, place: int, written: Sequence[Words]) -> Iterator[Words]:
    """Returns Rosa Delgado for "Rosa & Juan Delgado" and "Delgado Rosa & Juan"."""
    if len(full(words)) != 1:
        return
    if place:
        yield [*words, written[0][0]]
    if place < len(written) - 1:
        yield [*words, written[-1][-1]]


def _with_halves(words: Words, doubles: Sequence[tuple[str, str]]) -> Iterator[Words]:
    """Returns Rosa Delgado and Rosa Miller for Rosa Delgado-Miller."""
    for double in doubles:
        if (whole := "".join(double)) in words:
            place = words.index(whole)
            yield from ([*words[:place], half, *words[place + 1 :]] for half in double)


def _is_same_holder(one: Holder, other: Holder) -> bool:
    if one.is_business != other.is_business:
        return False
    do_last_names_prove = bool(one.last and other.last)
    if do_last_names_prove and (one.last[0] == other.last[0] or {*one.last} <= {*other.last}):
        return True
    # Where last names prove, and are not the same, the name had better have no other words.
    may_add = not do_last_names_prove or bool({*one.last} & {*other.last})
    return any(
        _is_respelled(before, after, may_add=may_add and not one.is_business)
        for before in one.written
        for after in other.written
    )


def _is_respelled(one: Words, other: Words, *, may_add: bool) -> bool:
    """may_add: whether one of them may have a further name."""
    same = list((Counter(one) & Counter(other)).elements())
    rests = [list((Counter(a) - Counter(same)).elements()) for a in (one, other)]
    agreed = full(same)
    if not rests[0] and not rests[1]:
        return len(agreed) > 1 or any(map(_is_no_given_name, agreed))
    if full(rests[0]) and full(rests[1]):
        return _is_misspelled(rests[0], rests[1], agreed)
    (_, initials), (whole, longer) = sorted(
        zip((one, other), rests, strict=True), key=lambda each: len(full(each[1]))
    )
    return _is_fuller(initials, longer, whole if may_add else [], agreed)


def _is_misspelled(one: Words, other: Words, agreed: Words) -> bool:
    """one, other: what differs."""
    words, others = full(one), full(other)
    if not len(words) == len(others) == 1 or not _is_typo(words[0], others[0]):
        return False
    is_initial_new = len(one) == 1 or len(other) == 1
    return is_initial_new and (bool(agreed) or min(map(len, words + others)) >= FEWEST_LONG)


def _is_fuller(initials: Words, longer: Words, whole: Words, agreed: Words) -> bool:
    """Whether one name has more of the same: Albert for A, or a middle name.

    initials, longer: what differs. whole: the longer name; empty if nothing may be added. agreed:
    the full words of both.
    """
    added = full(longer)
    for initial in initials:
        name = next((word for word in added if word[0] == initial and _may_be_given(word)), None)
        if name is None and longer:
            return False  # John A Smith is not John B Smith
        if name:
            added.remove(name)
    if len(agreed) == 1 and not added:
        return _is_no_given_name(agreed[0])
    if len(agreed) < 2 or all(map(census.is_mostly_given, agreed)):
        return False
    return all(_may_be_added(word, whole, agreed) for word in added)


def _may_be_added(word: str, whole: Words, agreed: Words) -> bool:
    if not whole:
        return False
    place = whole.index(word)
    if 0 < place < len(whole) - 1:
        return True  # a middle name
    if census.is_mostly_given(word):
        return any(map(_is_no_given_name, agreed))
    return place > 1 and _is_iberian(word) and _is_iberian(whole[place - 1])


def _is_iberian(word: str) -> bool:
    return word in IBERIAN_LAST_NAMES or word.endswith("ez")


def _may_be_given(word: str) -> bool:
    """Whether an initial may stand for it."""
    return census.given(word) >= census.last(word)


def _is_no_given_name(word: str) -> bool:
    return census.given(word) == census.UNLISTED or census.is_mostly_last(word)


def _is_cut(one: str, other: str) -> bool:
    """Whether a narrow column cut off one of them within a word."""
    short, long = sorted((one, other), key=len)
    words, longer = squeezed_words(short), squeezed_words(long)
    if len(short.strip()) < SHORTEST_CUT or not words or len(words) > len(longer):
        return False
    cut, last = words[-1], longer[len(words) - 1]
    return (
        words[:-1] == longer[: len(words) - 1]
        and last.startswith(cut)
        and len(cut) >= FEWEST_CUT
        and cut.isalpha()
        and not (_is_common(cut) and _is_common(last))
    )


def _is_typo(one: str, other: str) -> bool:
    """Whether one word is probably the other with a typo. Hall and Hill are two last names, and
    1204 and 1206 two house numbers."""
    if min(len(one), len(other)) < FEWEST_LETTERS or not (one + other).isalpha():
        return False
    if one[0] != other[0]:
        return False
    if _is_name(one) and _is_name(other):
        return _is_swapped(one, other) and _is_far_commoner(one, other)
    if _is_swapped(one, other) or _is_letter_missing(one, other):
        return True
    is_either = _is_name(one) or _is_name(other)  # Krishna and Krishnan may be two
    return is_either and (_is_wrong_letter(one, other) or _is_letter_missing(one, other, end=True))


def _is_swapped(one: str, other: str) -> bool:
    wrong = [n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(wrong) != 2 or wrong[1] != wrong[0] + 1:
        return False
    return one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]


def _is_wrong_letter(one: str, other: str) -> bool:
    return len(one) == len(other) >= FEWEST_LONG and sum(map(str.__ne__, one, other)) == 1


def _is_letter_missing(one: str, other: str, *, end: bool = False) -> bool:
    """end: whether it may be the last letter, by which many names differ: Martin, Martine."""
    short, long = sorted((one, other), key=len)
    places = range(1, len(long) if end else len(long) - 1)
    return len(long) == len(short) + 1 and any(long[:n] + long[n + 1 :] == short for n in places)


@lru_cache(10_000)
def _is_name(word: str) -> bool:
    """Whether this is a name in the census, however rare: not a typo then."""
    return _is_common(word) or f"\n{word.upper()} ".encode() in _all_names()


def _is_far_commoner(one: str, other: str) -> bool:
    """Whether the rarer one is probably in the census only as a typo: Smtih."""
    rare, common = sorted(map(_frequency, (one, other)))
    return common >= FAR * rare


def _frequency(word: str) -> float:
    return max(census.given(word), census.last(word))


def _is_common(word: str) -> bool:
    return _frequency(word) > census.UNLISTED


@cache
def _all_names() -> bytes:
    lists = (files("names") / f"dist.{each}" for each in ("all.last", "male.first", "female.first"))
    return b"\n" + b"".join(each.read_bytes() for each in lists)
