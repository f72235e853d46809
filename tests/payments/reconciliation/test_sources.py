"""The source of a payment: a postback, a staff decision, or Invoice Cloud's list."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from payments.checkout import recent
from payments.models import Payment
from tests.cast import Cast
from tests.payments.paying import GUID, opened, paid_lately, postback_fields, send_postback


def listed(cast: Cast, **facts: Any) -> Payment:
    payment = Payment.objects.create(
        **{
            "biller": cast.biller,
            "account": cast.account("10000101"),
            "source": Payment.Source.RECONCILIATION,
            "payment_guid": GUID,
            "paid_at": timezone.now(),
            **facts,
        }
    )
    payment.lines.create(invoice_number="INV-1", amount=Decimal("84.20"), fee=Decimal("2.50"))
    return payment


def test_a_payment_of_a_postback_says_so(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    assert Payment.objects.get().source == "postback"


def test_one_from_the_list_needs_no_checkout_and_counts(client: Client, cast: Cast) -> None:
    payment = listed(cast)
    client.force_login(User.objects.create_superuser("operator@example.com"))
    for page in ("/admin/payments/payment/", f"/admin/payments/payment/{payment.pk}/change/"):
        assert "86.70" in client.get(page).content.decode(), page
    [attempt] = recent.recent_activities([payment.account])
    assert attempt
    assert attempt.payment == payment
    assert paid_lately(cast.laundry) == {payment.account.pk: Decimal("84.20")}


@pytest.mark.parametrize("source", ["postback", "decision"])
def test_any_other_needs_its_checkout(cast: Cast, source: str) -> None:
    with pytest.raises(IntegrityError):
        listed(cast, source=source)


def test_a_postback_about_a_payment_of_the_list_gives_it_its_checkout(
    client: Client, cast: Cast
) -> None:
    listed(cast)
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    assert checkout.postbacks.get().verdict == "repeated"
    assert Payment.objects.get().checkout == checkout
