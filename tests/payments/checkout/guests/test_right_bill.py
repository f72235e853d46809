"""“Is this the right bill?”, asked of guests who gave the proof."""

import pytest
from django.test import Client

from accounts.masks import masked_name, masked_street
from payments.models import Checkout
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess

PROOF = {"account_number": "10000101", "name": "Willows Laundry"}


@pytest.fixture
def proving(cast: Cast) -> Cast:
    cast.biller.guests_prove, cast.biller.signup_proof = True, "name"
    cast.biller.save()
    return cast


def test_name_street_and_amount_are_shown_before_anything_is_launched(
    client: Client, proving: Cast, sandbox: SandboxProcess
) -> None:
    page = client.post("/pay/", PROOF).content.decode()
    for shown in ("Is this the right bill?", "W… L…", "… Mill Street", "$84.20", "ending in 0101"):
        assert shown in page
    for hidden in ("12 Mill", "62701"):
        assert hidden not in page
    assert not Checkout.objects.exists()
    assert client.post("/pay/", {**PROOF, "right": "yes"}).status_code == 302


def test_without_a_balance_the_bill_can_be_paid_all_the_same(client: Client, proving: Cast) -> None:
    page = client.post("/pay/", PROOF).content.decode()
    assert "see it on the next page" in page


def test_the_question_replaces_no_proof(client: Client, proving: Cast) -> None:
    page = client.post("/pay/", {**PROOF, "name": "Ana Torres", "right": "yes"})
    assert "Is this the right bill?" not in page.content.decode()
    assert not Checkout.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"), [("Willows Laundry", "W… L…"), ("X Ö", "… …"), ("  ", "")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("12 Mill Street", "… Mill Street"), ("PO BOX 44-A", "PO BOX …"), ("", "")],
)
def test_house_numbers_are_masked(address: str, shown: str) -> None:
    assert masked_street(address) == shown
