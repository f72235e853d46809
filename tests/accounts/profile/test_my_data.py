"""Download my data, close my account, and ending one sign-in (story 22), by members themselves."""

import json
import re
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member, SentEmail, SignIn
from accounts.notifications.delivery import deliver
from accounts.privacy import export, services
from backoffice.audit.events import Event
from payments.models import Checkout, Payment
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, member, other_biller, staff
from tests.payments.paying import at_once, members, postback_fields, send_postback
from tests.workers import WORKERS

DATA, CLOSE, END = (f"/accounts/sign-in/{page}/" for page in ("data", "close", "end"))
RIGHT = {"current": LAUNDRY_PASSWORD}
SURE = {**RIGHT, "understood": "on"}


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def is_there(cast: Cast) -> bool:
    return Member.objects.filter(pk=cast.laundry.pk).exists()


def test_the_same_content_as_staff_get(laundry: Client, cast: Cast) -> None:
    own = json.loads(body(laundry.post(DATA, {**RIGHT, "kind": "json"})))
    staffs = json.loads("".join(export.as_json(cast.laundry)))
    assert own.keys() == staffs.keys()
    assert own["linked_accounts"] == staffs["linked_accounts"]
    answer = laundry.post(DATA, {**RIGHT, "kind": "html"})
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert LAUNDRY_EMAIL in body(answer)
    entries = LogEntry.objects.filter(additional_data__event=Event.EXPORTED)
    assert entries.count() == 2
    assert entries[0].actor_id == cast.laundry.pk


def test_not_without_the_password(laundry: Client, cast: Cast) -> None:
    for wrong in ({}, {"current": "not this one"}):
        answer = laundry.post(DATA, {**wrong, "kind": "json"})
        assert LAUNDRY_EMAIL.encode() not in answer.content.split(b"<form class")[0]
        assert "Content-Disposition" not in answer
    assert Client().post(DATA, RIGHT)["Location"].startswith("/accounts/login/")
    assert not LogEntry.objects.filter(additional_data__event=Event.EXPORTED).exists()


def test_a_handful_an_hour_and_no_guessing(laundry: Client, cast: Cast) -> None:
    answers = [laundry.post(DATA, RIGHT).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    for _ in range(10):
        last = laundry.post(CLOSE, {"current": "not this one"})
    assert last.status_code == 429
    assert is_there(cast)


def test_a_closed_account_is_gone_and_a_mail_says_so(laundry: Client, cast: Cast) -> None:
    phone = Client()
    phone.force_login(cast.laundry)
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    laundry.get("/accounts/")
    answer = laundry.post(CLOSE, SURE, follow=True)
    assert "Your online account is closed" in answer.content.decode()
    sign_in = laundry.get("/accounts/", follow=True).content.decode()
    assert "no longer signed in" not in sign_in
    assert "Nothing was lost" not in sign_in
    assert not is_there(cast)
    assert not is_signed_in(laundry)
    assert not is_signed_in(phone)
    assert Payment.objects.get().checkout.member is None  # type: ignore[union-attr]
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        ([LAUNDRY_EMAIL], "Your online account at Springfield Water is closed")
    ]
    assert not SentEmail.objects.exists()
    entry = LogEntry.objects.get(additional_data__event=Event.CLOSED)
    assert (entry.object_repr, entry.actor_email) == ("erased", "erased")
    assert (entry.actor, entry.remote_addr) == (None, None)
    assert entry.additional_data[f"biller:{cast.biller.pk}"]


@pytest.mark.parametrize("typed", [{}, RIGHT, {"understood": "on"}, {**SURE, "current": "no"}])
def test_not_without_password_and_word(laundry: Client, cast: Cast, typed: dict[str, str]) -> None:
    assert laundry.post(CLOSE, typed).status_code == 200
    assert is_there(cast)
    assert not mail.outbox


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "may still be under way"),
        ({"launched_at": None}, "may still be under way"),
        ({"returned_at": timezone.now()}, "may still be under way"),
        ({"minutes_ago": 2000}, ""),
        ({"launched_at": None, "failed_at": timezone.now()}, ""),
    ],
)
def test_never_while_a_payment_is_under_way(
    laundry: Client, cast: Cast, facts: dict[str, Any], words: str
) -> None:
    members(cast, **facts)
    answer = laundry.post(CLOSE, SURE)
    assert is_there(cast) is bool(words)
    assert words in answer.content.decode()
    assert ("Close it now" in laundry.get(CLOSE).content.decode()) is False


def test_never_while_one_is_being_checked(laundry: Client, cast: Cast) -> None:
    checkout = members(cast, minutes_ago=3000)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="?"))
    answer = laundry.post(CLOSE, SURE).content.decode()
    assert "is being checked" in answer
    assert is_there(cast)


def test_a_payment_of_somebody_else_hinders_nobody(laundry: Client, cast: Cast) -> None:
    members(cast, "10000102", member=cast.neighbour)
    laundry.post(CLOSE, SURE)
    assert not is_there(cast)


