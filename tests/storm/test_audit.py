"""The audit after a storm: silent when both sides agree, a sentence for each way they do not."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import LinkedAccount
from payments.models import Payment, PaymentLine
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import GUID, call, opened, told
from tests.storm import audit


@pytest.fixture
def paid(cast: Cast, client: Client) -> dict[str, Any]:
    """A payment of $84.20 that both sides know, as Invoice Cloud tells it."""
    checkout = opened(cast)
    assert call(client, checkout, told(checkout)).status_code == 200
    payment = {"guid": GUID, "account_number": "10000101", "amount": "84.20", "fee": "2.50"}
    calls = [
        {"fields": {"BillerReference": checkout.biller_reference}, "attempts": [{"status": 200}]}
    ]
    payment |= {"approved": True, "hosted_payment": "hosted-page"}
    return {"payments": [payment], "postbacks": calls, "customers": []}


def test_both_sides_agree(paid: dict[str, Any]) -> None:
    assert audit.payments(paid) == audit.calls(paid) == []


def test_a_payment_that_is_lost(paid: dict[str, Any]) -> None:
    PaymentLine.objects.all().delete()
    Payment.objects.all().delete()
    [sentence] = audit.payments(paid)
    assert sentence.startswith("approved and not known here")


@pytest.mark.parametrize(
    "untrue", [{"approved": False}, {"amount": "84.21"}, {"fee": "0.00"}, {"guid": "another"}]
)
def test_a_payment_that_is_not_so(paid: dict[str, Any], untrue: dict[str, Any]) -> None:
    paid["payments"][0] |= untrue
    assert any("known here and not approved" in sentence for sentence in audit.payments(paid))


def test_a_call_that_was_answered_and_is_not_stored(paid: dict[str, Any]) -> None:
    paid["postbacks"] *= 2
    [sentence] = audit.calls(paid)
    assert sentence.startswith("answered with 200 and not stored")


def test_a_call_that_was_answered_with_an_error_page(paid: dict[str, Any]) -> None:
    paid["postbacks"][0]["attempts"] = [{"status": 500}, {"status": 503}, {"status": 200}]
    assert audit.calls(paid) == ["a call about a payment was answered 500"]


@pytest.mark.parametrize(
    ("state", "owner", "is_right"),
    [
        ("registered", people.LAUNDRY_EMAIL, True),
        ("registered", None, False),
        ("registered", people.MANAGER_EMAIL, False),
        ("elsewhere", people.LAUNDRY_EMAIL, False),
        ("pending", people.LAUNDRY_EMAIL, False),
        ("pending", None, False),
        ("refused", None, False),
    ],
)
def test_a_link_says_what_invoice_cloud_has(
    state: str, owner: str | None, is_right: bool, cast: Cast
) -> None:
    LinkedAccount.objects.exclude(member=cast.laundry).delete()
    cast.laundry.links.update(state=state)
    there = {"customers": [{"account_number": "10000101", "registered_by": owner}]}
    found = [sentence for sentence in audit.links(there, []) if sentence.startswith("10000101 is")]
    assert (not found) is is_right


def test_an_account_that_is_registered_there_and_not_linked_here(cast: Cast) -> None:
    LinkedAccount.objects.all().delete()
    owner = {"account_number": "10000101", "registered_by": people.LAUNDRY_EMAIL}
    [sentence] = audit.links({"customers": [owner]}, [])
    assert sentence.endswith("not linked here")
