"""Reminder emails: when, to whom, once, and off in one click (RFC 8058)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.linked_accounts import kept
from accounts.models import Member, UtilityAccount
from icsso.billing.visits import visited
from icsso.client.errors import (
    InvoiceCloudIncomplete,
    InvoiceCloudRejected,
    InvoiceCloudUnavailable,
)
from reminders import emails
from reminders.emails import send_reminders
from reminders.models import PastReminder, ReminderOptOut
from reminders.unsubscribing import token_for
from tests.cast import LAUNDRY_EMAIL, Cast, member, other_biller
from tests.payments.paying import at_once, members, postback_fields, send_postback
from tests.reminders.knowing import known
from tests.workers import WORKERS

asked = list[str]()


@pytest.fixture(autouse=True)
def _reminding(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invoice Cloud says what it said last."""

    def ask(account: UtilityAccount, *, member: Member) -> Any:
        asked.append(account.account_number)
        return kept.last([account.pk]).get(account.pk)

    monkeypatch.setattr(emails.balances, "ask", ask)
    asked.clear()
    cast.biller.sends_reminders = True
    cast.biller.save()


def morning(cast: Cast, hour: int = 9) -> datetime:
    day = cast.biller.today()
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(cast.biller.time_zone))


def run(cast: Cast, hour: int = 9) -> int:
    return send_reminders(morning(cast, hour))


def test_one_for_each_account_and_bill(cast: Cast) -> None:
    known(cast, 5)
    assert [run(cast) for _ in range(3)] == [1, 0, 0]
    [sent] = mail.outbox
    assert sent.to == [LAUNDRY_EMAIL]
    assert sent.subject == "Your bill from Springfield Water is due"
    assert "(account ending in 0101)" in sent.body
    assert "10000101" not in sent.body
    assert "http://localhost/pay/quick/" in sent.body
    known(cast, -1)  # the same bill would have the same day; this is another one
    assert run(cast) == 1


def test_the_same_bill_overdue_is_not_said_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    balance = known(cast, 0)
    assert run(cast) == 1
    monkeypatch.setattr(type(balance), "days_left", -1)
    assert run(cast) == 0


@pytest.mark.parametrize(
    ("days", "facts"),
    [
        (6, {}),
        (-8, {}),
        (5, {"autopay": True}),
        (30, {"autopay": False, "paperless": False}),  # hints are for the dashboard
    ],
)
def test_none_without_a_reason(cast: Cast, days: int, facts: dict[str, Any]) -> None:
    known(cast, days, **facts)
    assert run(cast) == 0
    assert not mail.outbox


@pytest.mark.parametrize(("hour", "number"), [(7, 0), (8, 1), (10, 1), (11, 0), (23, 0)])
def test_in_the_morning_of_the_biller(cast: Cast, hour: int, number: int) -> None:
    cast.biller.time_zone = "Pacific/Honolulu"
    cast.biller.save()
    known(cast, 5)
    assert run(cast, hour) == number


def test_only_where_invoice_clouds_own_are_off(cast: Cast) -> None:
    known(cast, 5)
    cast.biller.sends_reminders = False
    cast.biller.save()
    assert run(cast) == 0
    call_command("send_reminders")
    assert not mail.outbox


def test_a_payment_turns_it_off(cast: Cast) -> None:
    known(cast, 5)
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    assert run(cast) == 0
    assert asked == []


