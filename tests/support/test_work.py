"""What waits for a staff user: on the first page of the back office, and in a daily email."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import StaffUser, User
from backoffice.navigation import MOST_WAITING
from cis.models import AccountImport
from icsso.billers.onboarding.models import SettingCheck
from payments.models import Checkout, CheckoutAccount
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from support.work import daily_email
from support.work.counts import work_of
from support.work.daily_email import _send, send_daily_emails
from tests.cast import Cast, other_biller, staff
from tests.payments.paying import members, opened, postback_fields, send_postback

pytestmark = pytest.mark.any_database
EIGHT = datetime(2026, 12, 1, 13, 5, tzinfo=UTC)  # on the clocks of Springfield, in New York's zone


@pytest.fixture(autouse=True)
def confirmed(cast: Cast) -> None:
    for setting in SettingCheck.Setting:
        SettingCheck.record(cast.biller, setting, is_right=True, by="boss@example.com")


def waiting(person: Any) -> dict[str, str]:
    return {str(work.label): work.shown for work in work_of(as_staff(person))}


def as_staff(person: User) -> StaffUser:
    return StaffUser.objects.get(pk=person.pk)


def everything(cast: Cast, boss: StaffUser) -> None:
    """One of each."""
    checkout = members(cast, "10000103")
    send_postback(Client(), checkout, postback_fields(checkout, Approved="Yes"))
    # The customer came back: otherwise the list below, without it, would settle it.
    opened(cast, minutes_ago=90, unconfirmed_at=timezone.now(), returned_at=timezone.now())
    AccountImport.objects.create(biller=cast.biller, file_name="a.csv", failure="no such column")
    now, today = timezone.now(), timezone.localdate()
    link = cast.neighbour.all_links.first() or cast.neighbour.all_links.create(
        account=cast.account("10000104")
    )
    type(link).objects.filter(pk=link.pk).update(needs_proof_since=now, held_as="Lee")
    SettingCheck.objects.filter(setting="setting-129").delete()
    uploaded = Reconciliation.objects.create(
        biller=cast.biller,
        first_day=today,
        last_day=today,
        header=["a"],
        uploaded_by=boss,
        matched_at=now,
    )
    for number, outcome in enumerate(("missing-here", "missing-here", "matched"), 2):
        ReconciliationLine.objects.create(reconciliation=uploaded, number=number, outcome=outcome)
    solved = ReconciliationLine.objects.get(number=2)
    Resolution.objects.create(line=solved, kind="explained", note="by phone", by=boss)


def test_all_that_waits_is_counted_once(cast: Cast) -> None:
    boss = as_staff(staff("administrator", cast.biller))
    assert waiting(boss) == {}
    everything(cast, boss)
    assert waiting(boss) == {
        "Postbacks to decide": "1",
        "Payments not confirmed": "1",
        "Open reconciliation lines": "1",
        "Failed account imports": "1",
        "Accounts with another customer": "1",
        "Billers with settings to confirm": "1",
    }


def test_each_sees_what_they_can_do_something_about(cast: Cast) -> None:
    everything(cast, as_staff(staff("administrator", cast.biller)))
    assert set(waiting(staff("support", cast.biller))) == {"Accounts with another customer"}
    assert "Accounts with another customer" not in waiting(staff("finance", cast.biller))
    assert waiting(staff("administrator", other_biller())) == {
        "Billers with settings to confirm": "1"
    }


def test_it_stands_on_the_first_page_and_leads_there(client: Client, cast: Cast) -> None:
    client.force_login(staff("finance", cast.biller))
    assert "Nothing is waiting." in client.get("/admin/").content.decode()
    opened(cast, minutes_ago=90, unconfirmed_at=timezone.now())
    page = client.get("/admin/").content.decode()
    assert "Nothing is waiting." not in page
    assert '<a href="/admin/payments/postback/unconfirmed/"><span class="count">1</span>' in page


def test_those_of_several_billers_see_where_it_waits(client: Client, cast: Cast) -> None:
    clerk = staff("finance", cast.biller)
    clerk.billers.add(other_biller())
    opened(cast, minutes_ago=90, unconfirmed_at=timezone.now())
    (work,) = work_of(as_staff(clerk))
    assert [(one.name, one.shown) for one in work.billers] == [("Springfield Water", "1")]
    client.force_login(clerk)
    assert "<small>Springfield Water 1</small>" in client.get("/admin/").content.decode()


def test_many_are_not_counted_to_the_end(cast: Cast, django_assert_max_num_queries: Any) -> None:
    one = opened(cast, minutes_ago=90, unconfirmed_at=timezone.now())
    unique = ("address", "biller_reference", "postback_digest", "return_digest", "visitor")
    kept = {
        f.attname: getattr(one, f.attname) for f in Checkout._meta.concrete_fields if f.name != "id"
    }
    made = Checkout.objects.bulk_create(
        Checkout(**{**kept, **{name: f"{name[:4]}{number}" for name in unique}})
        for number in range(MOST_WAITING + 20)
    )
    CheckoutAccount.objects.bulk_create(
        CheckoutAccount(checkout=each, account=one.ordered_accounts[0], position=0) for each in made
    )
    finance = as_staff(staff("finance", cast.biller))
    with django_assert_max_num_queries(12):
        assert waiting(finance) == {"Payments not confirmed": "99+"}


def test_an_import_that_was_repeated_no_longer_waits(cast: Cast) -> None:
    finance = staff("finance", cast.biller)
    at = timezone.now() - timedelta(hours=3)
    failed = AccountImport.objects.create(biller=cast.biller, file_name="a.csv", started_at=at)
    assert waiting(finance) == {"Failed account imports": "1"}  # it never ended
    AccountImport.objects.create(biller=cast.biller, file_name="a.csv", ended_at=timezone.now())
    assert waiting(finance) == {}
    assert failed.state == "interrupted"


# By email


@pytest.fixture
def clerk(cast: Cast) -> StaffUser:
    clerk = as_staff(staff("finance", cast.biller))
    opened(cast, minutes_ago=90, unconfirmed_at=timezone.now())
    return clerk


def test_one_email_a_day_however_often_it_runs(clerk: StaffUser) -> None:
    for _ in range(3):
        send_daily_emails(EIGHT)
    (email,) = mail.outbox
    assert email.to == [clerk.email]
    assert email.subject == "Springfield Water: what's waiting for you today"
    assert "1 · Payments not confirmed" in email.body
    assert "/admin/" in email.body
    assert email.extra_headers["Auto-Submitted"] == "auto-generated"
    send_daily_emails(EIGHT + timedelta(days=1))
    assert len(mail.outbox) == 2


def test_of_two_processes_at_once_one_sends(clerk: StaffUser) -> None:
    """Both have read the person before either set the day."""
    same = as_staff(clerk)
    assert [_send(clerk, EIGHT), _send(same, EIGHT)] == [True, False]
    assert len(mail.outbox) == 1


def test_what_fails_for_one_keeps_it_from_no_other(
    clerk: StaffUser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = staff("administrator", cast.biller)
    assert clerk.pk < second.pk
    before = daily_email.work_of

    def fails_for_the_first(person: StaffUser) -> Any:
        assert person.pk != clerk.pk
        return before(person)

    monkeypatch.setattr(daily_email, "work_of", fails_for_the_first)
    assert send_daily_emails(EIGHT) == 1
    assert [email.to for email in mail.outbox] == [[second.email]]


def test_what_could_not_be_sent_is_tried_again(
    clerk: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise OSError("no mail server")

    with monkeypatch.context() as broken:
        broken.setattr(daily_email, "_prepared", lambda *_facts: fails)
        assert send_daily_emails(EIGHT) == 0
    assert send_daily_emails(EIGHT) == 1


def test_it_names_no_customer(clerk: StaffUser, cast: Cast) -> None:
    everything(cast, as_staff(staff("administrator", cast.biller)))
    send_daily_emails(EIGHT)
    for email in mail.outbox:
        text = email.body + str(email.alternatives)
        assert not {word for word in ("1000010", "Delgado", "laundry", "Lee") if word in text}


@pytest.mark.parametrize("hour", [0, 6, 11, 20])
def test_only_in_the_morning_where_the_biller_is(clerk: StaffUser, hour: int) -> None:
    local = EIGHT.astimezone(clerk.billers.get().zone).replace(hour=hour, minute=59)
    send_daily_emails(local)
    assert mail.outbox == []


def test_not_without_work_not_when_switched_off_not_when_locked_out(clerk: StaffUser) -> None:
    Checkout.objects.update(checked_at=timezone.now())
    send_daily_emails(EIGHT)
    Checkout.objects.update(checked_at=None)
    for change in ({"work_email": False}, {"is_active": False}, {"is_staff": False}):
        StaffUser.objects.filter(pk=clerk.pk).update(**change)
        send_daily_emails(EIGHT)
        StaffUser.objects.filter(pk=clerk.pk).update(work_email=True, is_active=True, is_staff=True)
    assert mail.outbox == []


def test_in_the_persons_language_and_switched_off_by_them(clerk: StaffUser, client: Client) -> None:
    client.force_login(clerk)
    page = client.get("/admin/my-settings/").content.decode()
    assert "Email me once a day when something is waiting for me" in page
    client.post("/admin/my-settings/", {"work_email": "on", "language": "es"})
    send_daily_emails(EIGHT)
    assert "language=es" in mail.outbox[0].body
    client.post("/admin/my-settings/", {"language": "es"})
    clerk.refresh_from_db()
    assert (clerk.work_email, clerk.language) == (False, "es")
    assert client.post("/admin/my-settings/", {"language": "tlh"}).status_code == 200


def test_the_command_says_how_many(clerk: StaffUser, capsys: Any) -> None:
    call_command("mail_work")
    assert "emails queued." in capsys.readouterr().out
