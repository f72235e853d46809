"""Whether a name starts with the last name or with the given name."""

from collections import Counter
from typing import NamedTuple

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.parsing import (
    comma_parts,
    full,
    is_business,
    name_words,
    other_names,
    parts,
    without_trust,
)
from accounts.linked_accounts.names.words import LAST_NAMES_TOO, OFTEN_NAMES, PARTICLES, PREFIXES
from icsso.billers.models import Biller

Order = Biller.NameOrder
OTHER = {Order.LAST_FIRST: Order.FIRST_LAST, Order.FIRST_LAST: Order.LAST_FIRST}
CONTRADICTED = 50  # times as likely in the other order
TELLING = 10
FEWEST_VOTES = 10
ENOUGH_VOTES = 5000
CLEAR_MAJORITY = 0.9


class Guess(NamedTuple):
    """order: UNKNOWN if the names do not show it clearly. names: how many show an order."""

    order: Biller.NameOrder
    names: int


def is_contradicted(words: list[str], order: Biller.NameOrder) -> bool:
    """Returns whether a name is clearly written in the other order, as SMITH JOHN is in a file of
    names like ANA TORRES: its last name would be a given name."""
    last, given = _last_and_given(words, order)
    found = [place for place, word in enumerate(words) if word == last]
    place = found[0 if order == Order.LAST_FIRST else -1]
    if place and words[place - 1] in PARTICLES - OFTEN_NAMES | PREFIXES | {"la"}:
        return False  # St. John
    if place and words[place - 1] == "ben" and not census.is_rather_last(given):
        return False  # Uri Ben David, and not Smith Ben David
    is_given = census.given(last) > census.last(last)
    return is_given and likelihood(words, OTHER[order]) > CONTRADICTED * likelihood(words, order)


def likelihood(words: list[str], order: Biller.NameOrder) -> float:
    """Returns how common the last name is times how common the first given name is."""
    last, given = _last_and_given(words, order)
    return census.last(last) * census.given(given)


def _last_and_given(words: list[str], order: Biller.NameOrder) -> tuple[str, str]:
    kept = [word for word in full(words) if word not in PARTICLES - LAST_NAMES_TOO | PREFIXES]
    kept = kept if len(kept) > 1 else full(words)
    return (kept[0], kept[1]) if order == Order.LAST_FIRST else (kept[-1], kept[0])


class OrderVotes:
    """Finds the order in which most names are written, from the first ones that show it."""

    def __init__(self) -> None:
        self.votes: Counter[Biller.NameOrder] = Counter()
        self.commas = 0

    def add(self, name: str) -> None:
        if self.votes.total() + self.commas < ENOUGH_VOTES:
            self._add(name)

    def _add(self, name: str) -> None:
        for one in map(without_trust, other_names(name)):
            if not is_business(one):
                people = parts(one)
                if any(len(comma_parts(person)) > 1 for person in people):
                    self.commas += 1
                elif (vote := _vote([name_words(person) for person in people])) in OTHER:
                    self.votes[vote] += 1

    def guess(self) -> Guess:
        number = self.votes.total()
        if number < FEWEST_VOTES:
            # Names with a comma are read as such in either order. Are nearly all like that?
            all_commas = self.commas >= FEWEST_VOTES and number * TELLING <= self.commas
            return Guess(Order.LAST_FIRST if all_commas else Order.UNKNOWN, self.commas)
        [(order, most)] = self.votes.most_common(1)
        return Guess(order if most >= CLEAR_MAJORITY * number else Order.UNKNOWN, number)


def _vote(people: list[list[str]]) -> Biller.NameOrder:
    """Returns the order that the words show, or else the initials and who shares a last name."""
    if not people:
        return Order.UNKNOWN
    first, last = people[0], people[-1]
    if len(full(first)) > 1:
        last_first = likelihood(first, Order.LAST_FIRST)
        first_last = likelihood(first, Order.FIRST_LAST)
        if last_first > TELLING * first_last:
            return Order.LAST_FIRST
        if first_last > TELLING * last_first:
            return Order.FIRST_LAST
    if len(full(first)) == 1 < len(full(last)):
        return Order.FIRST_LAST
    if len(full(first)) == 2 and len(first) == 3 and len(first[0]) > 1:
        return Order.LAST_FIRST if len(first[2]) == 1 else Order.FIRST_LAST
    return Order.UNKNOWN
