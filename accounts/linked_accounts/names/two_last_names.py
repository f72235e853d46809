"""People with two last names, the father's and the mother's: they go by either, or by both."""

import re

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.order import Order
from accounts.linked_accounts.names.parsing import without_particles
from accounts.linked_accounts.names.words import (
    IBERIAN_LAST_NAMES,
    OFTEN_NAMES,
    PARTICLES,
    PREFIXES,
)
from icsso.billers.models import Biller

Words = list[str]
SHORTEST_SECOND = 4  # letters
BETWEEN = PARTICLES - OFTEN_NAMES | {"la", "da", "dela"}
SOUNDS_IBERIAN = re.compile(r"[^kw]{2,}[^e][ao]s?")
# Beside one that does; the last ones are Basque.
MAY_SOUND_IBERIAN = re.compile(r"[^kw]{3,}(?:ar|or|al|z|an|aray|ide|[iu]ri|ndi)")


def beside(before: Words, own: Words, after: Words, order: Biller.NameOrder) -> Words:
    """Returns the other last name, with its particles: García in Juan García López, de la Cruz in
    García de la Cruz Ana; for Ponce de León Díaz, de León Díaz."""
    if order == Order.FIRST_LAST:
        start = len(before) - 1
        while start > 0 and before[start - 1] in BETWEEN:
            start -= 1
        if 0 < start < len(before) - 1 and _is_iberian(before[start - 1]):
            return before[start - 1 :]  # Ponce de León
        if before[start - 1 : start] and before[start - 1] in PREFIXES:
            return before[start - 1 :]  # Mc Kenzie
        found = before[max(start, 0) :]
        return _further(before, found, own) if _is_another(found, own[-1]) else []
    end = _end(after, 0)
    if end > 1 and after[0].startswith("de") and end < len(after):  # Ponce de León
        further = _end(after, end)
        is_third = further < len(after) and _is_one_of_two(after[further - 1], own[0])
        return after[:further] if is_third else after[:end]
    found = after[:end]
    return found if _is_another(found, own[-1]) else []


def _further(before: Words, found: Words, own: Words) -> Words:
    """Returns Pérez Ponce of Pérez Ponce de León."""
    more = before[: -len(found)]
    is_compound = own[0] == "de" and len(more) > 1 and _is_another(more[-1:], found[0])
    return more[-1:] + found if is_compound else found


def _is_another(found: Words, other: str) -> bool:
    """Whether it is a last name. De León and de la Rosa are, though León and Rosa are given names;
    del Carmen is not."""
    joined = "".join(found)
    is_joined = len(found) > 1 and census.last(joined) >= census.LISTED_OFTEN
    if not found or (len(found) > 1 and census.is_hardly_last(found[-1])):
        return False  # María de Jesús
    # Crawford in Crawford Watson, and not Woo in Hyun Woo Choi.
    is_family = len(found[-1]) >= SHORTEST_SECOND and census.is_seldom_given(found[-1])
    return is_joined or is_family or _is_one_of_two(found[-1], other)


def _end(words: Words, start: int) -> int:
    end = start + 1
    while end < len(words) and words[end - 1] in BETWEEN:
        end += 1
    return end


def pieces(words: Words) -> list[Words]:
    """Returns each name with its particles: del Toro and Nevárez of del Toro Nevárez."""
    found: list[Words] = [[]]
    for word in words:
        found[-1].append(word)
        if word not in BETWEEN | PREFIXES:
            found.append([])
    return [piece for piece in found if piece]


def each(beside: Words, own: Words, order: Biller.NameOrder) -> Words:
    """Returns what else one goes by: de la Cruz, la Cruz, Cruz; Ponce de León of Ponce de León
    Díaz."""
    ends = ["".join(beside), *without_particles(beside)]
    if order == Order.FIRST_LAST:
        is_compound = len(beside) == 2 and beside[0] not in BETWEEN | PREFIXES and own[0] == "de"
        return [*ends, beside[0], "".join(beside[1:] + own)] if is_compound else ends
    inner = [end for end in range(1, len(beside)) if beside[end - 1] not in BETWEEN]
    return ["".join(own + beside[:end]) for end in inner] + ends


def are_all(words: Words) -> bool:
    """Returns whether the words are two last names, such as de la Cruz Trejo, and no given name."""
    ends = [piece[-1] for piece in pieces(words)]
    return are_two(ends) and not any(census.given(end) >= census.AS_NEWER for end in ends)


def halves(last: str) -> Words:
    """Returns Luna and Chávez of LUNACHAVEZ, which nobody has as one last name."""
    if not census.is_unknown(last):
        return []
    pairs = ([last[:place], last[place:]] for place in range(4, len(last) - 3))
    return next((pair for pair in pairs if all(map(_is_iberian, pair))), [])


def are_two(words: Words) -> bool:
    return len(words) == 2 and all(map(_is_one_of_two, words, reversed(words)))


def _is_one_of_two(word: str, other: str) -> bool:
    is_other = _is_iberian(other) or _sounds(other, SOUNDS_IBERIAN)
    sounds = _sounds(word, SOUNDS_IBERIAN) and (
        is_other or census.last(word) >= census.LISTED_OFTEN
    )
    sounds = sounds or (is_other and _sounds(word, MAY_SOUND_IBERIAN))
    is_last = census.is_rather_last(word) and census.given(word) < census.AS_NEWER
    return sounds or (_is_iberian(word) and (is_last or census.is_mostly_last(word)))


def sounds_iberian(word: str) -> bool:
    """Returns whether it is a last name beside which another one may stand."""
    patterns = (SOUNDS_IBERIAN, MAY_SOUND_IBERIAN)
    return _is_iberian(word) or any(_sounds(word, pattern) for pattern in patterns)


def _is_iberian(word: str) -> bool:
    return word in IBERIAN_LAST_NAMES or (word.endswith("ez") and len(word) > 4)


def _sounds(word: str, how: re.Pattern[str]) -> bool:
    """Whether it is a last name that ends in a Spanish or Portuguese way, and no given name."""
    return bool(how.fullmatch(word)) and census.is_last_only(word)
