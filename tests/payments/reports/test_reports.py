"""Reports: the sums of a period, whose billers they cover, and their charts, tables, and files."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from accounts.models import Signup, UtilityAccount
from accounts.signup import services as signups
from backoffice.retention import kept_for
from icsso.billers.metrics.models import CallMeasure
from icsso.billers.models import Biller
from payments.models import Payment, PaymentLine
from payments.reports.invoice_cloud_calls import calls_by_operation, percentile
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope
from tests.browser.looks import assert_accessible
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff
from tests.payments.paying import opened, postback_fields, send_postback

ADDRESS = "/admin/payments/payment/reports/"


def pay(biller: Biller, amount: str, *, on: datetime, method: str = "Visa") -> Payment:
    """Two invoices, so that what is added up is not counted twice."""
    account = UtilityAccount.objects.filter(biller=biller).first()
    assert account
    payment = Payment.objects.create(
        biller=biller,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=uuid4(),
        paid_at=on,
        method=method,
    )
    for number in ("1", "2"):
        PaymentLine.objects.create(
            payment=payment, invoice_number=number, amount=Decimal(amount) / 2, fee=Decimal("1.25")
        )
    return payment


def instant(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.get_default_timezone())


def november(biller: Biller) -> Scope:
    one = Biller.objects.filter(pk=biller.pk)
    return Scope(billers=one, first=date(2026, 11, 1), last=date(2026, 11, 30))


def test_the_page_shows_what_the_last_thirty_days_came_to(finance: Client, cast: Cast) -> None:
    pay(cast.biller, "84.20", on=timezone.now())
    pay(cast.biller, "15.80", on=timezone.now(), method="")
    pay(cast.biller, "999.00", on=timezone.now() - timedelta(days=31))
    opened(cast, minutes_ago=90)
    page = finance.get(ADDRESS).content.decode()
    assert "$100.00" in page
    assert "$84.20" in page
    assert "not specified" in page
    assert "$999" not in page
    assert "Payments started and abandoned, by day" in page
    assert page.count('<svg role="img"') == 2
    assert "<script>" not in page
    assert " style=" not in page


def test_days_are_those_of_the_portals_time_zone(biller: Biller) -> None:
    pay(biller, "10.00", on=instant(5, 23, 30))  # in UTC it is the 6th already
    pay(biller, "20.00", on=instant(30, 23, 59))
    pay(biller, "40.00", on=instant(1, 0))
    rows = {row[0]: row[1:] for row in REPORTS["payments-by-day"](november(biller)).rows}
    assert len(rows) == 30
    assert rows[date(2026, 11, 5)][:3] == (1, Decimal("10.00"), Decimal("2.50"))
    assert rows[date(2026, 11, 6)] == (0, *[Decimal("0.00")] * 4)
    assert rows[date(2026, 11, 30)][1] == Decimal("20.00")
    assert rows[date(2026, 11, 1)][1] == Decimal("40.00")


def test_results_say_what_became_of_every_payment_that_was_begun(cast: Cast) -> None:
    answered = opened(cast)
    send_postback(Client(), answered, postback_fields(answered))
    opened(cast, minutes_ago=90)
    opened(cast)
    today = timezone.localdate()
    scope = Scope(Biller.objects.all(), today - timedelta(days=1), today)
    rows = dict(REPORTS["payments-begun-by-result"](scope).rows)
    assert rows["paid"] == 1
    assert rows["not confirmed"] == 1
    assert rows["open"] == 1
    assert sum(rows.values()) == 3
    abandoned = REPORTS["payments-abandoned-by-day"](scope).rows
    assert [sum(row[column] for row in abandoned) for column in (1, 2, 3)] == [1, 3, 1]


def test_registrations_are_counted_by_the_day_they_were_asked_for(cast: Cast) -> None:
    now = timezone.now()
    for number, (days, finished) in enumerate([(0, None), (0, now), (9, None), (9, now)]):
        Signup.objects.create(
            biller=cast.biller,
            account=cast.account("10000104"),
            email="rosa@example.com",
            password="x",
            link_digest=str(number),
            asked_at=now - timedelta(days=days),
            finished_at=finished,
        )
    today = timezone.localdate()
    kept = Scope(Biller.objects.all(), today, today).first_whole_day(
        kept_for("sign_ups_unfinished")
    )
    since, a_day = kept, timezone.localdate(now - timedelta(days=9))
    table = REPORTS["sign-ups-by-day"](lately(cast.biller, a_day))
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows[timezone.localdate(now)] == (1, 2)
    assert rows[since] == (0, 0)
    assert rows[since - timedelta(days=1)] == (0, None)
    assert rows[a_day] == (1, None)  # of then, whom nobody finished is forgotten
    assert f"Requested: complete since {date_format(since)}" in str(table.note)
    assert REPORTS["sign-ups-by-day"](lately(cast.biller, since)).note == ""


def test_a_new_link_leaves_a_registration_on_its_day(cast: Cast) -> None:
    asked = signups.ask(
        account=cast.account("10000104"), email="rosa@example.com", password="x", language="en"
    )
    three_days_ago = timezone.now() - timedelta(days=3)
    Signup.objects.update(asked_at=three_days_ago, link_sent_at=three_days_ago)
    asked.refresh_from_db()
    assert not asked.is_open
    signups.renew_link(asked)
    asked.refresh_from_db()
    assert asked.is_open
    assert asked.asked_at == three_days_ago


def test_calls_say_from_when_on_they_were_counted(finance: Client, biller: Biller) -> None:
    today = timezone.localdate()
    kept = kept_for("call_metrics")
    since = Scope(Biller.objects.all(), today, today).first_whole_day(kept)
    assert calls_by_operation(lately(biller, since)).note == ""
    before = calls_by_operation(lately(biller, since - timedelta(days=1)))
    assert "Calls: complete since" in str(before.note)
    page = finance.get(f"{ADDRESS}?first={since - timedelta(days=200)}&last={since}")
    assert page.content.decode().count("Older data has been deleted.") == 2


def lately(biller: Biller, first: date) -> Scope:
    one = Biller.objects.filter(pk=biller.pk)
    return Scope(billers=one, first=first, last=timezone.localdate())


def test_calls_are_told_by_operation_with_their_times_and_errors(biller: Biller) -> None:
    for outcome, milliseconds, calls in (
        ("answered", 100, 90),
        ("answered", 2000, 9),
        ("no-answer", 8000, 1),
    ):
        CallMeasure.objects.create(
            biller=biller,
            operation="account",
            hour=instant(5, 12),
            outcome=outcome,
            milliseconds=milliseconds,
            calls=calls,
        )
    assert calls_by_operation(november(biller)).rows == [
        ["account", 78, 1778, 100, 0, 1, 0, 0, 0],
    ]


@pytest.mark.parametrize(
    ("spans", "share", "expected"),
    [
        ({}, 0.5, 0),
        ({50: 1}, 0.5, 38),
        ({25: 50, 12_000: 50}, 0.5, 25),
        ({25: 50, 12_000: 50}, 0.95, 11_600),
    ],
)
def test_percentiles_lie_in_the_right_span(
    spans: dict[int, int], share: float, expected: int
) -> None:
    assert percentile(spans, share) == expected


def test_another_billers_figures_are_not_in_it(finance: Client, cast: Cast) -> None:
    other = other_biller()
    UtilityAccount.objects.create(biller=other, account_number="7", name="Elsewhere")
    pay(other, "77.00", on=timezone.now())
    page = finance.get(ADDRESS).content.decode()
    assert "77.00" not in page
    assert "Shelbyville" not in page
    refused = finance.get(f"{ADDRESS}?biller={other.pk}").content.decode()
    assert "Select a valid choice" in refused
    assert "77.00" not in refused
    assert finance.post(f"{ADDRESS}payments-by-day/csv/?biller={other.pk}").status_code == 404


def test_a_year_takes_as_few_questions_as_a_day(finance: Client, cast: Cast) -> None:
    today = timezone.localdate()
    for first in (today, today - timedelta(days=365)):
        with CaptureQueriesContext(connection) as queries:
            answer = finance.get(f"{ADDRESS}?first={first}&last={today}")
        assert answer.status_code == 200
        assert len(queries) <= 20, [query["sql"][:90] for query in queries]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-05", "2026-11-04", "be before the first."),
        ("2025-11-01", "2026-11-04", "A report can cover at most a year."),
        ("tomorrow", "2026-11-04", "Enter a valid date."),
        ("", "2026-11-04", "This field is required."),
        ("0001-01-01", "0001-01-02", "Choose a day closer to today."),
        ("9999-12-01", "9999-12-31", "Choose a day closer to today."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_words(
    finance: Client, first: str, last: str, said: str
) -> None:
    answer = finance.get(f"{ADDRESS}?first={first}&last={last}")
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_a_table_goes_into_a_file_and_on_record(finance: Client, cast: Cast) -> None:
    pay(cast.biller, "84.20", on=timezone.now(), method="=cmd|' /C calc'!A0")
    answer = finance.post(f"{ADDRESS}payments-by-method/csv/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(text.splitlines())) == [
        ["Method", "Payments", "Amount", "Fees", "Reversed", "Net"],
        ["'=cmd|' /C calc'!A0", "1", "84.20", "2.50", "0.00", "86.70"],
    ]
    entry = LogEntry.objects.get(additional_data__report="payments-by-method")
    assert entry.actor
    assert entry.actor.email == "finance@springfield-water.example"
    assert entry.additional_data == {
        f"biller:{cast.biller.pk}": True,
        "exported": 1,
        "report": "payments-by-method",
    }
    book = finance.post(f"{ADDRESS}payments-by-method/xlsx/")
    assert b"".join(book.streaming_content).startswith(b"PK")
    assert finance.post(f"{ADDRESS}no-such-table/csv/").status_code == 404
    assert finance.get(f"{ADDRESS}payments-by-method/csv/").status_code == 405


@pytest.mark.parametrize("path", ["", "payments-by-day/csv/", "payments-by-day/xlsx/"])
def test_support_sees_no_reports(client: Client, cast: Cast, path: str) -> None:
    client.force_login(staff("support", cast.biller))
    answer = client.post(ADDRESS + path) if path else client.get(ADDRESS)
    assert answer.status_code == 403


def test_reports_stand_on_the_first_page_for_whom_they_are(finance: Client, cast: Cast) -> None:
    assert f'<a href="{ADDRESS}">Reports</a>' in finance.get("/admin/").content.decode()
    finance.force_login(staff("support", cast.biller))
    assert "Reports" not in finance.get("/admin/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_everybody_can_read_the_charts(page: Page, cast: Cast) -> None:
    staff("finance", cast.biller)
    for days in range(9):
        on = timezone.now() - timedelta(days=days * 3)
        pay(cast.biller, f"{84 + days * 31}.20", on=on, method=["Visa", "Discover", ""][days % 3])
    opened(cast, minutes_ago=90)
    CallMeasure.objects.create(
        biller=cast.biller,
        operation="remote_authentication",
        hour=timezone.now(),
        outcome="answered",
        milliseconds=300,
        calls=1234,
    )
    page.goto(f"/admin/login/?next={ADDRESS}")
    page.get_by_label("Email").fill("finance@springfield-water.example")
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Payments by day")).to_be_visible()
    expect(page.get_by_role("img", name="Payments by day")).to_be_visible()
    assert_accessible(page)
