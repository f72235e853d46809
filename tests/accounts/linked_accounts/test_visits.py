"""After a billing page was opened, nothing from before is shown as what is owed now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import balances, kept, refresh
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member
from icsso.billing import session
from tests.cast import Cast, member
from tests.icsso.billing.pages import connected

BILLS = "/billing/bills/"
Later = Callable[[float], datetime]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves the clock on, and empties the cache, which keeps nothing that long for sure."""
    began, passed = timezone.now(), [timedelta(0)]
    monkeypatch.setattr(timezone, "now", lambda: began + passed[0])

    def move(minutes: float) -> datetime:
        passed[0] += timedelta(minutes=minutes)
        cache.clear()
        return timezone.now()

    return move


def signed_in(person: Member) -> Client:
    client = Client()
    client.force_login(person)
    held = client.session
    session.store(held, connected())
    held.save()
    return client


def keep(cast: Cast, number: str = "10000101", **facts: Any) -> Balance:
    due = cast.biller.today() + timedelta(days=1)
    balance = Balance(**{"amount": Decimal("84.20"), "due_date": due, **facts})
    account = cast.account(number)
    assert kept.keep(account.pk, balance)
    return balance


def home(client: Client) -> str:
    return " ".join(client.get("/").content.decode().split())


@pytest.mark.parametrize("minutes", [1, 7, 25])
def test_however_long_the_payment_took(cast: Cast, later: Later, minutes: float) -> None:
    client = signed_in(cast.laundry)
    keep(cast)
    assert "84.20" in home(client)
    later(1)
    assert client.get(BILLS).status_code == 200
    later(minutes)
    page = home(client)
    assert "84.20" not in page  # neither on the card nor in the reminder above it
    assert "data-balance=" in page
    assert balances.known(cast.account("10000101")) is None


def test_what_was_asked_while_the_page_was_open_neither(cast: Cast, later: Later) -> None:
    client = signed_in(cast.laundry)
    client.get(BILLS)
    later(3)
    keep(cast)  # in the background, or in another window
    later(4)
    assert "84.20" not in home(client)
    keep(cast, asked_at=later(1))
    assert kept.current(cast.laundry.links.all(), zone=cast.biller.zone)


def test_the_page_may_be_open_in_another_window(cast: Cast, later: Later) -> None:
    client = signed_in(cast.laundry)
    client.get(BILLS)
    later(1)
    home(client)
    later(1)
    keep(cast)
    later(1)
    assert "84.20" not in home(client)
    later(30)
    home(client)  # comes back
    later(1)
    keep(cast)
    later(1)
    assert "84.20" in home(client)


def test_a_script_of_the_page_is_nobody_who_comes_back(cast: Cast, later: Later) -> None:
    client = signed_in(cast.manager)
    client.get(BILLS)
    later(1)
    home(client)
    came = Member.objects.get(pk=cast.manager.pk).billing_visited_at
    later(1)
    assert client.get("/", headers={"X-Requested-With": "fetch"}).status_code == 200
    assert Member.objects.get(pk=cast.manager.pk).billing_visited_at == came
    home(client)
    assert Member.objects.get(pk=cast.manager.pk).billing_visited_at == timezone.now()


def test_whoever_else_sees_the_account_is_not_told_either(cast: Cast, later: Later) -> None:
    partner = member(cast.biller, "partner@example.com", "two lamps in a window", "10000101")
    client = signed_in(partner)
    signed_in(partner).get(BILLS)  # earlier than the balance: the last visit of anyone counts
    later(1)
    keep(cast)
    keep(cast, "10000102")
    later(1)
    signed_in(cast.laundry).get(BILLS)
    later(1)
    assert "84.20" not in home(client)
    assert "84.20" in home(signed_in(cast.neighbour))


def test_a_long_list_says_from_when_it_is_and_is_asked_for_next(
    cast: Cast, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.manager)
    for link in cast.manager.links.select_related("account"):
        keep(cast, link.account.account_number)
    LinkedAccount.objects.update(asked_at=timezone.now())
    Member.objects.filter(pk=cast.manager.pk).update(last_login=timezone.now())
    asked = list[str]()
    monkeypatch.setattr(balances, "ask", lambda account, **_: asked.append(account.account_number))
    later(1)
    assert refresh.refresh_all() == 0
    page = home(client)
    assert "Due soon</span>" in page
    assert "or later" not in page
    client.get(BILLS)
    later(1)
    page = home(client)
    assert "Due soon</span>" not in page
    assert "Being checked" in page
    assert "or later" in page
    later(1)
    assert refresh.refresh_all() == 40
    later(1)
    assert refresh.refresh_all() == 0  # once
