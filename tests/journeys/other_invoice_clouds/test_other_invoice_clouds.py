"""Frames and payment pages at an Invoice Cloud that differs from the contract, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from payments.models import Payment
from tests import cast as people
from tests.cast import Cast
from tests.journeys.payments.test_story_9_guest import open_payment_page
from tests.journeys.walks import fault, frame, sign_in
from tests.sandbox_process import SandboxProcess

# Each switches its own variants on.
pytestmark = pytest.mark.contract
PASSWORD = "seven herons over the mill"


def vary(sandbox: SandboxProcess, *names: str, profile: bool = False) -> None:
    """Switches it on and, where that is needed, gives the biller the profile that copes."""
    sandbox.vary(*names)
    if profile:
        Biller.objects.update(wire_profile=sandbox.wire_profile())


def open_autopay(page: Page) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/billing/autopay/")


@pytest.mark.parametrize(
    "name", ["sso_by_get", "sso_at_other_address", "sso_with_other_names", "contrary"]
)
def test_a_billing_page_opens_with_its_profile(
    page: Page, sandbox: SandboxProcess, cast: Cast, name: str
) -> None:
    vary(sandbox, name, profile=True)
    open_autopay(page)
    expect(frame(page).get_by_text("AutoPay settings")).to_be_visible()


def test_a_token_that_ends_early_is_replaced(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sandbox.control("POST", "/_control/api/variants", {"on": {"token_ends_early": 1}})
    open_autopay(page)
    page.wait_for_timeout(1500)
    page.reload()
    expect(page.get_by_text("Asked to sign in again?")).to_be_visible()
    expect(frame(page).get_by_text("Your session has ended")).to_be_visible()
    sandbox.control("POST", "/_control/api/variants", {"off": ["token_ends_early"]})
    page.get_by_role("link", name="Get a new connection").click()
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(frame(page).get_by_text("AutoPay settings")).to_be_visible()


def test_a_new_connection_that_fails_says_why(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    open_autopay(page)
    page.get_by_role("link", name="Get a new connection").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    fault(sandbox, "remote_authentication", "unavailable")
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    away = page.get_by_role("heading", name="Billing pages aren't available right now")
    expect(away).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize("name", ["no_way_back", "page_without_message", "contrary"])
def test_a_payment_ends_with_its_receipt(
    page: Page, sandbox: SandboxProcess, cast: Cast, name: str
) -> None:
    vary(sandbox, name, profile=name == "contrary")
    open_payment_page(page)
    frame(page).get_by_role("button", name="Approve").click()
    if name == "no_way_back":
        expect(frame(page).get_by_text("Thank you for your payment!")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert Payment.objects.count() == 1


def test_a_refusals_reason_is_read_by_the_customer(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    vary(sandbox, "page_refused_by_message")
    fault(sandbox, "cloud_payments", "refused")
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="The payment page didn't open")).to_be_visible()
    expect(page.locator("blockquote")).to_be_visible()


def test_who_has_no_bill_yet_reads_so_and_is_connected_once_there_is_one(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    harold = people.member(cast.biller, "harold@example.com", PASSWORD, "10000105")
    vary(sandbox, "contrary", profile=True)
    sign_in(page, harold.email, PASSWORD)
    page.goto("/billing/bills/")
    expect(page.get_by_text("We do not have a bill for this account yet.")).to_be_visible()
    bill = {"number": "1", "balance": "20.00", "due_in_days": 14}
    customer = {"account_number": "10000105", "name": "Harold Becker", "invoices": [bill]}
    body = {"api_key": people.API_KEY, "customers": [customer]}
    sandbox.control("POST", "/_control/api/customers", body)
    page.get_by_role("link", name="Try again").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(frame(page).get_by_text("10000105").first).to_be_visible()
