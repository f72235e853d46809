"""The yearly statement and “My payments” as a file (story 22)."""

import csv
import os
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from payments.checkout import history
from payments.models import Payment
from payments.statements import services
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import sign_in
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.payments.reversals.happened import returned
from tests.whole_dates import whole


def paid(cast: Cast, at: datetime, number: str = "10000101", **changes: Any) -> Payment:
    checkout = members(cast, number, member=changes.pop("member", cast.laundry))
    send_postback(
        Client(), checkout, postback_fields(checkout, PaymentGUID=str(uuid4()), **changes)
    )
    Payment.objects.filter(checkout=checkout).update(paid_at=at)
    return Payment.objects.get(checkout=checkout)


def day(year: int, month: int, at: int, hour: int = 18) -> datetime:
    return datetime(year, month, at, hour, tzinfo=UTC)


def table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_the_year_is_the_billers_not_greenwichs(laundry: Client, cast: Cast) -> None:
    cast.biller.time_zone = "America/Chicago"
    cast.biller.save()
    paid(cast, day(2026, 1, 1, 5))  # eleven in the evening of New Year's Eve
    paid(cast, day(2026, 1, 1, 7), PaymentAmount="20.00")
    assert services.years_of(cast.laundry) == [2026, 2025]
    last, this = (laundry.get(f"/pay/statement/{year}/").content.decode() for year in (2025, 2026))
    assert whole("Dec 31, 2025") in last
    assert "$86.70" in last
    assert "$22.50" not in last
    assert "$22.50" in this


def test_by_account_net_with_totals(laundry: Client, cast: Cast) -> None:
    paid(cast, day(2026, 3, 1))
    returned(cast, paid(cast, day(2026, 4, 1)), "30.00")
    paid(cast, day(2026, 5, 1), "10000103", PaymentAmount="10.00", ConvenienceFee="0.00")
    page = laundry.get("/pay/statement/", follow=True).content.decode()
    assert page.count("<section>") == 2
    sums = services.sums_of(services.payments_in(cast.laundry, 2026))
    assert sums == services.Sums(Decimal("178.40"), Decimal("5.00"), Decimal("-30.00"))
    own = services.by_account(cast.laundry, services.payments_in(cast.laundry, 2026))
    assert [each.sums.net for each in own] == [Decimal("143.40"), Decimal("10.00")]
    assert sum(each.sums.net for each in own) == sums.net
    assert "$153.40" in page
    # Of an account that isn't linked, nothing but its number.
    assert [each.address for each in own] == ["12 Mill Street", ""]


def test_only_ones_own(laundry: Client, cast: Cast) -> None:
    paid(cast, day(2026, 3, 1), "10000102", member=cast.neighbour)
    guests = opened(cast)
    send_postback(Client(), guests, postback_fields(guests))
    assert "No payments yet" in laundry.get("/pay/statement/").content.decode()
    for year in (2026, 0, 99999999999999999999):
        assert laundry.get(f"/pay/statement/{year}/").status_code == 404
        assert laundry.get(f"/pay/statement/{year}/csv/").status_code == 404
    assert Client().get("/pay/statement/2026/csv/").status_code == 302
    assert table(laundry.get("/pay/history/csv/")) == []


def test_the_file_has_what_the_page_has(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for month in (5, 3, 4, 4, 1):
        paid(cast, day(2026, month, 1))
    rows = table(laundry.get("/pay/statement/2026/csv/"))
    assert [row["paid"][5:7] for row in rows] == ["01", "03", "04", "04", "05"]
    assert {row["net"] for row in rows} == {"86.70"}
    assert {row["account number"] for row in rows} == {"10000101"}


def test_too_many_for_a_page_are_a_file(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_SHOWN", 1)
    paid(cast, day(2026, 3, 1))
    paid(cast, day(2026, 4, 1))
    page = laundry.get("/pay/statement/2026/").content.decode()
    assert "There are too many payments for one page" in page
    assert "$173.40" in page
    assert "<section>" not in page


def test_my_payments_as_a_file_newest_first_with_their_states(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    gone, whole = members(cast, minutes_ago=300), members(cast, minutes_ago=200)
    declined, waiting = members(cast, minutes_ago=100), members(cast, minutes_ago=30)
    for checkout in (gone, whole):
        fields = postback_fields(checkout, PaymentGUID=str(uuid4()))
        send_postback(Client(), checkout, fields)
    send_postback(Client(), declined, postback_fields(declined, Approved="False"))
    waiting.mark_returned()
    returned(cast, Payment.objects.get(checkout=gone), None)
    rows = table(laundry.get("/pay/history/csv/"))
    assert [row["status"] for row in rows] == [
        "being confirmed",
        "declined",
        "received",
        "returned",
    ]
    assert [row["total"] for row in rows] == ["", "", "86.70", "86.70"]
    assert rows[2]["reference"] == whole.biller_reference


def test_the_heading_of_a_file_is_in_the_readers_language(laundry: Client, cast: Cast) -> None:
    laundry.cookies["django_language"] = "es"
    paid(cast, day(2026, 3, 1))
    answer = laundry.get("/pay/statement/2026/csv/")
    assert b"".join(answer.streaming_content).splitlines()[0].count(b",") == 9


def test_files_are_limited(laundry: Client, cast: Cast) -> None:
    answers = [laundry.get("/pay/history/csv/").status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_a_document_on_paper(page: Page, cast: Cast, tmp_path: Path) -> None:
    for number in range(40):
        account = ("10000101", "10000103")[number % 2]
        paid(cast, day(2026, 1 + number % 11, 1 + number % 28), account)
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/pay/statement/2026/")
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_visible()
    assert_accessible(page)
    page.emulate_media(media="print")
    expect(page.locator(".letterhead")).to_be_visible()
    for hidden in ("banner", "contentinfo"):
        expect(page.get_by_role(hidden)).to_be_hidden()  # type: ignore[arg-type]
    if folder := os.environ.get("SCREENSHOTS"):
        page.set_viewport_size({"width": 700, "height": 1000})
        page.screenshot(path=str(Path(folder) / "statement-print.png"), full_page=True)
    document = page.pdf(format="Letter", prefer_css_page_size=False)
    assert document.startswith(b"%PDF")
    assert document.count(b"/Type /Page\n") in {2, 3}
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / "statement.pdf").write_bytes(document)