def test_interrupted_it_has_not_begun(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.TASKS = WORKERS

    def stopped(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(services, "erase_from_log", stopped)
    with pytest.raises(DatabaseError):
        laundry.post(CLOSE, SURE)
    assert is_there(cast)
    assert SignIn.objects.filter(member=cast.laundry).count() == 1
    assert not DBTaskResult.objects.exists()


def test_with_workers_the_mail_goes_though_the_person_is_gone(
    laundry: Client, cast: Cast, settings: Settings
) -> None:
    settings.TASKS = WORKERS
    laundry.post(CLOSE, SURE)
    assert deliver.func(*DBTaskResult.objects.get().args_kwargs["args"]) == "sent"
    assert mail.outbox[0].to == [LAUNDRY_EMAIL]
    assert not SentEmail.objects.exists()


def test_closed_twice_is_closed_once(laundry: Client, cast: Cast) -> None:
    assert services.close(Member.objects.get(pk=cast.laundry.pk))
    assert services.close(cast.laundry) is None
    assert LogEntry.objects.filter(additional_data__event=Event.CLOSED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_and_starting_a_payment_at_once(cast: Cast) -> None:
    """Whichever is first: no payment begins for somebody who is gone."""

    def close() -> None:
        with suppress(services.NotNow):
            services.close(Member.objects.get(pk=cast.laundry.pk))

    def start() -> None:
        with suppress(IntegrityError):
            members(cast)

    at_once(close, start)
    assert is_there(cast) == Checkout.objects.exists()


def autopay(cast: Cast, state: bool | None, ago: timedelta = timedelta(0)) -> None:
    asked_at = timezone.now() - ago
    balance = Balance(amount=Decimal("1.00"), autopay=state, asked_at=asked_at)
    LinkedAccount.objects.update(balance_at=None)
    kept.keep(cast.account("10000101").pk, balance)


ON, OFF = "AutoPay is on. It keeps paying", "AutoPay is off."


@pytest.mark.parametrize(
    ("state", "ago", "said"),
    [
        (None, timedelta(0), ""),
        (True, timedelta(0), ON),
        (True, timedelta(days=50), ON),  # rather once too often
        (False, timedelta(0), OFF),
        (False, timedelta(minutes=14), OFF),
        (False, timedelta(minutes=16), ""),
        (False, timedelta(days=50), ""),
    ],
)
def test_what_is_known_of_autopay_is_said(
    laundry: Client, cast: Cast, state: bool | None, ago: timedelta, said: str
) -> None:
    autopay(cast, state, ago)
    page = laundry.get(CLOSE).content.decode()
    assert [words for words in (ON, OFF) if words in page] == ([said] if said else [])
    assert ("Check AutoPay" in page) is (said != ON)


@pytest.mark.parametrize("state", [True, False])
def test_what_was_known_before_a_visit_to_the_billing_pages_is_not(
    laundry: Client, cast: Cast, state: bool
) -> None:
    autopay(cast, state, timedelta(minutes=1))
    kept.doubt(cast.laundry, timezone.now())
    page = laundry.get(CLOSE).content.decode()
    assert "AutoPay is" not in page
    assert "Check AutoPay" in page


def test_without_an_account_nothing_is_known_of_autopay(laundry: Client, cast: Cast) -> None:
    cast.laundry.links.all().delete()
    assert "AutoPay is" not in laundry.get(CLOSE).content.decode()


def test_only_at_ones_own_biller(cast: Cast) -> None:
    other = other_biller()
    twin = member(other, LAUNDRY_EMAIL, LAUNDRY_PASSWORD)
    there = Client(headers={"host": "power.localhost"})
    there.force_login(cast.laundry)
    assert there.post(CLOSE, SURE)["Location"].startswith("/accounts/login/")
    there.force_login(twin)
    there.post(CLOSE, SURE)
    assert Member.objects.get(email=LAUNDRY_EMAIL) == cast.laundry


def test_staff_have_no_such_page(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    assert client.post(CLOSE, SURE).status_code == 302
    assert client.post(DATA, RIGHT).status_code == 302


def signed_in(cast: Cast) -> tuple[Client, str]:
    browser = Client()
    browser.force_login(cast.laundry)
    return browser, SignIn.objects.get(pk=browser.session.session_key).handle


def test_one_sign_in_ends_at_once_and_the_others_go_on(laundry: Client, cast: Cast) -> None:
    phone, handle = signed_in(cast)
    assert handle in laundry.get("/accounts/sign-in/").content.decode()
    answer = laundry.post(END, {"device": handle}, follow=True)
    assert "That device is signed out." in answer.content.decode()
    assert not is_signed_in(phone)
    assert is_signed_in(laundry)
    assert not SignIn.objects.filter(pk=phone.session.session_key or "").exists()
    assert noted(cast) == [Event.LEFT_DEVICE]
    laundry.post(END, {"device": handle})  # it has ended already
    assert noted(cast) == [Event.LEFT_DEVICE]


def test_ending_the_own_one_is_signing_out(cast: Cast) -> None:
    browser, handle = signed_in(cast)
    assert browser.post(END, {"device": handle})["Location"] == "/"
    assert not is_signed_in(browser)
    assert noted(cast) == [Event.LEFT_DEVICE]


def noted(cast: Cast) -> list[str]:
    entries = LogEntry.objects.get_for_object(cast.laundry).filter(actor=cast.laundry.pk)
    return [entry.additional_data["event"] for entry in entries]


def test_nobody_elses_sign_in_ends(laundry: Client, cast: Cast) -> None:
    neighbour = Client()
    neighbour.force_login(cast.neighbour)
    key = neighbour.session.session_key
    handle = SignIn.objects.get(pk=key).handle
    for typed in (handle, key, "", "\x00", "é" * 64):
        laundry.post(END, {"device": typed})
    assert is_signed_in(neighbour)
    assert is_signed_in(laundry)
    assert noted(cast) == []


def test_its_style_sheet_gives_no_shared_class_another_meaning() -> None:
    sheets = [Path("static/css", name).read_text() for name in ("profile.css", "components.css")]
    own, shared = (set(re.findall(r"^\.([\w-]+) \{", sheet, re.MULTILINE)) for sheet in sheets)
    assert own
    assert not own & shared
