"""Whether two names in the CIS are those of one customer, written differently."""

from collections.abc import Iterator

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.accepted import accepted_names
from accounts.linked_accounts.names.folding import squeezed, squeezed_words
from accounts.linked_accounts.names.parsing import (
    full,
    is_business,
    name_words,
    other_names,
    parts,
    without_trust,
)
from accounts.linked_accounts.names.words import LEGAL_FORMS
from icsso.billers.models import Biller

FEWEST_LETTERS = 4  # of a word in which a typo is told from another word
LONG = 8  # letters: two typos
FEWEST_CUT = 4  # letters left of a word that a narrow column cut off


def is_same_customer(before: str, after: str, order: Biller.NameOrder) -> bool:
    """Returns whether proof of the name before may still be proof of the name after, or only the
    spelling has changed: a typo, initials, a middle name, a second last name, a narrow column."""
    if squeezed(before) == squeezed(after):
        return True
    if sorted(squeezed_words(before)) == sorted(squeezed_words(after)):
        return True  # in the other order, as all names of a file may be
    if accepted_names(before, order) & accepted_names(after, order):
        return True
    holders = list(_holders(after))
    return any(_is_spelling(one, other) for one in _holders(before) for other in holders)


def _holders(known: str) -> Iterator[list[str]]:
    """Returns the words of each person's or business's name."""
    for name in other_names(known):
        if is_business(name):
            yield [word for word in squeezed_words(name) if word not in LEGAL_FORMS]
        else:
            yield from map(name_words, parts(without_trust(name)))


def _is_spelling(one: list[str], other: list[str]) -> bool:
    """Whether every word of the shorter name is in the longer one, at most one with a typo."""
    shorter, longer = sorted((one, other), key=len)
    rest, unmatched = list(longer), []
    for word in shorter:
        if word in rest:
            rest.remove(word)
        else:
            unmatched.append(word)
    same = [word for word in shorter if word not in unmatched]
    typos = 0
    for word in sorted(unmatched, key=len, reverse=True):
        match = next((other for other in rest if _is_shortened(word, other)), None)
        if match is None:
            match = next((other for other in rest if _is_typo(word, other)), None)
            typos += 1
        if match is None:
            return False
        rest.remove(match)
    return typos <= 1 and _says_enough(full(same), full(shorter))


def _says_enough(same: list[str], words: list[str]) -> bool:
    """Whether a person is recognized by these words: a given name alone is many people's."""
    if len(words) > 1:
        return bool(same)
    return bool(words) and not census.is_mostly_given(words[0])


def _is_shortened(one: str, other: str) -> bool:
    """Whether one is the initial of the other, or cut off."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and (len(short) == 1 or len(short) >= FEWEST_CUT)


def _is_typo(one: str, other: str) -> bool:
    """Maria and Mario are two people: both are given names."""
    if min(len(one), len(other)) < FEWEST_LETTERS - 1 or max(len(one), len(other)) < FEWEST_LETTERS:
        return False
    if census.is_mostly_given(one) and census.is_mostly_given(other):
        return False
    return _distance(one, other) <= (2 if min(len(one), len(other)) >= LONG else 1)


def _distance(one: str, other: str) -> int:
    """Returns how many letters are wrong, missing, too many, or swapped with the next one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, its in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != its)))
            if i > 1 < j and letter == other[j - 2] and one[i - 2] == its:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
