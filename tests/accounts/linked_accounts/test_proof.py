"""Proof that an account is the customer's, compared with the CIS."""

import pytest
from django.utils.datastructures import MultiValueDict

from accounts.linked_accounts.proof import ProofForm, find_account, zip_proves
from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from icsso.client.parsing import attempts_key
from tests import cast as people


def test_the_first_five_digits_of_the_zip_decide() -> None:
    assert zip_proves("62701", "62701-1234")
    assert zip_proves(" 62701-9999 ", "62701")
    assert zip_proves("k1a 0b1", "K1A 0B1")
    assert not zip_proves("62702", "62701")
    assert not zip_proves("6270", "62701")
    assert not zip_proves("", "")
    assert zip_proves("02134", "2134.0")
    assert zip_proves("02134", "2134-1234")
    assert zip_proves("00601", "601")
    assert zip_proves("62701", "IL62701-1234")
    assert zip_proves("62701", "US-62701")
    assert not zip_proves("62701", "IL6270")
    assert not zip_proves("00000", "00000")


@pytest.mark.parametrize(
    ("proof", "name", "zip", "found"),
    [
        (Biller.Proof.NAME, "Ana Torres", "", True),
        (Biller.Proof.NAME, "Rosa Delgado", "62701", False),
        (Biller.Proof.ZIP, "", "62701", True),
        (Biller.Proof.ZIP, "Ana Torres", "99999", False),
        (Biller.Proof.BOTH, "Ana Torres", "62701", True),
        (Biller.Proof.BOTH, "Ana Torres", "99999", False),
        (Biller.Proof.BOTH, "Rosa Delgado", "62701", False),
    ],
)
def test_what_the_biller_chose_is_compared(
    biller: Biller, proof: Biller.Proof, name: str, zip: str, found: bool
) -> None:
    biller.signup_proof = proof
    account = find_account(biller=biller, account_number="10000102", name=name, zip=zip)
    assert (account is not None) is found


def test_the_number_alone_when_no_more_is_required(biller: Biller) -> None:
    account = find_account(biller=biller, account_number="10000102", required=False)
    assert account == UtilityAccount.objects.get(account_number="10000102")
    assert find_account(biller=biller, account_number="99999999", required=False) is None


@pytest.mark.parametrize("typed", [" 10000102 ", "1000 0102", "1000-0102", "100.001/02"])
def test_spaces_and_dashes_in_the_number_do_not_matter(biller: Biller, typed: str) -> None:
    assert find_account(biller=biller, account_number=typed, name="Ana Torres")


def test_the_number_as_typed_comes_first(biller: Biller) -> None:
    for number in ("1000-0777", "10000777"):
        biller.accounts.create(account_number=number, name="Ana Torres")
    for typed, number in (("1000-0777", "1000-0777"), ("1000 0777", "10000777")):
        account = find_account(biller=biller, account_number=typed, name="Ana Torres")
        assert account is not None
        assert account.account_number == number


@pytest.mark.parametrize("typed", [" 10000102 ", "1000 0102", "1000-0102", "1000\u00a0010/2\x1f"])
def test_whatever_finds_an_account_is_counted_as_the_same_number(typed: str) -> None:
    assert attempts_key(typed) == "10000102"


def test_an_account_of_another_biller_is_not_found(biller: Biller) -> None:
    people.other_biller().accounts.create(account_number="20000001", name="Ana Torres")
    assert find_account(biller=biller, account_number="20000001", name="Ana Torres") is None


@pytest.mark.parametrize(
    ("proof", "name", "zip", "found"),
    [
        (Biller.Proof.NAME, "John", "", False),
        (Biller.Proof.ZIP, "", "02134", True),
        (Biller.Proof.BOTH, "john", "02134", True),
        (Biller.Proof.BOTH, "john", "02135", False),
        (Biller.Proof.BOTH, "Mary", "02134", False),
    ],
)
def test_a_weak_name_counts_only_together_with_the_zip_code(
    biller: Biller, proof: Biller.Proof, name: str, zip: str, found: bool
) -> None:
    biller.accounts.create(account_number="777", name="JOHN", zip="2134")
    biller.signup_proof = proof
    account = find_account(biller=biller, account_number="777", name=name, zip=zip)
    assert (account is not None) is found


def test_a_status_word_does_not_count_even_with_the_zip_code(biller: Biller) -> None:
    biller.accounts.create(account_number="777", name="OCCUPANT", zip="62701")
    biller.signup_proof = Biller.Proof.BOTH
    account = find_account(biller=biller, account_number="777", name="Occupant", zip="62701")
    assert account is None


def test_the_last_name_is_enough_once_the_biller_says_which_it_is(biller: Biller) -> None:
    for order, found in (("", False), ("first_last", True), ("last_first", False)):
        biller.name_order = order
        account = find_account(biller=biller, account_number="10000102", name="Torres")
        assert (account is not None) is found, order
        label = "Last name or business name on your bill" if order else "Name on your bill"
        assert ProofForm(biller=biller).fields["name"].label == label


def posted(**fields: str) -> "MultiValueDict[str, str]":
    return MultiValueDict({name: [value] for name, value in fields.items()})


def test_the_form_asks_what_the_biller_wants_and_gives_the_account(biller: Biller) -> None:
    form = ProofForm(posted(account_number="10000102", name="Ana Torres"), biller=biller)
    assert list(form.fields) == ["account_number", "name"]
    assert form.is_valid()
    assert form.account is not None
    biller.signup_proof = Biller.Proof.ZIP
    assert list(ProofForm(biller=biller).fields) == ["account_number", "zip"]
    assert list(ProofForm(biller=biller, asks_proof=False).fields) == ["account_number"]


def test_the_form_does_not_say_which_part_was_wrong(biller: Biller) -> None:
    wrong = [("99999999", "Ana Torres"), ("10000102", "Rosa Delgado")]
    forms = [ProofForm(posted(account_number=n, name=name), biller=biller) for n, name in wrong]
    assert forms[0].errors == forms[1].errors == {"__all__": [ProofForm.MISMATCH]}
    assert [form.account for form in forms] == [None, None]


def test_a_mismatch_marks_all_that_is_compared_and_nothing_else(biller: Biller) -> None:
    form = ProofForm(posted(account_number="10000102", name="Rosa Delgado"), biller=biller)
    assert [str(field).count('aria-invalid="true"') for field in form] == [1, 1]
    for given in ({"account_number": "10000102", "name": "Ana Torres"}, {"account_number": "1"}):
        form = ProofForm(posted(**given), biller=biller)
        form.is_valid()
        assert 'aria-invalid="true"' not in str(form["account_number"])


def test_nobodys_number_is_proved_by_no_name(biller: Biller) -> None:
    """Though it is compared with somebody's, so as to take as long."""
    for name in ("All", "Nobody At All", "Nobody"):
        assert find_account(biller=biller, account_number="99999999", name=name) is None
