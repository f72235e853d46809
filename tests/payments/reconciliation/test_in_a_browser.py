"""A staff user in a browser: from the upload of a list to the resolution of its last line."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import Resolution
from tests.browser.looks import assert_accessible
from tests.cast import STAFF_PASSWORD, Cast
from tests.payments.paying import opened
from tests.payments.reconciliation.lists import csv_file, finance, line_of, paid, strange


@pytest.fixture
def operator(page: Page, cast: Cast) -> Page:
    user = finance(cast.biller)
    user.set_password(STAFF_PASSWORD)
    user.save()
    page.goto("/admin/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    return page


def november(cast: Cast, folder: Path) -> Path:
    """A payment on both sides, one without a postback, one that differs, one missing there."""
    checkout = opened(cast, "10000102")
    lost = strange(
        cast, Biller_Reference=checkout.biller_reference, Account_Number="10000102", Amount="61.05"
    )
    paid(cast, "10000103")
    lines = (line_of(paid(cast)), lost, line_of(paid(cast, "10000104"), Amount="48.20"))
    content = csv_file(*lines, strange(cast, Amount="?")).replace(b"Date Paid", b"Settled on")
    file = folder / "november.csv"
    file.write_bytes(content)
    return file


def test_from_upload_to_resolution(operator: Page, cast: Cast, tmp_path: Path) -> None:
    page = operator
    jobs = page.get_by_role("main")
    jobs.get_by_role("link", name="Reconciliation", exact=True).click()
    page.get_by_role("link", name="Upload a list").click()
    page.get_by_label("From", exact=True).fill("2025-11-01")
    page.get_by_label("To", exact=True).fill("2025-11-30")
    page.get_by_label("Invoice Cloud's list of payments").set_input_files(november(cast, tmp_path))
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("heading", name="Which column is which?")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("Amount")
    page.get_by_label("Paid", exact=True).select_option("Settled on")
    page.get_by_role("button", name="Match with these columns").click()

    expect(page.get_by_role("row", name="Matched 1")).to_be_visible()
    page.get_by_role("link", name="1 open line is from a payment page").click()
    page.get_by_role("link", name="Line 3").click()
    adding = page.get_by_role("region", name="Add as a payment")
    adding.get_by_label("Note").fill("Its postback never came.")
    adding.get_by_role("button", name="Add the payment").click()
    expect(page.get_by_text("The payment was added.")).to_be_visible()

    for outcome, decision in (
        ("Missing at Invoice Cloud", "Reversed"),
        ("Different amount", "Explained"),
        ("Cannot be read", "Explained"),
    ):
        page.get_by_role("link", name="Springfield Water, Nov").click()
        page.get_by_role("link", name=outcome).click()
        page.get_by_role("link", name=re.compile("^(Line|Not in the list)")).click()
        page.get_by_role("radio", name=decision).check()
        page.get_by_label("Note").last.fill("As the bank says.")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved: ")).to_be_visible()

    assert list(Resolution.objects.order_by("pk").values_list("kind", flat=True)) == [
        "added", "reversed", "explained", "explained",
    ]  # fmt: skip
    assert Payment.objects.filter(source="reconciliation").count() == 1
    assert Reconciliation.objects.get().columns["PaymentDate"] == "Settled on"


def test_every_page_for_everybody(operator: Page, cast: Cast, tmp_path: Path) -> None:
    page = operator
    own = "/admin/payments/reconciliation/"
    page.goto(f"{own}add/")
    assert_accessible(page)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("There's a problem")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("From", exact=True).fill("2025-11-01")
    page.get_by_label("To", exact=True).fill("2025-11-30")
    page.get_by_label("Invoice Cloud's list of payments").set_input_files(november(cast, tmp_path))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Which column is which?")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Paid", exact=True).select_option("Settled on")
    page.get_by_role("button", name="Match with these columns").click()
    expect(page.get_by_role("row", name="Matched 1")).to_be_visible()
    assert_accessible(page)
    made = Reconciliation.objects.get()
    lines = [f"line/{made.lines.get(outcome=o).pk}/" for o in ("missing-here", "different")]
    for address in ("", f"{made.pk}/lines/missing-here/", *(f"{made.pk}/{line}" for line in lines)):
        page.goto(own + address)
        assert_accessible(page)
