"""After a payment, Invoice Cloud may give the balance from before it for 24 hours: nowhere is such
an account due or overdue, nor in a total."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.received import Received
from accounts.models import LinkedAccount, UtilityAccount
from payments.models import Payment
from tests.cast import Cast
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.whole_dates import spaced

pytestmark = pytest.mark.django_db
A, B = "10000201", "10000202"
Pay = Callable[[float], None]


@pytest.fixture
def manager(client: Client, cast: Cast) -> Client:
    """Has more accounts than cards are shown for."""
    for number in range(4):
        account = cast.biller.accounts.create(account_number=f"3000{number}", name="Maple Court")
        LinkedAccount.objects.create(member=cast.manager, account=account)
    client.force_login(cast.manager)
    return client


@pytest.fixture
def pay(cast: Cast) -> Pay:
    """Pays the first account so many hours ago. Invoice Cloud answers as before, for both."""

    def paid(hours: float) -> None:
        checkout, then = (
            members(cast, A, member=cast.manager),
            timezone.now() - timedelta(hours=hours),
        )
        owe(cast, A, "84.20")
        send_postback(Client(), checkout, postback_fields(checkout))
        Payment.objects.update(created_at=then, paid_at=then)
        for number, amount in ((A, "84.20"), (B, "10.00")):
            owe(cast, number, amount)

    return paid


def owe(cast: Cast, number: str, amount: str) -> None:
    due = cast.biller.today() - timedelta(days=2)
    kept.keep(cast.account(number).pk, Balance(amount=Decimal(amount), due_date=due))


@pytest.mark.parametrize("hours", [0.7, 23.9])
def test_what_waits_is_neither_overdue_nor_in_the_total(
    manager: Client, cast: Cast, pay: Pay, hours: float
) -> None:
    pay(hours)
    home = manager.get("/")
    assert home.context["summary"].total == Decimal("10.00")
    assert home.context["summary"].counts["overdue"] == 1
    page = home.content.decode()
    assert "$84.20 paid" in page
    assert f'value="{cast.account(A).pk}" data-cents="0"' in page
    [row] = manager.get("/?show=overdue").context["rows"]
    assert row.link.account == cast.account(B)
    assert A not in manager.get("/accounts/export/?show=overdue").getvalue().decode()
    every = manager.get("/?select=all").context["chosen"]
    assert every[cast.account(A).pk] == 0
    assert every[cast.account(B).pk] == 1000


def test_after_a_day_the_balance_counts_again(manager: Client, pay: Pay) -> None:
    pay(24.1)
    home = manager.get("/")
    assert home.context["summary"].total == Decimal("94.20")
    assert home.context["summary"].counts["overdue"] == 2
    assert "$84.20 paid" not in home.content.decode()


def test_what_the_balance_shows_counts(manager: Client, cast: Cast, pay: Pay) -> None:
    pay(23.9)
    owe(cast, A, "0.00")
    assert manager.get("/").context["summary"].total == Decimal("10.00")


def test_what_was_paid_yesterday_is_said_until_the_balance_shows_it() -> None:
    shows, may_not = Balance(amount=Decimal(0)), Balance(amount=Decimal(5))
    today, yesterday = (Received(Decimal(5), is_today=each) for each in (True, False))
    assert [today.is_said(shows), today.is_said(may_not)] == [True, True]
    assert [yesterday.is_said(shows), yesterday.is_said(may_not)] == [False, True]


def test_it_is_not_in_the_total_of_the_page_that_confirms(
    manager: Client, cast: Cast, pay: Pay
) -> None:
    pay(0.7)
    sent = {"account": [cast.account(A).pk, cast.account(B).pk]}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert '<strong class="amount">$10.00</strong>' in page
    assert "$84.20 paid" in page
    assert "not known now" not in page
    assert "The total leaves out" in page


def test_a_card_does_not_call_it_overdue_after_midnight(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    checkout = members(cast)
    send_postback(client, checkout, postback_fields(checkout))
    Payment.objects.update(paid_at=timezone.now() - timedelta(hours=23.9))
    owe(cast, "10000101", "84.20")
    page = client.get("/").content.decode()
    assert "Overdue" not in page
    assert "Your balance may not show it yet." in page
    UtilityAccount.objects.update(posted_through=cast.biller.today())
    assert "Overdue" in client.get("/").content.decode()


def test_a_guest_is_told_that_a_payment_was_received(client: Client, cast: Cast) -> None:
    cast.biller.guests_prove, cast.biller.signup_proof = True, "name"
    cast.biller.save()
    account = cast.account("10000101")
    due = cast.biller.today() - timedelta(days=2)
    assert kept.keep(account.pk, Balance(amount=Decimal("84.20"), due_date=due))
    sent = {"account_number": "10000101", "name": "Willows Laundry"}
    before = client.post("/pay/", sent).content.decode()
    assert "Overdue" in before
    assert "We received a payment" not in before
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    then = timezone.now() - timedelta(hours=23.9)
    Payment.objects.update(created_at=then, paid_at=then)
    page = client.post("/pay/", sent).content.decode()
    assert "We received a payment for this account in the last 24 hours." in spaced(page)
    assert "Overdue" not in page
