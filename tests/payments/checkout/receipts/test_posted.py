"""What the billing system has posted is called posted, and nothing else is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import UtilityAccount
from payments.models import Checkout, Payment, PaymentLine
from tests.cast import Cast
from tests.payments.paying import members, postback_fields, send_postback
from tests.payments.reversals.happened import given_back, returned
from tests.posting.lines import taken_back

MAY_NOT_SHOW = "may not show it yet"


def pay(cast: Cast, **changes: str) -> Checkout:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, **changes))
    return checkout


def posted_through(day: Any) -> None:
    UtilityAccount.objects.filter(account_number="10000101").update(posted_through=day)


def pages(client: Client, checkout: Checkout) -> list[str]:
    addresses = (f"/pay/{checkout.address}/receipt/", "/pay/history/", "/")
    return [client.get(address).content.decode() for address in addresses]


def test_it_is_posted_from_the_day_that_the_billing_system_says(
    laundry: Client, cast: Cast
) -> None:
    checkout, today = pay(cast), cast.biller.today()
    posted_through(today - timedelta(days=1))
    receipt, history, dashboard = pages(laundry, checkout)
    assert "may take a day or two" in receipt
    assert "Posted" not in receipt + history
    assert MAY_NOT_SHOW in dashboard
    posted_through(today)
    receipt, history, dashboard = pages(laundry, checkout)
    assert "Posted to your account" in receipt
    assert "may take a day or two" not in receipt
    assert ">Posted<" in history
    assert MAY_NOT_SHOW not in dashboard


def test_days_are_the_billers(cast: Cast) -> None:
    """Half past midnight in London is still the evening before in New York."""
    checkout = pay(cast)
    paid_at = datetime.fromisoformat("2026-11-28T00:30:00+00:00")
    Payment.objects.filter(checkout=checkout).update(paid_at=paid_at, created_at=paid_at)
    PaymentLine.objects.update(recorded_at=paid_at)
    for day, expected in (("2026-11-26", False), ("2026-11-27", True)):
        posted_through(day)
        assert Payment.objects.get().is_posted is expected


def test_it_cannot_be_posted_before_it_was_recorded(cast: Cast) -> None:
    """A payment that came to be known days after it was paid."""
    pay(cast)
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=10))
    posted_through(cast.biller.today() - timedelta(days=1))
    assert not Payment.objects.get().is_posted
    posted_through(cast.biller.today())
    assert Payment.objects.get().is_posted


def test_a_reinstated_payment_is_posted_again_from_that_day(cast: Cast) -> None:
    pay(cast)
    before = timezone.now() - timedelta(days=3)
    Payment.objects.update(paid_at=before, created_at=before)
    PaymentLine.objects.update(recorded_at=before)
    posted_through(timezone.localdate(before, cast.biller.zone))
    assert Payment.objects.get().is_posted
    given_back(cast, returned(cast, Payment.objects.get()))
    assert not Payment.objects.get().is_posted
    posted_through(cast.biller.today())
    assert Payment.objects.get().is_posted


@pytest.mark.parametrize("fee", ["-2.50", "0"])
def test_what_was_taken_back_is_not_called_posted(laundry: Client, cast: Cast, fee: str) -> None:
    checkout = pay(cast)
    posted_through(cast.biller.today())
    taken_back(Payment.objects.get(), fee=fee)
    receipt, history, _dashboard = pages(laundry, checkout)
    assert "Posted" not in receipt + history


def test_my_payments_ask_nothing_more_for_each_payment(laundry: Client, cast: Cast) -> None:
    posted_through(timezone.localdate())
    counts = []
    for number in (1, 5):
        for _ in range(number):
            pay(cast, PaymentGUID=str(uuid4()))
        laundry.get("/pay/history/")
        with CaptureQueriesContext(connection) as queries:
            laundry.get("/pay/history/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
