"""When the end of a name may be something else than a last name: BUILDER in JOHN SMITH BUILDER.

No list of such words is complete. So a word that nobody has as a name, by the US census, proves
nothing after one that is rather a last name than a given name.
"""

import re
from collections.abc import Container
from functools import cache

from accounts.linked_accounts.names import census, two_last_names
from accounts.linked_accounts.names.census import is_unknown
from accounts.linked_accounts.names.order import Order
from accounts.linked_accounts.names.parsing import full
from accounts.linked_accounts.names.words import (
    LAST_NAMES_TOO,
    PARTICLES,
    PREFIXES,
    RARE_LAST_NAMES,
    STATUS_WORDS,
    VIETNAMESE_LAST_NAMES,
)
from icsso.billers.models import Biller

Words = list[str]
SELDOM_GIVEN = 25  # times as common as a last name
COMMON, VERY_COMMON = 0.03, 0.05  # percent of the population
SHORTEST_MISSPELLED = 5
LONGEST_SYLLABLE = 4  # letters
# A syllable of Chinese as it is written in Latin letters.
SYLLABLE = re.compile(
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])"
    r"(?:(?:ang?|ong?|eng?|ing?|ung?|iang?|uang?|iong|ien?|ue|uo|u|i|e|o|a)|(?:ai|ao|ei|ou|iu|iao|ui|uai))"
)
# Syllables that say something about people, or begin such a word: heirs, guardian, landlord.
ABOUT_PEOPLE_TOO = {"kin", "lien", "man", "men", "nan", "nun", "gang", "ma", "pa", "hei"}
ABOUT_PEOPLE_TOO |= {"gua", "lan", "wi", "son", "co"}
VOWELS = set("aeiouy")
# How words about people end, English and Spanish ones. Only told of words that are no names.
ABOUT_PEOPLE = re.compile(
    r"\w{2,}(?:[aeo]r|[^uv]ist|ician|[ae]nt|ee|ed|ing|woman|daughter|mate|less|ship|er[ao]|ist[ao])s?"
)


def is_misspelled(word: str) -> bool:
    """Returns whether it is a status word with a letter wrong, missing, too many, or swapped."""
    if len(word) < SHORTEST_MISSPELLED or not is_unknown(word):
        return False
    shorter = _shorter(word)
    return word in _shorter_status_words() or bool(
        shorter & STATUS_WORDS or shorter & _shorter_status_words()
    )


@cache
def _shorter_status_words() -> set[str]:
    long = (word for word in STATUS_WORDS if len(word) >= SHORTEST_MISSPELLED)
    return {shorter for word in long for shorter in _shorter(word)}


