"""What a letter says above the address, once the order of names is known.

A last name alone proves, so a line that has it proves as well if the rest fits: titles, initials,
middle names that the CIS does not have, and the other people on the account.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.linked_accounts.names import census, cut_names, last_names
from accounts.linked_accounts.names.words import MARIAN, NO_NAME
from icsso.billers.models import Biller

MOST_MIDDLE_NAMES = 3


@dataclass
class Line:
    """The names on an account. cut: its last word, if the CIS may have cut that off. beginnings:
    last names of which the CIS may have cut off the end. alone: the same, of somebody of whom
    nothing else is there."""

    last: set[str]
    beginnings: set[str]
    given: set[str]
    cut: str = ""
    alone: str = ""

    def fits(self, words: list[str]) -> bool:
        """Returns whether the words have a last name, and nothing that speaks against it."""
        if not 0 < len(words) <= len(self.given) + len(self.last) + MOST_MIDDLE_NAMES:
            return False
        if len(words) == 1:
            return self._is_last(words[0], has_given=False)
        # One word is not both a given name and the rest of a last name.
        has_given = any(len(word) > 1 and self._is_given(word) for word in words)
        rest, found = self._without_last(words, has_given=has_given)
        others = [word for word in rest if not self._may_be_given(word)]
        return found and len(others) <= (MOST_MIDDLE_NAMES if has_given else 0)

    def _without_last(self, words: list[str], *, has_given: bool) -> tuple[list[str], bool]:
        rest, start = [], 0
        while start < len(words):
            ends = range(len(words), start, -1)
            is_last = (
                e for e in ends if self._is_last("".join(words[start:e]), has_given=has_given)
            )
            if end := next(is_last, 0):
                start = end
            else:
                rest.append(words[start])
                start += 1
        return rest, len(rest) < len(words)

    def _is_last(self, name: str, *, has_given: bool) -> bool:
        if name in self.last:
            return True
        if name in NO_NAME:
            return False
        if self.alone and cut_names.is_whole_of(name, self.alone):
            return True
        begun = (start for start in self.beginnings if name.startswith(start))
        # María de los Án
        is_particle = any(start.startswith("de") for start in self.beginnings)
        is_marian = is_particle and bool(self.given & MARIAN)
        may_be_whole = has_given and not is_marian
        return any(
            (may_be_whole and cut_names.may_be_last(name, start)) or cut_names.proves(name, start)
            for start in begun
        )

    def _is_given(self, word: str) -> bool:
        is_cut = self.cut in self.given and word.startswith(self.cut)
        return word in self.given or (bool(self.cut) and is_cut)

    def _may_be_given(self, word: str) -> bool:
        """Whether it is a given name or an initial, of which nobody needs to know more."""
        return len(word) == 1 or self._is_given(word) or word[0] in self.given


def line(
    names: Iterable[str], order: Biller.NameOrder, *, strong: set[str], cut: str, whole: str
) -> Line:
    """strong: the last names that are enough. whole: the name in the CIS, squeezed."""
    people = [person for name in names for person in last_names.read(name, order)]
    last = {last for person in people for last in person.last}
    given = {word for person in people for word in person.given}
    beginnings = {name for name in last if cut and whole.endswith(name)}
    # Hucka in Marshall Gunnar D / Hucka[bee]
    is_alone = len(people) > 1 and any(person.given == [cut] for person in people)
    is_alone &= order == Biller.NameOrder.LAST_FIRST and not census.is_listed(cut)
    alone = cut if is_alone else ""
    return Line(last & strong, beginnings, given, cut, alone)
