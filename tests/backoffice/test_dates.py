"""Every date is read in the biller's time zone: in Honolulu, a night that is the next day in New
York, on every page of customers and staff."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.db.models import DateTimeField
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User, UtilityAccount
from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from payments.models import Checkout
from tests.backoffice.admin_addresses import one_of_everything, pages
from tests.backoffice.test_roles import NOT_TRIED
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.whole_dates import spaced

HONOLULU = "Pacific/Honolulu"
NIGHT = datetime(2025, 11, 29, 9, 0, 7, tzinfo=UTC)  # 11 p.m. on the 28th there
NIGHT_IN_NEW_YORK = re.compile(
    r"Nov\.?\s29,\s2025|29\sde\snoviembre|11/29/2025|2025-11-29|11/29/25"
)
NIGHT_THERE = re.compile(r"Nov\.?\s28,\s2025|11/28/2025|2025-11-28")
# Times for machines only, which are not read: <time datetime="…">, data-…="…", and hidden fields.
FOR_MACHINES = re.compile(r'(datetime|data-[\w-]+|value)="[^"]*"')


@pytest.fixture
def honolulu(cast: Cast) -> Cast:
    Biller.objects.update(time_zone=HONOLULU)
    cast.biller.refresh_from_db()
    return cast


def everything_at(moment: datetime) -> None:
    """Whatever has happened, happened at this moment."""
    for model in apps.get_models():
        if model._meta.app_label in {"accounts", "icsso", "payments", "cis", "auditlog"}:
            names = [f.name for f in model._meta.fields if isinstance(f, DateTimeField)]
            moments = dict.fromkeys(names, moment)
            if model is Announcement:
                moments["ends_at"] = moment + timedelta(minutes=30)
            if names and not model._meta.proxy:
                model._base_manager.update(**moments)


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    text = answer.getvalue().decode(errors="replace") if answer.streaming else answer.text
    return FOR_MACHINES.sub("", text)


def days_in(client: Client, addresses: Iterator[str] | list[str]) -> dict[str, str]:
    """Returns what each page says of the night, and fails where it is New York's."""
    found = {address: read(client, address) for address in addresses}
    wrong = {a: NIGHT_IN_NEW_YORK.findall(text) for a, text in found.items()}
    assert {address: days for address, days in wrong.items() if days} == {}
    return {address: text for address, text in found.items() if NIGHT_THERE.search(text)}


def tried(records: Cast) -> list[str]:
    return [each for pattern, each in pages(records) if not re.fullmatch(NOT_TRIED, pattern)]


def test_staff_read_the_billers_days_on_every_page(honolulu: Cast, client: Client) -> None:
    addresses = tried(one_of_everything(honolulu))
    everything_at(NIGHT)
    boss = User.objects.get(email="administrator@springfield-water.example")
    boss.user_permissions.set(apps.get_model("auth.Permission").objects.all())
    User.objects.filter(is_staff=True).update(joined_at=timezone.now())
    client.force_login(boss)
    with_dates = days_in(client, addresses)
    for page in ("payment/", "checkout/", "postback/", "postback/review/"):
        assert f"/admin/payments/{page}" in with_dates
    assert sum("/change/" in address for address in with_dates) > 10


def test_staff_of_several_billers_read_each_row_in_its_own_zone(cast: Cast, client: Client) -> None:
    power = other_biller()
    Biller.objects.filter(pk=cast.biller.pk).update(time_zone=HONOLULU)
    account = UtilityAccount.objects.create(biller=power, account_number="7", name="Ned")
    here = opened(cast, created_at=NIGHT)
    opened(cast, biller=power, accounts=[account], created_at=NIGHT)
    Checkout.objects.update(created_at=NIGHT, returned_at=NIGHT, unconfirmed_at=NIGHT)
    client.force_login(staff("finance", cast.biller, power))
    for page in ("checkout/", "postback/unconfirmed/"):
        text = read(client, f"/admin/payments/{page}")
        assert "HST" in text
        assert "EST" in text
        assert NIGHT_IN_NEW_YORK.search(text)
        assert NIGHT_THERE.search(text)
    for biller, address in ((cast.biller, here), (power, Checkout.objects.get(biller=power))):
        text = read(client, f"/admin/payments/checkout/{address.pk}/change/")
        assert bool(NIGHT_THERE.search(text)) == (biller == cast.biller)
        assert bool(NIGHT_IN_NEW_YORK.search(text)) == (biller == power)
    sheet = client.post("/admin/payments/checkout/export/csv/").getvalue().decode("utf-8-sig")
    rows = {row["biller"]: row for row in csv.DictReader(StringIO(sheet))}
    assert rows["Springfield Water"]["created"] == "2025-11-28 23:00:07-10:00"
    assert rows["Springfield Water"]["time zone"] == HONOLULU
    assert rows["Shelbyville Power"]["created"] == "2025-11-29 04:00:07-05:00"
    book = load_workbook(BytesIO(client.post("/admin/payments/checkout/export/xlsx/").getvalue()))
    cells = {row[1].value: row[0].value for row in book.active.iter_rows()}
    assert cells["Springfield Water"] == datetime(2025, 11, 28, 23, 0, 7)  # noqa: DTZ001
    assert cells["Shelbyville Power"] == datetime(2025, 11, 29, 4, 0, 7)  # noqa: DTZ001


def test_a_staff_users_own_biller_counts_and_not_the_host_name(cast: Cast, client: Client) -> None:
    power = other_biller()
    Biller.objects.filter(pk=power.pk).update(time_zone=HONOLULU)
    account = UtilityAccount.objects.create(biller=power, account_number="7", name="Ned")
    opened(cast, biller=power, accounts=[account])
    Checkout.objects.update(created_at=NIGHT)
    client.force_login(staff("finance", power))
    assert list(days_in(client, ["/admin/payments/checkout/"]))


def test_customers_read_the_billers_days(honolulu: Cast, client: Client) -> None:
    checkout = members(honolulu)
    send_postback(client, checkout, postback_fields(checkout))
    client.force_login(honolulu.laundry)
    client.get("/")
    everything_at(NIGHT)
    receipt = f"/pay/{checkout.address}/receipt/"
    found = days_in(client, [receipt, "/pay/history/", "/accounts/sign-in/"])
    assert "11:00 PM HST" in spaced(found[receipt])
    assert "/pay/history/" in found


def test_the_audit_log_shows_changed_times_in_the_zone(honolulu: Cast, client: Client) -> None:
    told = Announcement.objects.create(
        biller=honolulu.biller, starts_at=NIGHT, ends_at=NIGHT + timedelta(hours=1)
    )
    client.force_login(staff("administrator", honolulu.biller))
    entry = LogEntry.objects.get_for_object(told).get()
    text = read(client, f"/admin/auditlog/logentry/{entry.pk}/change/")
    assert "Nov 28, 2025, 11:00 PM HST" in spaced(text)
    assert "Nov 29, 2025, 12:00 AM HST" in spaced(text)


def test_no_zone_is_left_over_from_the_request_before(honolulu: Cast, client: Client) -> None:
    client.get("/")
    assert timezone.get_current_timezone() == ZoneInfo("America/New_York")
    boss = staff("administrator", honolulu.biller)
    client.login(username=boss.email, password=STAFF_PASSWORD)
    client.force_login(boss)
    client.get(f"/admin/icsso/biller/{honolulu.biller.pk}/change/")
    assert timezone.get_current_timezone() == ZoneInfo("America/New_York")
