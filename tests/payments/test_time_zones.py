"""Whose clock decides: times as Invoice Cloud writes them, days of reports and reconciliation."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet
from django.test import Client

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.postbacks.parsing import read_for
from payments.reconciliation.reading.parsing import Reader
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope
from tests.cast import Cast, other_biller, staff

CALIFORNIA, HONOLULU = "America/Los_Angeles", "Pacific/Honolulu"
NIGHT = datetime(2025, 11, 29, 9, 0, tzinfo=UTC)  # 11 p.m. on the 28th in Honolulu


def paid_at(biller: Biller, text: str) -> datetime | None:
    return read_for(biller, {"PaymentDate": [text]}).paid_at()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("11/28/2025 11:00:00 PM", "2025-11-28T23:00:00-08:00"),
        ("11/28/2025", "2025-11-28T00:00:00-08:00"),
        ("2025-11-29T07:00:00Z", "2025-11-28T23:00:00-08:00"),
        # Clocks fall back: the hour occurs twice, and the first is taken.
        ("11/2/2025 1:30 AM", "2025-11-02T01:30:00-07:00"),
        # Clocks spring forward: nothing is lost, though the hour does not exist.
        ("3/9/2025 2:30 AM", "2025-03-09T03:30:00-07:00"),
    ],
)
def test_a_payment_date_is_in_the_zone_of_the_wire_profile(
    biller: Biller, written: str, meant: str
) -> None:
    biller.time_zone = CALIFORNIA
    biller.wire_profile = {"postback": {"time_zone": CALIFORNIA}}
    assert paid_at(biller, written) == datetime.fromisoformat(meant)


@pytest.mark.parametrize("zone", [HONOLULU, CALIFORNIA, "America/Puerto_Rico", "Pacific/Guam"])
def test_eastern_unless_the_profile_says_otherwise_but_a_day_is_the_billers(
    biller: Biller, zone: str
) -> None:
    biller.time_zone = zone
    eleven = paid_at(biller, "11/28/2025 11:00:00 PM")
    assert eleven == datetime(2025, 11, 28, 23, tzinfo=ZoneInfo("America/New_York"))
    for written in ("11/28/2025", "11/28/2025 12:00:00 AM", "2025-11-28T00:00:00"):
        day = paid_at(biller, written)
        assert day
        assert day.astimezone(ZoneInfo(zone)).date() == date(2025, 11, 28)


def listed(biller: Biller, text: str) -> datetime:
    """Reads a line of a list with this date."""
    columns = {"AccountNumber": "a", "PaymentAmount": "b", "PaymentDate": "c"}
    uploaded = Reconciliation(biller=biller, header=["a", "b", "c"])
    found: datetime = Reader(uploaded, columns).read(["7", "1.00", text])["paid_at"]
    return found


def test_a_list_is_read_like_postbacks(biller: Biller) -> None:
    biller.time_zone = CALIFORNIA
    assert listed(biller, "11/28/2025 2:00 AM") == datetime(2025, 11, 28, 7, tzinfo=UTC)
    assert listed(biller, "45989.0833333") == datetime(2025, 11, 28, 7, tzinfo=UTC)
    for day in ("11/28/2025", "45989", "45989.0", "11/28/2025 12:00:00 AM"):
        assert listed(biller, day) == datetime(2025, 11, 28, 8, tzinfo=UTC)


def test_the_days_of_a_list_are_the_billers(biller: Biller) -> None:
    biller.time_zone = CALIFORNIA
    day = date(2025, 11, 2)  # has 25 hours
    uploaded = Reconciliation(biller=biller, first_day=day, last_day=day)
    assert uploaded.begin == datetime(2025, 11, 2, 7, tzinfo=UTC)
    assert uploaded.end == datetime(2025, 11, 3, 8, tzinfo=UTC)


# ── Reports ──


def pay(biller: Biller, amount: str, account: UtilityAccount) -> None:
    payment = Payment.objects.create(
        biller=biller,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=uuid4(),
        paid_at=NIGHT,
    )
    payment.lines.create(invoice_number="1", amount=Decimal(amount), fee=0)


def by_day(billers: QuerySet[Biller], first: int, last: int) -> dict[date, int]:
    scope = Scope(billers, date(2025, 11, first), date(2025, 11, last))
    rows = REPORTS["payments-by-day"](scope).rows
    return {row[0]: int(row[2]) for row in rows if row[2]}  # type: ignore[misc, arg-type]


def test_a_reports_days_are_those_of_each_biller(cast: Cast) -> None:
    Biller.objects.update(time_zone=HONOLULU)
    power = other_biller()
    account = UtilityAccount.objects.create(biller=power, account_number="7", name="Ned")
    pay(cast.biller, "1.00", cast.account("10000101"))
    pay(power, "20.00", account)
    night, day = date(2025, 11, 28), date(2025, 11, 29)
    everyone = Biller.objects.all()
    assert by_day(everyone, 1, 30) == {night: 1, day: 20}
    assert by_day(everyone, 28, 28) == {night: 1}
    assert by_day(everyone, 29, 29) == {day: 20}
    assert by_day(everyone.filter(pk=cast.biller.pk), 28, 28) == {night: 1}
    assert by_day(everyone.none(), 28, 28) == {}


def test_the_page_says_whose_days_they_are(cast: Cast, client: Client) -> None:
    Biller.objects.update(time_zone=HONOLULU)
    power = other_biller()
    client.force_login(staff("finance", cast.biller, power))
    page = client.get("/admin/payments/payment/reports/").text
    assert "each biller's own time zone: Hawaii (Honolulu), Eastern (New York)." in page
    page = client.get(f"/admin/payments/payment/reports/?biller={cast.biller.pk}").text
    assert "Days start and end in the Hawaii (Honolulu) time zone." in page


def test_every_report_works_for_several_zones(cast: Cast) -> None:
    Biller.objects.update(time_zone=HONOLULU)
    other_biller()
    for report in REPORTS.values():
        scope = Scope(Biller.objects.all(), date(2025, 11, 1), date(2025, 11, 30))
        assert report(scope).title
