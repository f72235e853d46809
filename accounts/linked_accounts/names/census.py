"""How common a word is as a given name and as a last name, by the US census.

The lists are in the package `names`. They never prove anything: they only tell which end of a name
is the last name, and when that is in doubt.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import takewhile

from accounts.linked_accounts.names.newer_given_names import (
    NEWER_FROM_LAST_NAMES,
    NEWER_GIVEN_NAMES,
)

RAREST = 0.001  # percent of the population: the 19,000 commonest last names; keeps memory small
UNLISTED = 0.0005
CLEARLY = 4  # times as common
HARDLY = 50
COMMON_GIVEN_NAME = 0.02
SELDOM = 40  # times as common
SHORTEST_MAC = 4  # letters
AS_NEWER = 0.01  # percent: how common a given name counts that the census has as a last name
LISTED_OFTEN = 0.003  # percent: given names that are new since the census are rarer


def given(word: str) -> float:
    """Returns the percentage of people with this given name, at least UNLISTED."""
    return max(_given_names().get(word, 0), UNLISTED)


def last(word: str) -> float:
    """Returns the percentage of people with this last name, at least UNLISTED."""
    return max(_last_names().get(word, 0), UNLISTED)


def is_unknown(word: str) -> bool:
    """Returns whether nobody has it as a given name or as a last name."""
    return max(last(word), given(word)) == UNLISTED


def is_rather_last(word: str) -> bool:
    return last(word) > given(word)


def is_mostly_given(word: str) -> bool:
    return given(word) >= CLEARLY * last(word)


def is_common_given(word: str) -> bool:
    return is_mostly_given(word) and given(word) >= COMMON_GIVEN_NAME


def is_hardly_last(word: str) -> bool:
    """Returns whether hardly anybody has this common given name as a last name."""
    is_rare = last(word) == UNLISTED or given(word) > HARDLY * last(word)
    return is_common_given(word) and is_rare


def is_mostly_last(word: str) -> bool:
    return last(word) >= CLEARLY * given(word) and given(word) < COMMON_GIVEN_NAME


def is_last_only(word: str) -> bool:
    """Returns whether it is a last name, however rare, and not a given name."""
    is_last = word in _last_names() or word in _rarest_last_names()
    return is_last and word not in _given_names()


def is_family_name(word: str) -> bool:
    """Returns whether it is a last name that is not rare, and no given name at all."""
    return last(word) >= LISTED_OFTEN and word not in _given_names()


def is_seldom_given(word: str) -> bool:
    """Returns whether it is a last name that is not rare and hardly a given name: Johnson. Names
    like McGillicuddy are last names, whether the census has them or not."""
    is_mac = word.startswith("mc") and len(word) > SHORTEST_MAC and word not in _given_names()
    return is_family_name(word) or last(word) >= SELDOM * given(word) or is_mac


def completed(beginning: str, *, given_name: bool) -> str:
    """Returns the commonest given name or last name that starts like this; "" if none does. Last
    names that are common as given names don't count."""
    names = _given_names() if given_name else _last_names()
    found = [name for name in names if name.startswith(beginning)]
    if not given_name:
        found = [name for name in found if is_mostly_last(name)]
    return max(found, key=names.__getitem__, default="")


@cache
def _last_names() -> dict[str, float]:
    return _read("all.last")


@cache
def _given_names() -> dict[str, float]:
    men, women = _read("male.first"), _read("female.first")
    listed = {name: max(men.get(name, 0), women.get(name, 0)) for name in men | women}
    newer = dict.fromkeys(NEWER_GIVEN_NAMES, COMMON_GIVEN_NAME)
    newer |= dict.fromkeys(NEWER_FROM_LAST_NAMES, AS_NEWER)
    return {name: max(listed.get(name, 0), newer.get(name, 0)) for name in listed | newer}


@cache
def _rarest_last_names() -> frozenset[str]:
    return frozenset(name for name, percent in _rows("all.last") if percent < RAREST)


def _read(which: str) -> dict[str, float]:
    # The commonest names come first.
    return dict(takewhile(lambda row: row[1] >= RAREST, _rows(which)))


def _rows(which: str) -> Iterator[tuple[str, float]]:
    with (files("names") / f"dist.{which}").open(encoding="ascii") as lines:
        for name, percent, *_ in map(str.split, lines):
            yield name.lower(), float(percent)