def _shorter(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def are_no_names(words: Words) -> bool:
    """Returns whether they say something about people, as in "Smith & Interested Parties"."""
    return all(map(is_unknown, words)) and any(map(_is_about_people, words))


def last_halves(one: str, other: str) -> list[str]:
    """Returns the halves of a double name that are last names: Baptiste of Jean-Baptiste, both of
    Smith-James, and Thomas of Thomas-James, as Thomas is the commoner last name."""
    pairs = ((one, other), (other, one))
    found = [half for half, beside in pairs if not _is_given_half(half, beside)]
    commoner = max(one, other, key=census.last)
    return found or [commoner] * _is_often_last(commoner)


def _is_given_half(half: str, other: str) -> bool:
    is_rather_given = census.given(half) >= max(census.AS_NEWER, census.last(half))
    if is_rather_given and not census.is_rather_last(other):
        return True  # Pierre-Louis
    are_two = _is_common_last_name(other) and not census.is_hardly_last(half)
    return census.is_common_given(half) and not are_two


def is_abbreviation(word: str) -> bool:
    return is_unknown(word) and word.isascii() and not VOWELS & set(word)


def without_doubtful(words: Words, order: Biller.NameOrder, doubles: Container[str] = ()) -> Words:
    """Returns the words that are certainly a name: John Smith; all of them, if there is no doubt;
    none if it is in doubt what the last name is.

    doubles: words that had a hyphen.
    """
    names = full(words)
    if order == Order.LAST_FIRST:
        return _without_start(words, names, doubles)
    end = len(names) if names[-1] in doubles else _end(names)
    if end == len(names):
        return words
    found = _last_name_place(words)
    return words[: found + 1] if found else _without_end(words, names, end)


def _without_end(words: Words, names: Words, end: int) -> Words:
    """Returns John Smith of John Smith Builder, where the names from this end on are doubtful."""
    last = names[end - 1]
    if len(names) > 2 and is_unknown(names[-2]) and _is_about_people(names[-1]):
        return []  # Zbigniew Iyer Legatee
    if end == 1 and words[0] == last:
        return [] if _is_very_common(last) or _is_odd(names) else words
    are_known = all(word in RARE_LAST_NAMES or is_misspelled(word) for word in names[end:])
    are_about = all(map(_is_about_people, names[end:]))
    may_be_last = census.is_rather_last(last) or (are_about and end > 1 and _is_often_last(last))
    if not (may_be_last or are_known or is_abbreviation(names[-1])):
        return words
    is_certain = _is_last_name(last) or two_last_names.sounds_iberian(last)
    is_certain |= census.is_mostly_last(last) and are_about
    is_foreign = census.given(names[0]) < census.AS_NEWER or census.is_rather_last(names[0])
    if is_foreign and len(names) == end + 1 and _is_of_syllables(words):
        return words  # Xin Yi Gao
    is_rare = is_foreign or census.last(last) < census.LISTED_OFTEN
    is_vietnamese = end > 2 and last in VIETNAMESE_LAST_NAMES
    if is_rare and not (are_about or is_vietnamese):
        are_known = all(map(is_misspelled, names[end:]))
        is_certain = False  # Rajesh Kumar Venkatasubramanian
    certain = words[: len(words) - words[::-1].index(last)]
    if words[len(certain) :][:1] == ["y"]:  # Ana García y Tinajero
        return words
    return certain if is_certain or are_known else []


def _is_of_syllables(words: Words) -> bool:
    """Whether these are short words, as in Chinese, and the last one is a name: Gao, not Mom."""
    is_short = len(words) > 2 and all(1 < len(word) <= LONGEST_SYLLABLE for word in words[-2:])
    is_syllable = bool(SYLLABLE.fullmatch(words[-1])) and words[-1] not in ABOUT_PEOPLE_TOO
    return is_short and is_syllable and census.is_last_only(words[-1])


def is_clear(words: Words, order: Biller.NameOrder) -> bool:
    """Returns whether a given name and a last name are in this order, and can be nothing else."""
    names = full(words)
    if len(names) != 2:
        return False
    last, given = names if order == Order.LAST_FIRST else reversed(names)
    if _is_last_name(last) and census.is_common_given(given):
        return True
    if order == Order.LAST_FIRST:
        return False
    # Felicia Nolan, beside Mercer Tamara: the other word would be a middle name.
    is_given = census.given(given) >= census.COMMON_GIVEN_NAME
    is_last = census.is_rather_last(last) and census.given(last) < census.COMMON_GIVEN_NAME
    is_known = census.is_family_name(last) or census.is_common_given(given)
    return is_given and is_last and is_known


def _without_start(words: Words, names: Words, doubles: Container[str]) -> Words:
    """Returns Smith John of Builder Smith John."""
    if len(names) < 2 or not is_unknown(names[0]) or names[0] in doubles:
        return [] if len(names) == 2 and _may_be_shop(names) else words
    is_asian = census.is_last_only(names[0]) and census.last(names[1]) < census.LISTED_OFTEN
    if is_asian or names[0].startswith("mc"):  # Gao Jun Jie
        return words
    if names[0] in PARTICLES | PREFIXES or two_last_names.are_two(names[:2]):
        return words
    if len(names) == 2:
        return _without_start_of_two(words, names)
    is_certain = _is_common_last_name(names[1]) or _is_named(names[1:])
    is_certain |= _is_about_people(names[0]) and (
        census.is_family_name(names[1]) or _is_likely_named(names[1:])
    )
    if is_certain or is_misspelled(names[0]):
        return words[words.index(names[1]) :]
    is_either = is_unknown(names[1]) and _is_about_people(names[0])  # Bartender Dabrowski Dmitri
    return [] if is_either or census.is_rather_last(names[1]) else words


def _without_start_of_two(words: Words, names: Words) -> Words:
    """Returns Crutchfield of Stepdaughter Crutchfield; none if it is in doubt."""
    is_about = _is_about_people(names[0])
    if is_about and census.is_family_name(names[1]):
        return names[1:]
    is_last = _is_very_common(names[1]) or census.is_family_name(names[1])
    return [] if is_last or (is_about and _is_last_name(names[1])) else words


def _may_be_shop(names: Words) -> bool:
    """Whether it may be Kim's: Kim Donuts."""
    is_given = census.given(names[0]) >= census.COMMON_GIVEN_NAME
    return is_given and is_unknown(names[1]) and names[1].endswith("s")


def _last_name_place(words: Words) -> int:
    """Returns where a last name follows an initial, if nothing but doubtful words come after it:
    Scott in John A Scott Builder; 0 if it is not so."""
    for place in range(2, len(words) - 1):
        is_after_initial = len(words[place - 1]) == 1 < len(words[place])
        if is_after_initial and words[place] not in PARTICLES | PREFIXES:
            pairs = zip(words[place + 1 :], words[place:], strict=False)
            return place if all(_may_follow(word, before) for word, before in pairs) else 0
    return 0


def _end(names: Words) -> int:
    end = len(names)
    while end > 1 and _may_follow(names[end - 1], names[end - 2]):
        end -= 1
    return end


def _may_follow(word: str, before: str) -> bool:
    """Whether it may say something about the person named before. Particles are of last names,
    but Le is one itself: Vy Quoc Le Carpintero."""
    is_last = before in LAST_NAMES_TOO and _is_about_people(word)
    if before in PARTICLES | PREFIXES and not is_last:
        return False
    is_article = word in LAST_NAMES_TOO and census.is_mostly_last(before)
    is_rare = word in RARE_LAST_NAMES and census.is_rather_last(before)
    if not is_rare and word[-1] in "aos" and two_last_names.are_two([before, word]):
        return False  # Morales Tinajero
    return is_unknown(word) or is_rare or is_article


def _is_named(names: Words) -> bool:
    """Whether these are a last name and a given name, and can't be two given names."""
    last, given, *_ = names
    if census.is_family_name(last) or last in VIETNAMESE_LAST_NAMES:
        return census.given(given) > census.last(given)
    return census.is_last_only(last) and census.is_common_given(given)


def _is_likely_named(names: Words) -> bool:
    last, given, *_ = names
    is_last = census.last(last) >= census.CLEARLY * census.given(last)
    is_last &= census.given(last) <= census.COMMON_GIVEN_NAME
    return is_last and census.is_common_given(given)


def _is_about_people(word: str) -> bool:
    return is_unknown(word) and not census.is_last_only(word) and bool(ABOUT_PEOPLE.fullmatch(word))


def _is_last_name(word: str) -> bool:
    is_often = census.last(word) >= SELDOM_GIVEN * census.given(word)
    is_no_given_name = census.last(word) > census.UNLISTED == census.given(word)
    return is_no_given_name or (census.is_mostly_last(word) and is_often)


def _is_often_last(word: str) -> bool:
    return census.last(word) >= COMMON  # Franklin


def _is_common_last_name(word: str) -> bool:
    return _is_last_name(word) and census.last(word) >= COMMON


def _is_very_common(word: str) -> bool:
    return _is_last_name(word) and census.last(word) >= VERY_COMMON


def _is_odd(names: Words) -> bool:
    """Whether one with a common US given name seems to have two names that nobody has."""
    is_american = len(names) > 2 and census.is_common_given(names[0])
    return is_american or is_abbreviation(names[-1]) or is_misspelled(names[-1])
