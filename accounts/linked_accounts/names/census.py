"""How common a word is as a given name and as a last name, by the US census.

The lists are in the package `names`. They never prove anything: they only tell which end of a name
is the last name, and when that is in doubt.
"""

from functools import cache
from importlib.resources import files
from itertools import takewhile

RAREST = 0.001  # percent of the population: the 19,000 commonest last names; keeps memory small
UNLISTED = 0.0005
CLEARLY = 4  # times as common
HARDLY = 50
COMMON_GIVEN_NAME = 0.02


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


@cache
def _last_names() -> dict[str, float]:
    return _read("all.last")


@cache
def _given_names() -> dict[str, float]:
    men, women = _read("male.first"), _read("female.first")
    return {name: max(men.get(name, 0), women.get(name, 0)) for name in men | women}


def _read(which: str) -> dict[str, float]:
    with (files("names") / f"dist.{which}").open(encoding="ascii") as lines:
        rows = ((name.lower(), float(percent)) for name, percent, *_ in map(str.split, lines))
        # The commonest names come first.
        return dict(takewhile(lambda row: row[1] >= RAREST, rows))
