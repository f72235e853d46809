"""Balances kept with the linked accounts: what counts, what is forgotten, and what was paid."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import balances, kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount
from tests.cast import Cast, member
from tests.payments import paying

pytestmark = pytest.mark.django_db


def of_laundry(cast: Cast) -> Balance | None:
    return kept.of(cast.laundry.links.get(), zone=cast.biller.zone)


def keep(cast: Cast, amount: str, **facts: Any) -> bool:
    return kept.keep(cast.account("10000101").pk, Balance(amount=Decimal(amount), **facts))


def test_everyone_who_sees_the_account_sees_its_balance(cast: Cast) -> None:
    partner = member(cast.biller, "partner@example.com", "two lamps in a window", "10000101")
    due = cast.biller.today()
    balance = Balance(amount=Decimal("84.20"), due_date=due, autopay=True, paperless=False)
    assert kept.keep(cast.account("10000101").pk, balance)
    assert of_laundry(cast) == balance
    assert kept.of(partner.links.get(), zone=cast.biller.zone) == balance
    assert cast.neighbour.links.get().balance_cents is None


def test_nothing_is_due_on_a_day_when_nothing_is_owed(cast: Cast) -> None:
    for amount in ("0", "-5.00"):
        keep(cast, amount, due_date=cast.biller.today())
        assert cast.laundry.links.get().due_on is None


def test_an_older_answer_does_not_replace_a_newer_one(cast: Cast) -> None:
    now = timezone.now()
    assert keep(cast, "84.20", asked_at=now)
    assert not keep(cast, "1.00", asked_at=now - timedelta(seconds=5))
    balance = of_laundry(cast)
    assert balance
    assert balance.amount == Decimal("84.20")


def test_an_answer_from_before_a_payment_does_not_count(cast: Cast) -> None:
    asked_at = timezone.now()
    keep(cast, "84.20", asked_at=asked_at - timedelta(minutes=1))
    kept.forget_paid(cast.account("10000101"))
    assert of_laundry(cast) is None
    assert not keep(cast, "84.20", asked_at=asked_at)
    assert of_laundry(cast) is None
    assert keep(cast, "0.00")


def test_what_another_customer_owes_is_forgotten(cast: Cast) -> None:
    keep(cast, "84.20")
    kept.forget([cast.account("10000101").pk])
    link = LinkedAccount.objects.get(member=cast.laundry)
    assert (link.balance_cents, link.due_on, link.autopay) == (None, None, None)


def test_a_nickname_does_not_bring_an_old_balance_back(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    pk, link = cast.account("10000101").pk, cast.laundry.links.get()
    keep(cast, "84.20")
    link.nickname = "Shop"
    link.stand_again()
    assert cast.laundry.links.get().balance_cents == 8420
    client.post(f"/accounts/{pk}/", {"nickname": "Shop"})
    assert cast.laundry.links.get().balance_cents == 8420


@pytest.fixture
def paid(client: Client, cast: Cast, django_capture_on_commit_callbacks: Any) -> Client:
    """A member who owed $84.20 and has just paid."""
    keep(cast, "84.20", due_date=cast.biller.today() - timedelta(days=2))
    checkout = paying.members(cast)
    with django_capture_on_commit_callbacks(execute=True):
        paying.send_postback(client, checkout, paying.postback_fields(checkout))
    client.force_login(cast.laundry)
    return client


def dashboard(client: Client) -> str:
    return " ".join(client.get("/", HTTP_HOST="localhost").content.decode().split())


THANKS, MAY_NOT = "You paid $84.20 today. Thank you.", "Your balance may not show it yet"


def test_a_payment_is_not_contradicted_by_the_balance_before_it(paid: Client, cast: Cast) -> None:
    page = dashboard(paid)
    assert f"{THANKS} {MAY_NOT}." in page
    assert "Overdue" not in page
    # Invoice Cloud says the same as before.
    keep(cast, "84.20", due_date=cast.biller.today() - timedelta(days=2))
    page = dashboard(paid)
    assert f"{THANKS} {MAY_NOT}." in page
    assert "Overdue" not in page
    assert ">Pay<" not in page


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_once_the_balance_shows_it_there_is_only_thanks(
    paid: Client, cast: Cast, amount: str
) -> None:
    keep(cast, amount)
    page = dashboard(paid)
    assert THANKS in page
    assert MAY_NOT not in page


def test_part_of_it_paid_shows_in_the_balance_too(paid: Client, cast: Cast) -> None:
    before = {f"owed-before:{cast.account('10000101').pk}:{cast.biller.today()}": 10_000}
    kept.cache.set_many(before)
    keep(cast, "15.80")
    assert MAY_NOT not in dashboard(paid)
    keep(cast, "15.81")
    assert MAY_NOT in dashboard(paid)


def test_autopay_is_left_to_pay_the_bill(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    soon, late = cast.biller.today() + timedelta(days=3), cast.biller.today() - timedelta(days=3)
    keep(cast, "84.20", due_date=soon, autopay=True)
    page = dashboard(client)
    assert "AutoPay will pay this bill. You don't need to do anything." in page
    assert "Pay now instead" in page
    assert 'class="button" form="pay"' not in page
    keep(cast, "84.20", due_date=late, autopay=True)
    page = dashboard(client)
    assert "AutoPay will pay this bill" not in page
    assert "AutoPay is on, but this bill is past due." in page
    assert 'class="button" form="pay"' in page


def test_staff_and_late_fees_read_the_same_as_the_member(cast: Cast) -> None:
    account = cast.account("10000101")
    keep(cast, "84.20", autopay=True)
    assert kept.last([account.pk]) == {account.pk: of_laundry(cast)}
    kept.forget_paid(account)
    assert kept.last([account.pk]) == {}


def test_what_nobody_has_linked_is_kept_until_it_is_paid_or_linked(cast: Cast) -> None:
    account = cast.account("10000103")
    assert not account.all_links.exists()
    said = Balance(amount=Decimal("12.00"))
    assert kept.keep(account.pk, said)
    assert balances.known(account) == said
    assert kept.last([account.pk]) == {account.pk: said}
    LinkedAccount.objects.create(member=cast.laundry, account=account)
    assert kept.last([account.pk]) == {}
    account.all_links.all().delete()
    kept.forget_paid(account)
    assert kept.last([account.pk]) == {}


def test_only_a_balance_of_a_moment_ago_saves_a_question(cast: Cast) -> None:
    account = cast.account("10000101")
    keep(cast, "84.20", asked_at=timezone.now() - timedelta(seconds=50))
    assert balances.known(account)
    LinkedAccount.objects.update(balance_at=timezone.now() - timedelta(seconds=70))
    assert balances.known(account) is None
    assert kept.last([account.pk])
