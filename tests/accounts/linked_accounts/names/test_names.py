"""Which words of a name in the CIS prove that somebody bears it."""

import csv
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.linked_accounts.names.accepted import accepted_names
from accounts.linked_accounts.names.folding import squeezed_with_and
from accounts.linked_accounts.proof import name_proves
from icsso.client.plain_signs import squeezed

HERE = Path(__file__).parent
CASES = [
    tuple(case.values()) for case in csv.DictReader((HERE / "names.csv").read_text().splitlines())
]
FIRST_NAMES = (HERE / "first_names.txt").read_text().split()
_STATUS_WORDS = (
    "trustee trustees ttee etal et-al et-ux tenant tenants renter owner owners occupant resident "
    "deceased decd estate estate-of c/o care-of attn landlord heirs executor guardian current "
    "mr mrs ms miss dr rev jr sr iii iv md esq llc inc co trust family de la van von del and the"
)
_GUESSES = (*ascii_lowercase, *FIRST_NAMES, *_STATUS_WORDS.split())
GUESSES = {form(guess) for guess in _GUESSES for form in (squeezed, squeezed_with_and)}

_LAST_NAMES = (
    "Smith Lindqvist García Nguyễn O'Brien Đặng Łucki Ørsted Nakamura Kowalczyk Okafor Delgado "
    "García-López Fitzgerald Papadopoulos Schäfer Haddad Bergström Yılmaz Castellanos"
)
first = st.sampled_from(FIRST_NAMES)
last = st.sampled_from(
    [*_LAST_NAMES.split(), "de la Cruz", "van der Berg", "García López", "St. Pierre"]
)
initial = st.sampled_from(["", "", *ascii_lowercase])
_BESIDE = (
    "||ETAL|ET AL|TRUSTEE|TENANT|(RENTER)|DECEASED|OWNER|OCCUPANT|JR|III|MD|TRUST|& WIFE MARY"
    "|C/O MARY JONES|, TRUSTEE|, ETAL|, JR"
)
beside = st.sampled_from(_BESIDE.split("|"))
ahead = st.sampled_from(["", "", "", "MR", "MRS", "DR", "ESTATE OF", "C/O", "THE", "TRUSTEE"])


@st.composite
def names(draw: st.DrawFn) -> str:
    """One or two people, last names first or first names first, with what a CIS adds to them."""
    one, other, name, middle = draw(first), draw(first), draw(last), draw(initial)
    joined = draw(st.sampled_from(["&", "AND", "and", "/", "OR", "+"]))
    written = draw(
        st.sampled_from(
            (
                f"{name} {one} {middle}",
                f"{one} {middle} {name}",
                f"{name}, {one} {middle}",
                f"{name} {one} {middle} {joined} {other}",
                f"{one} {middle} {joined} {other} {name}",
                f"{name}, {one} {joined} {other}",
                f"{one}, {other} {joined} {one} {name}",
                f"{one} {name} {joined} {other} {draw(last)}",
                f"{name} {one} {joined} {draw(last)} {other}",
                f"{name} {one} {other}",
                f"{one} {other} {name}",
            )
        )
    )
    text = f"{draw(ahead)} {written} {draw(beside)}".strip()
    return text.upper() if draw(st.booleans()) else text


@given(names())
def test_no_letter_no_first_name_and_no_status_word_proves(known: str) -> None:
    assert len(FIRST_NAMES) >= 500
    assert not GUESSES & accepted_names(known)


@given(first, last, st.booleans())
def test_the_whole_name_proves_in_either_order(one: str, name: str, is_last_first: bool) -> None:
    known = f"{name} {one}" if is_last_first else f"{one} {name}"
    for typed in (f"{name} {one}", f"{one} {name}", f"{name}, {one}".lower()):
        assert name_proves(typed, known.upper())


@pytest.mark.parametrize(("known", "typed", "proves"), CASES)
def test_what_proves_a_name(known: str, typed: str, proves: str) -> None:
    assert name_proves(typed, known) is (proves == "yes")