def test_what_was_paid_elsewhere_is_noticed_first(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(cast, 5, ago=timedelta(days=20))

    def ask(account: UtilityAccount, *, member: Member) -> Any:
        return known(cast, 35)

    monkeypatch.setattr(emails.balances, "ask", ask)
    assert run(cast) == 0


def test_without_an_answer_there_is_no_mail(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    known(cast, 5)
    monkeypatch.setattr(emails.balances, "ask", lambda account, member: None)
    assert run(cast) == 0


@pytest.mark.parametrize(("days", "number"), [(4, 1), (35, 0)])
def test_after_a_visit_to_the_billing_pages_the_answer_of_now_decides(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, days: int, number: int
) -> None:
    known(cast, 4)
    visited.send(sender=None, member=cast.laundry, at=timezone.now())
    assert run(cast) == 0  # asked for, but the answer is still the one from before
    assert asked == ["10000101"]

    def ask(account: UtilityAccount, *, member: Member) -> Any:
        return known(cast, days, ago=timedelta(0))

    monkeypatch.setattr(emails.balances, "ask", ask)
    assert run(cast) == number


def test_several_accounts_are_one_mail(cast: Cast) -> None:
    for n in range(1, 13):
        known(cast, 3, f"{10000200 + n}")
    assert run(cast) == 1
    assert mail.outbox[0].body.count("account ending in") == 10
    assert "2 more accounts" in mail.outbox[0].body
    assert PastReminder.objects.count() == 12


def test_a_run_is_bounded_and_the_next_one_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emails, "MOST_ASKED", 1)
    known(cast, 5)
    known(cast, 5, "10000102")
    assert [run(cast), run(cast), run(cast)] == [1, 1, 0]
    assert {sent.to[0] for sent in mail.outbox} == {LAUNDRY_EMAIL, cast.neighbour.email}


def test_when_invoice_cloud_is_away_it_stops_asking(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    managers_accounts_are_due(cast)
    monkeypatch.setattr(emails.balances, "ask", without_answer)
    assert run(cast) == 0
    assert len(asked) == emails.MOST_UNANSWERED


def test_the_next_run_begins_with_who_comes_next(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    managers_accounts_are_due(cast)
    monkeypatch.setattr(emails.balances, "ask", without_answer)
    cast.laundry.links.all().delete()
    member(cast.biller, "last@example.com", "all the doors", "10000101")
    known(cast, 5)
    assert [run(cast), run(cast)] == [0, 0]
    assert asked[emails.MOST_UNANSWERED] == "10000101"


@pytest.mark.parametrize(
    "refusal",
    [
        InvoiceCloudRejected("account", "closed"),
        InvoiceCloudIncomplete("account", "no balance"),
        None,
    ],
)
def test_an_account_that_is_refused_stops_nobody_elses_email(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, refusal: Exception | None
) -> None:
    managers_accounts_are_due(cast)
    last = member(cast.biller, "last@example.com", "all the doors", "10000101")
    cast.laundry.links.all().delete()
    known(cast, 5)

    def ask(account: UtilityAccount, *, member: Member) -> Any:
        if member == last:
            return known(cast, 5)
        if refusal:
            raise refusal
        return None

    monkeypatch.setattr(emails.balances, "ask", ask)
    assert run(cast) == 1
    assert mail.outbox[0].to == [last.email]


def test_a_refused_account_leaves_the_members_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    managers_accounts_are_due(cast, 2)

    def ask(account: UtilityAccount, *, member: Member) -> Any:
        if account.account_number == "10000201":
            raise InvoiceCloudRejected("account", "closed")
        return known(cast, 5, account.account_number)

    monkeypatch.setattr(emails.balances, "ask", ask)
    assert run(cast) == 1
    assert "ending in 0202" in mail.outbox[0].body
    assert "ending in 0201" not in mail.outbox[0].body


def managers_accounts_are_due(cast: Cast, number: int = 40) -> None:
    for n in range(1, number + 1):
        known(cast, 5, f"{10000200 + n}", ago=timedelta(hours=2))


def without_answer(account: UtilityAccount, *, member: Member) -> Any:
    asked.append(account.account_number)
    raise InvoiceCloudUnavailable("account", "no connection")


def test_a_mail_that_could_not_be_sent_is_sent_later(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(cast, 5)
    sending = emails.prepare

    def broken(*_: object, **__: object) -> Any:
        return lambda: 1 / 0

    monkeypatch.setattr(emails, "prepare", broken)
    assert run(cast) == 0
    monkeypatch.setattr(emails, "prepare", sending)
    assert run(cast) == 1


def test_in_the_members_language_and_zone(cast: Cast) -> None:
    cast.laundry.language = "es"
    cast.laundry.save()
    known(cast, 5)
    run(cast)
    assert "language=es" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_two_processes_send_one(cast: Cast, settings: Settings) -> None:
    settings.TASKS = WORKERS
    known(cast, 5)
    moment = morning(cast)
    at_once(lambda: send_reminders(moment), lambda: send_reminders(moment))
    assert DBTaskResult.objects.count() == PastReminder.objects.count() == 1


def stop(cast: Cast) -> str:
    return f"/reminders/stop/{token_for(cast.laundry)}/"


def test_the_headers_of_one_click(cast: Cast) -> None:
    known(cast, 5)
    run(cast)
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"]
    assert address == f"<http://localhost{stop(cast)}>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert f"http://localhost{stop(cast)}" in mail.outbox[0].body


def test_one_click_turns_them_off(cast: Cast) -> None:
    program = Client(enforce_csrf_checks=True)
    answer = program.post(stop(cast), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert ReminderOptOut.objects.get().member == cast.laundry
    program.post(stop(cast), {"List-Unsubscribe": "One-Click"})  # twice changes nothing
    known(cast, 5)
    assert run(cast) == 0


def test_opening_the_link_changes_nothing(cast: Cast) -> None:
    page = Client().get(stop(cast))
    assert "Stop reminder emails?" in page.content.decode()
    assert LAUNDRY_EMAIL not in page.content.decode()
    assert not ReminderOptOut.objects.exists()


def test_on_again_by_its_owner(cast: Cast) -> None:
    Client().post(stop(cast))
    browser = Client()
    browser.force_login(cast.laundry)
    assert "Turn on" in browser.get("/reminders/").content.decode()
    browser.post("/reminders/emails/", {"on": ""})
    known(cast, 5)
    assert run(cast) == 1


def test_a_guessed_or_foreign_link_turns_nothing_off(cast: Cast) -> None:
    other = other_biller()
    twin = member(other, LAUNDRY_EMAIL, "x" * 12)
    plain = f"{cast.biller.pk}-{cast.laundry.pk}"
    signed = token_for(cast.laundry)
    for token in (
        plain,
        f"{plain}.x",
        signed[:-1],
        f"{cast.biller.pk}-{cast.neighbour.pk}.{signed.rpartition('.')[2]}",
        token_for(twin),
        "%00",
    ):
        assert Client().post(f"/reminders/stop/{token}/").status_code == 404
    there = Client(headers={"host": "power.localhost"})
    assert there.post(stop(cast)).status_code == 404
    assert not ReminderOptOut.objects.exists()


def test_of_someone_who_is_gone(cast: Cast) -> None:
    page = stop(cast)
    cast.laundry.delete()
    assert Client().post(page).status_code == 404
