"""Balances of long lists are kept up to date in the background, within bounds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.linked_accounts import balances, kept, refresh
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member
from icsso.client.errors import InvoiceCloudRejected, InvoiceCloudUnavailable
from tests.cast import MANAGER_EMAIL, MANAGER_PASSWORD, Cast, other_biller
from tests.sandbox_process import SandboxProcess


class There:
    """Stands in for Invoice Cloud: records what was asked for, and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None

    def ask(self, account: Any, **_: Any) -> Balance:
        self.asked.append(account.account_number)
        if self.error:
            raise self.error
        balance = Balance(amount=Decimal(1))
        kept.keep(account.pk, balance)
        return balance


@pytest.fixture
def there(monkeypatch: Any, cast: Cast) -> There:
    there = There()
    monkeypatch.setattr(balances, "ask", there.ask)
    Member.objects.filter(pk=cast.manager.pk).update(last_login=timezone.now())
    return there


@pytest.fixture
def few(settings: Settings) -> None:
    settings.BALANCES_PER_RUN = 15


@pytest.mark.usefixtures("few")
def test_some_in_each_run_the_oldest_first_and_none_twice(there: There) -> None:
    assert [refresh.refresh_all() for _ in range(4)] == [15, 15, 10, 0]
    assert len(there.asked) == len(set(there.asked)) == 40
    LinkedAccount.objects.filter(account__account_number="10000233").update(
        asked_at=timezone.now() - timedelta(hours=3)
    )
    assert refresh.refresh_all() == 1
    assert there.asked[-1] == "10000233"


def test_not_for_members_who_were_not_here_lately_or_have_a_few_accounts(
    there: There, cast: Cast
) -> None:
    Member.objects.update(last_login=timezone.now() - timedelta(days=41))
    Member.objects.filter(pk=cast.laundry.pk).update(last_login=timezone.now())
    assert refresh.refresh_all() == 0
    assert there.asked == []


def test_stops_when_invoice_cloud_is_not_available(there: There, cast: Cast) -> None:
    there.error = InvoiceCloudUnavailable("account", "not called: it has not responded")
    assert refresh.refresh_all() == 1
    assert len(there.asked) == 1


def test_goes_on_after_an_account_that_it_does_not_know(there: There) -> None:
    there.error = InvoiceCloudRejected("account", "unknown")
    assert refresh.refresh_all() == 40
    assert refresh.refresh_all() == 0  # not again at once


def test_of_two_processes_one_asks(there: There, cast: Cast) -> None:
    link = cast.manager.links.first()
    assert link
    same = cast.manager.links.get(pk=link.pk)
    assert kept.claim(link)
    assert not kept.claim(same)


def test_what_was_paid_is_asked_for_first(there: There, cast: Cast) -> None:
    refresh.refresh_all()
    there.asked.clear()
    kept.forget_paid(cast.account("10000217"))
    assert refresh.refresh_all() == 1
    assert there.asked == ["10000217"]


def test_a_slow_biller_takes_nothing_from_the_others(
    there: There, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = [0.0], []

    def ask(account: Any, **_: Any) -> Balance:
        clock[0] += 10 if account.biller_id == cast.biller.pk else 0.5
        asked.append(account.biller_id)
        return There().ask(account)

    monkeypatch.setattr(refresh.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(balances, "ask", ask)
    others = other_biller()
    theirs = Member.objects.create(biller=others, email="z@example.com", last_login=timezone.now())
    for number in range(10):
        account = others.accounts.create(account_number=f"77{number:04}", name="Z")
        LinkedAccount.objects.create(member=theirs, account=account)
    assert refresh.refresh_all() == len(asked) == 13 + 10  # 120 seconds for each
    assert asked[-1] == others.pk
    # What was not asked for waited longest; what a biller leaves of its time is the others'.
    LinkedAccount.objects.filter(member=theirs).update(asked_at=timezone.now() - timedelta(hours=1))
    asked.clear()
    refresh.refresh_all()
    assert asked[0] == cast.biller.pk
    LinkedAccount.objects.update(asked_at=timezone.now() - timedelta(hours=1))
    LinkedAccount.objects.filter(member=theirs).update(asked_at=timezone.now() - timedelta(hours=2))
    asked.clear()
    refresh.refresh_all()
    assert asked[0] == others.pk
    assert asked.count(cast.biller.pk) == 24


def test_ends_when_its_time_is_up(there: There) -> None:
    assert refresh.refresh_all(seconds=-1) == 0


def test_a_button_asks_once_a_minute(there: There, client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert client.get("/accounts/balances/").status_code == 405
    page = client.post("/accounts/balances/", follow=True)
    assert "checking your balances. Reload this page in a minute" in page.content.decode()
    assert len(there.asked) == 40
    client.post("/accounts/balances/")
    assert len(there.asked) == 40
    assert "still being checked" not in client.get("/").content.decode()


def test_the_command_asks_invoice_cloud(
    sandbox: SandboxProcess, cast: Cast, settings: Settings, capsys: Any
) -> None:
    settings.BALANCES_PER_RUN = 3
    Member.objects.filter(pk=cast.manager.pk).update(last_login=timezone.now())
    call_command("refresh_balances")
    assert "3 balances requested." in capsys.readouterr().out
    assert cast.manager.links.exclude(balance_cents=None).count() == 3


def test_a_sign_in_asks_for_the_late_balances_of_a_list(there: There, cast: Cast) -> None:
    refresh.refresh_late(cast.laundry)  # whose only account's balance follows its page
    assert there.asked == []
    refresh.refresh_late(cast.manager)
    assert len(there.asked) == len(set(there.asked)) == 40
    refresh.refresh_late(cast.manager)
    assert len(there.asked) == 40
    LinkedAccount.objects.filter(account__account_number="10000233").update(
        asked_at=timezone.now() - timedelta(hours=3)
    )
    refresh.refresh_late(cast.manager)
    assert there.asked[40:] == ["10000233"]


def test_who_signs_in_finds_the_balances(
    sandbox: SandboxProcess, cast: Cast, client: Client
) -> None:
    credentials = {"username": MANAGER_EMAIL, "password": MANAGER_PASSWORD}
    assert client.post("/accounts/login/", credentials).status_code == 302
    assert not cast.manager.links.filter(balance_cents=None).exists()
