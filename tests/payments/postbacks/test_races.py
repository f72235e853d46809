"""Many requests at once: the same postback, postbacks in any order, or the same button."""

import threading
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.postbacks import recording, services
from payments.postbacks.services import conclude, store
from tests.cast import Cast
from tests.payments.paying import (
    GUID,
    OTHER_GUID,
    at_once,
    members,
    opened,
    postback_fields,
    send_postback,
    verdicts,
)
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_times_the_same_postback_at_once_is_one_payment(cast: Cast) -> None:
    checkout = opened(cast)
    fields = postback_fields(checkout)
    answers = at_once(*[lambda: send_postback(Client(), checkout, fields).status_code] * 20)
    assert answers == [200] * 20
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    assert sorted(verdicts(checkout)) == [("approved", "")] + [("repeated", "")] * 19


def test_concluded_many_times_at_once_each_postback_gets_one_verdict(cast: Cast) -> None:
    checkout = opened(cast)
    contents = (
        postback_fields(checkout),
        postback_fields(checkout),
        postback_fields(checkout, InvoiceNumber="INV-2", PaymentAmount="1.00"),
        postback_fields(checkout, Approved="False"),
    )
    for fields in contents:
        store(checkout, {name: [text] for name, text in fields.items()})
    at_once(*[lambda: conclude(checkout)] * 4)
    expected = [("approved", ""), ("repeated", ""), ("approved", ""), ("review", "contradicts")]
    assert verdicts(checkout) == expected
    assert Payment.objects.get().amount == Decimal("85.20")


def test_the_same_postback_with_a_lower_number_that_is_stored_last_is_a_repeat(cast: Cast) -> None:
    """Numbers are given before the commit: of two calls at once the second may commit first."""
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    first = checkout.postbacks.get()
    late = Postback(pk=first.pk - 1, checkout=checkout, fields=first.fields)
    late.content_digest = first.content_digest
    late.save(force_insert=True)
    conclude(checkout)
    late.refresh_from_db()
    assert (late.verdict, late.reason) == ("repeated", "")
    assert Payment.objects.count() == PaymentLine.objects.count() == 1


def test_one_payment_told_to_two_checkouts_at_once_belongs_to_one(cast: Cast) -> None:
    first, second = opened(cast), opened(cast)
    at_once(
        *[
            lambda checkout=checkout: (
                send_postback(Client(), checkout, postback_fields(checkout)).status_code
            )
            for checkout in (first, second)
        ]
    )
    assert Payment.objects.count() == 1
    assert sorted(verdicts(first) + verdicts(second)) == [("approved", ""), ("review", "known")]


def test_two_payments_of_one_checkout_at_once_are_one_and_a_review(cast: Cast) -> None:
    checkout = opened(cast)
    both = postback_fields(checkout), postback_fields(checkout, PaymentGUID=OTHER_GUID)
    at_once(*[lambda fields=fields: send_postback(Client(), checkout, fields) for fields in both])
    assert Payment.objects.count() == 1
    assert sorted(verdicts(checkout)) == [("approved", ""), ("review", "second")]


def test_approval_and_decline_at_once_end_as_paid(cast: Cast) -> None:
    checkout = opened(cast)
    both = postback_fields(checkout), postback_fields(checkout, Approved="False")
    at_once(*[lambda fields=fields: send_postback(Client(), checkout, fields) for fields in both])
    assert Payment.objects.count() == 1
    assert verdicts(checkout)[0][0] in {"approved", "declined"}


def test_the_invoices_of_one_payment_at_once_are_all_there(cast: Cast) -> None:
    checkout = opened(cast)
    parts = [
        postback_fields(checkout, InvoiceNumber=f"INV-{n}", PaymentAmount=f"{n}.00")
        for n in range(1, 7)
    ]
    at_once(*[lambda fields=fields: send_postback(Client(), checkout, fields) for fields in parts])
    assert Payment.objects.get().amount == 21
    assert {verdict for verdict, _ in verdicts(checkout)} == {"approved"}


@pytest.mark.parametrize("clicks", [2, 6])
def test_a_double_click_is_one_checkout_and_one_call(
    cast: Cast, sandbox: SandboxProcess, clicks: int
) -> None:
    browser = Client()
    browser.get("/pay/")

    def click() -> str:
        again = Client()
        again.cookies = browser.cookies
        return again.post("/pay/", {"account_number": "10000101"})["Location"]

    assert len(set(at_once(*[click] * clicks))) == 1
    assert Checkout.objects.count() == 1
    calls = sandbox.control("GET", "/_control/api/calls")
    assert [made["operation"] for made in calls] == ["cloud_payments"]


def test_postback_and_return_at_once_both_count(cast: Cast) -> None:
    checkout = opened(cast)
    at_once(
        lambda: send_postback(Client(), checkout, postback_fields(checkout)).status_code,
        lambda: Client().get(f"/pay/return/r{checkout.address}/").status_code,
    )
    checkout.refresh_from_db()
    assert checkout.returned_at
    assert not checkout.is_current
    assert checkout.hosted_url == ""
    assert checkout.payments.get()


def test_two_checkouts_that_name_two_payments_crosswise_both_get_an_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits for the other with its first payment locked, if locks are taken one by one."""
    pairs = (("10000201", "10000202"), ("10000203", "10000204"))
    checkouts = [members(cast, *numbers, member=cast.manager) for numbers in pairs]
    for checkout, guids in zip(checkouts, ((GUID, OTHER_GUID), (OTHER_GUID, GUID)), strict=True):
        for account, guid in zip(checkout.ordered_accounts, guids, strict=True):
            facts = {"AccountNumber": account.account_number, "PaymentGUID": guid}
            fields = postback_fields(checkout, **facts)
            store(checkout, {name: [text] for name, text in fields.items()})
    real, gate = recording.record_payment, threading.Barrier(2)

    def slow(*facts: Any, **more: Any) -> Payment:
        made = real(*facts, **more)
        with suppress(threading.BrokenBarrierError):
            gate.wait(0.5)  # passed only if both are within
        return made

    monkeypatch.setattr(services, "record_payment", slow)
    done = at_once(*[lambda one=one: [conclude(one)] for one in checkouts])
    assert len(done) == 2
    told = sorted(verdicts(checkouts[0]) + verdicts(checkouts[1]))
    assert told == [("approved", "")] * 2 + [("review", "known")] * 2
