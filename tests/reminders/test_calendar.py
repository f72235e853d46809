"""The calendar feed: what it says and does not say, and who can read it (RFC 5545)."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import LinkedAccount
from accounts.ratelimit import LIMITS
from accounts.tokens import digest
from icsso.billing.visits import visited
from reminders.models import CalendarFeed
from tests.cast import LAUNDRY_EMAIL, Cast, other_biller
from tests.payments.paying import members, postback_fields, send_postback
from tests.reminders.knowing import known

pytestmark = pytest.mark.any_database
CHOICES = "/reminders/"


def address(cast: Cast) -> str:
    return f"/reminders/calendar/{CalendarFeed.renew(cast.laundry)}.ics"


def events(answer: Any) -> list[Any]:
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_due_bill_is_a_whole_day(cast: Cast) -> None:
    balance = known(cast, 5)
    answer = Client().get(address(cast))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert str(calendar["X-WR-CALNAME"]) == "Springfield Water bills"
    [event] = events(answer)
    assert event.decoded("DTSTART") == balance.due_date
    assert event.decoded("DTEND") == balance.due_date + timedelta(days=1)  # type: ignore[operator]
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event.decoded("DTSTAMP") == balance.asked_at.replace(microsecond=0)
    assert str(event["SUMMARY"]) == "Springfield Water bill due (account ending in 0101)"
    assert event["TRANSP"] == "TRANSPARENT"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


def test_its_provider_learns_nothing_more(cast: Cast) -> None:
    cast.laundry.all_links.update(nickname="Mom’s house")
    known(cast, 5)
    calendar = Client().get(address(cast)).content.decode()
    # Without digits that may be anything: of its name, and of the moment.
    said = re.sub(r"^(UID|DTSTAMP):.*", "", calendar, flags=re.MULTILINE)
    for told in ("10000101", "Willows", "Mill Street", "62701", LAUNDRY_EMAIL, "84.20", "Mom"):
        assert told not in said


def test_the_same_bill_is_the_same_event(cast: Cast) -> None:
    page, browser = address(cast), Client()
    known(cast, 5)
    first = browser.get(page)
    known(cast, 5, amount=Decimal("90.00"), ago=timedelta(0))
    again = browser.get(page)
    assert events(first)[0]["UID"] == events(again)[0]["UID"]
    known(cast, 35)
    assert events(browser.get(page))[0]["UID"] != events(again)[0]["UID"]


@pytest.mark.parametrize(
    ("days", "facts"),
    [
        (None, {}),
        (5, {"amount": Decimal("0.00")}),
        (5, {"amount": Decimal("-1.00")}),
        (-31, {}),
        (5, {"ago": timedelta(days=46)}),
    ],
)
def test_nothing_due_is_no_event(cast: Cast, days: int | None, facts: dict[str, Any]) -> None:
    known(cast, days, **facts)
    assert events(Client().get(address(cast))) == []


def test_a_payment_takes_it_away_and_autopay_is_said(cast: Cast) -> None:
    page = address(cast)
    known(cast, 5, autopay=True)
    [event] = events(Client().get(page))
    assert str(event["SUMMARY"]) == "AutoPay pays Springfield Water (account ending in 0101)"
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    assert events(Client().get(page)) == []


def test_nothing_of_an_account_with_another_customer(cast: Cast) -> None:
    known(cast, 5)
    LinkedAccount.objects.filter(member=cast.laundry).update(needs_proof_since=timezone.now())
    assert events(Client().get(address(cast))) == []


def test_programs_may_keep_it_and_ask_whether_it_has_changed(cast: Cast) -> None:
    known(cast, 5)
    page, browser = address(cast), Client()
    first = browser.get(page)
    assert first["Cache-Control"] == "private, max-age=3600"
    assert not browser.cookies
    again = browser.get(page, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.head(page).status_code == 200
    assert browser.post(page).status_code == 405


def test_the_address_is_shown_once_and_stored_as_a_digest(laundry: Client, cast: Cast) -> None:
    page = laundry.post("/reminders/calendar/", {"new": ""})
    shown = page.context["address"]
    secret = shown.rpartition("/")[2].removesuffix(".ics")
    assert len(secret) >= 43  # 256 bits
    assert CalendarFeed.objects.get().digest == digest(secret)
    assert shown in page.content.decode()
    assert page.context["webcal"].startswith("webcal://")
    assert secret not in laundry.get(CHOICES).content.decode()
    assert laundry.get(shown.replace("http://testserver", "")).status_code == 200


def test_renewed_or_turned_off_the_old_one_is_dead(laundry: Client, cast: Cast) -> None:
    old = address(cast)
    new = address(cast)
    assert [Client().get(page).status_code for page in (old, new)] == [404, 200]
    laundry.post("/reminders/calendar/", {"off": ""})
    assert Client().get(new).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_not_at_another_biller_nor_for_someone_who_cannot_sign_in(cast: Cast) -> None:
    other_biller()
    page = address(cast)
    assert Client(headers={"host": "power.localhost"}).get(page).status_code == 404
    cast.laundry.is_active = False
    cast.laundry.save()
    assert Client().get(page).status_code == 404
    cast.laundry.delete()
    assert Client().get(page).status_code == 404


@pytest.mark.parametrize("guess", ["x", "A" * 43, "%00", "é", "a" * 4000, "..%2f.."])
def test_a_guess_finds_nothing(cast: Cast, guess: str) -> None:
    address(cast)
    assert Client().get(f"/reminders/calendar/{guess}.ics").status_code == 404


def test_a_digest_from_the_database_is_no_address(cast: Cast) -> None:
    address(cast)
    stored = CalendarFeed.objects.get().digest
    assert Client().get(f"/reminders/calendar/{stored}.ics").status_code == 404


def test_a_program_that_asks_all_the_time_waits(cast: Cast) -> None:
    page = address(cast)
    assert LIMITS["calendar"].per_key == "60/hour"
    answers = [Client().get(page).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


def test_only_its_owner_makes_or_ends_one(cast: Cast) -> None:
    page, neighbour = address(cast), Client()
    neighbour.force_login(cast.neighbour)
    neighbour.post("/reminders/calendar/", {"off": ""})
    neighbour.post("/reminders/calendar/", {"new": ""})
    assert Client().get(page).status_code == 200
    assert Client().post("/reminders/calendar/", {"off": ""}).status_code == 302
    assert Client().get(page).status_code == 200


def test_in_the_members_language_whoever_asks(cast: Cast) -> None:
    cast.laundry.language = "es"
    cast.laundry.save()
    known(cast, 5)
    answer = Client(headers={"accept-language": "en"}).get(address(cast))
    assert answer.status_code == 200
    assert settings.LANGUAGE_CODE.startswith("en")


def test_only_bills_that_were_seen_here_are_promised(laundry: Client, cast: Cast) -> None:
    cast.biller.sends_reminders = True
    cast.biller.save()
    page = unescape(laundry.get(CHOICES).content.decode())
    assert page.count("you've seen here") == 2
    assert events(laundry.get(address(cast))) == []


def test_a_visit_to_the_billing_pages_takes_no_bill_away(client: Client, cast: Cast) -> None:
    known(cast, 5)
    visited.send(sender=None, member=cast.laundry, at=timezone.now())
    assert len(events(client.get(address(cast)))) == 1
