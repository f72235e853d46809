"""A small part of `bench/attack`: owners get in by name and ZIP code, strangers do not."""

import pytest

from accounts.linked_accounts.names import census, words
from accounts.linked_accounts.names.accepted import NameProof
from accounts.linked_accounts.proof import name_proves
from bench.attack.measuring import attack_names, attack_zip_codes
from bench.attack.owners import UNLISTED
from bench.attack.people import LISTS
from icsso.billers.models import Biller

Order = Biller.NameOrder
FEWEST = {"last": 0.97, "whole": 0.985, "letter": 0.985}  # of few; bench/attack tries many


@pytest.mark.parametrize("last_first", [True, False])
def test_owners_get_in_and_strangers_do_not(last_first: bool) -> None:
    result = attack_names(250, seed=11, last_first=last_first, every=10)
    kinds = set(result.accounts) - {UNLISTED}
    shares = {way: result.share(way, kinds) for way in FEWEST}
    assert {way: share for way, share in shares.items() if share < FEWEST[way]} == {}
    guessed = {kind: found for kind, found in result.strangers.items() if "own" not in kind}
    assert guessed == {}
    assert result.unproved == []


KNOWN_WORDS = words.NO_NAME | words.RARE_LAST_NAMES | words.OF_TRUSTS | words.OF_BUSINESSES


def test_the_attack_uses_words_that_the_portal_does_not_know() -> None:
    unlisted = set(LISTS["unlisted_words"])
    assert len(unlisted) > 150
    assert not unlisted & KNOWN_WORDS
    assert [word for word in unlisted if census.last(word) > census.UNLISTED] == []


@pytest.mark.parametrize(
    "written", ["John {last} {word}", "J {last}, {word}", "A & J {last} {word}"]
)
def test_no_word_after_a_listed_last_name_proves(written: str) -> None:
    last_names = ("Smith", "Garcia", "Jones", "Taylor", "Doe", "Carter", "Mitchell")
    opened = [
        (last, word)
        for last in last_names
        for word in LISTS["unlisted_words"]
        if name_proves(word, written.format(last=last, word=word), Order.FIRST_LAST)
    ]
    assert opened == []


def test_zip_codes_of_owners_prove_and_others_do_not() -> None:
    result = attack_zip_codes(500)
    assert result.share("typed") == 1
    assert result.strangers == {}


CUT = "CHRISTOPHER J ABERNATHY-FEATHERST"  # to 33 characters


@pytest.mark.parametrize(
    ("typed", "proves"),
    [
        ("Abernathy-Featherstone", True),
        ("Christopher Abernathy-Featherstone", True),
        ("Mr. Christopher James Abernathy-Featherstone", True),
        ("Abernathy", True),
        ("Aberna", False),
        ("Featherbed", False),
        ("Christopher", False),
        ("Christopher J", False),
    ],
)
def test_a_name_that_the_cis_cut_off_is_proved_by_what_is_left(typed: str, proves: bool) -> None:
    assert NameProof(CUT, Order.FIRST_LAST).is_given_by(typed) is proves


@pytest.mark.parametrize(
    ("known", "typed", "proves"),
    [
        ("SMITH J", "John Smith", True),
        ("SMITH J", "Karl Smith", False),
        ("SMITH JOHN", "John Quincy Smith", True),
        ("SMITH JOHN", "Smith Jones Brown", False),
        ("SMITH JOHN Q & MARY", "Mr. and Mrs. John Smith", True),
        ("SMITH JOHN Q & JONES MARY L", "Mary Jones and John Smith", True),
        ("ST JOHN AMANDA", "St. John", True),
        ("ST JOHN AMANDA", "John", False),
        ("DE LEON ANA", "Leon", False),
        ("OLVERA MAGANA NEREIDA", "Magaña", True),
        ("SMITH GRAYSON JAMES", "Grayson", False),
        ("SMITH JOHN ESTATE", "Estate of John Smith", True),
        ("SMITH JOHN REV LIV TR", "Smith", True),
        ("SMITH JOHN #2", "Smith", True),
        ("SMITH JOHN DBA KIM WINGS", "Kim", False),
        ("SMITH JOHN DBA KIM WINGS", "Kim Wings", True),
    ],
)
def test_what_a_letter_says(known: str, typed: str, proves: bool) -> None:
    assert NameProof(known, Order.LAST_FIRST).is_given_by(typed) is proves
