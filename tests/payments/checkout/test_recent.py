"""What was paid in the portal today, and the balance beside it, on the dashboard."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.linked_accounts import balances, kept
from accounts.linked_accounts.balance import Balance
from payments.models import Payment
from tests.cast import Cast
from tests.payments.paying import (
    OTHER_GUID,
    members,
    opened,
    paid_lately,
    postback_fields,
    send_postback,
)

# Redis at a port where nobody answers.
AWAY = {
    "BACKEND": "inhance.redis_cache.RedisCache",
    "LOCATION": "redis://127.0.0.1:9",
}


def test_todays_payments_of_each_linked_account_are_added_up_without_fees(
    client: Client, cast: Cast
) -> None:
    mine, a_guests = members(cast), opened(cast)
    send_postback(client, mine, postback_fields(mine))
    send_postback(
        client, a_guests, postback_fields(a_guests, PaymentGUID=OTHER_GUID, PaymentAmount="10.00")
    )
    assert paid_lately(cast.laundry) == {mine.ordered_accounts[0].pk: Decimal("94.20")}
    assert paid_lately(cast.neighbour) == {}


def test_yesterdays_are_left_out(client: Client, cast: Cast) -> None:
    checkout = members(cast)
    send_postback(client, checkout, postback_fields(checkout))
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=1))
    assert paid_lately(cast.laundry) == {}


@pytest.mark.django_db(transaction=True)
def test_after_a_payment_the_balance_from_before_it_is_not_shown(
    client: Client, cast: Cast
) -> None:
    checkout = members(cast)
    account = checkout.ordered_accounts[0]
    assert kept.keep(account.pk, Balance(amount=Decimal("84.20")))
    send_postback(client, checkout, postback_fields(checkout, Approved="False"))
    assert balances.known(account)
    send_postback(client, checkout, postback_fields(checkout))
    assert balances.known(account) is None
    assert kept.last([account.pk]) == {}
    client.force_login(cast.laundry)
    page = client.get("/").content.decode()
    assert "You paid $84.20 today. Thank you. Your balance may not show it yet." in page
    assert "not yet posted" not in page


@pytest.mark.django_db(transaction=True)
def test_a_cache_that_is_away_does_not_refuse_the_postback(
    client: Client, cast: Cast, settings: Settings
) -> None:
    settings.CACHES = {"default": AWAY}
    checkout = members(cast)
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    assert Payment.objects.count() == 1
