"""Stories 3 to 8 in a browser: the six pages in the frame, each really changing something there."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import THANKS, frame, sign_in
from tests.sandbox_process import SandboxProcess

LAUNDRY = (people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)


@pytest.fixture(autouse=True)
def _signed_in(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    sign_in(page, *LAUNDRY)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    # Known here from now on: what a billing page then changes must not be hidden by it.
    expect(page.get_by_text("$84.20")).to_be_visible()


def test_story_3_view_and_pay_bills(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("See bills")).first.click()
    shown = frame(page)
    shown.get_by_role("button", name="Pay selected").click()
    shown.get_by_role("button", name="Pay", exact=True).click()

    expect(shown.get_by_text(re.compile(f"✓ Approved|{THANKS}"))).to_be_visible()
    [payment] = sandbox.state("payments")
    assert (payment["account_number"], payment["amount"]) == ("10000101", "84.20")
    assert payment["user"] == people.LAUNDRY_EMAIL
    assert sandbox.customer("10000101")["balance"] == "0.00"
    if not sandbox.variants:  # a balance may be a day old elsewhere
        page.goto("/")
        expect(page.get_by_text("Nothing due")).to_be_visible()


def test_story_4_paperless(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/paperless/")
    frame(page).get_by_label("Paperless for account 10000101").check()
    frame(page).get_by_role("button", name="Save").click()

    expect(frame(page).locator(".tag")).to_have_text("Paperless")
    assert sandbox.customer("10000101")["paperless"] is True
    page.goto("/")
    expect(page.get_by_role("link", name="Change Paperless")).to_be_visible()


def test_story_5_autopay(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/autopay/")
    frame(page).get_by_role("button", name=re.compile("Turn on")).click()

    expect(frame(page).get_by_role("button", name=re.compile("Turn off"))).to_be_visible()
    assert sandbox.customer("10000101")["autopay"] is True
    page.goto("/")
    expect(page.get_by_role("link", name="Change AutoPay")).to_be_visible()


def test_story_6_payment_methods(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/payment-methods/")
    remove = frame(page).get_by_role("button", name=re.compile("Remove"))
    expect(remove).to_have_count(2)
    remove.first.click()

    expect(remove).to_have_count(1)
    [user] = [u for u in sandbox.state("users") if u["email"] == people.LAUNDRY_EMAIL]
    assert len(user["methods"]) == 1


def test_story_7_scheduled_payments(page: Page, sandbox: SandboxProcess) -> None:
    day = timezone.localdate() + timedelta(days=3)
    page.goto("/billing/scheduled-payments/")
    frame(page).get_by_label("Amount").fill("20.00")
    frame(page).get_by_label("Pay on").fill(day.isoformat())
    frame(page).get_by_role("button", name="Add", exact=True).click()

    cancel = frame(page).get_by_role("button", name=re.compile("Cancel payment"))
    expect(cancel).to_be_visible()
    [planned] = sandbox.customer("10000101")["scheduled_payments"]
    assert (planned["amount"], planned["date"]) == ("20.00", day.isoformat())
    cancel.click()
    expect(frame(page).get_by_text("No payment is scheduled")).to_be_visible()
    assert sandbox.customer("10000101")["scheduled_payments"] == []


def test_story_8_pay_by_text(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/pay-by-text/")
    frame(page).get_by_label(re.compile("phone", re.IGNORECASE)).fill("217 555 0142")
    frame(page).get_by_role("button", name="Enrol").click()
    frame(page).get_by_label(re.compile("code", re.IGNORECASE)).fill("1234")
    frame(page).get_by_role("button", name="Confirm").click()

    expect(frame(page).get_by_role("button", name=re.compile("Stop"))).to_be_visible()
    assert re.sub(r"\D", "", sandbox.customer("10000101")["pay_by_text"]).endswith("2175550142")
    page.goto("/")
    expect(page.get_by_role("link", name="Change Pay by Text")).to_be_visible()


@pytest.mark.contract
def test_the_token_never_stands_in_an_address(page: Page, sandbox: SandboxProcess) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()

    token = page.locator("input[name=RemoteAuthenticationToken]").input_value()
    assert len(token) > 20
    assert not [address for address in addresses if token in address]


def test_the_frame_has_a_title_and_takes_no_focus(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()

    expect(page.locator("main iframe")).not_to_be_focused()
    assert page.locator("main iframe").get_attribute("title") == "Your bills"


def test_the_same_page_opens_without_a_frame(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/billing/bills/")
    page.get_by_role("button", name="Open on its own page").click()

    expect(page).to_have_url(re.compile(re.escape(sandbox.url) + "/portal/"))
    expect(page.get_by_text("84.20").first).to_be_visible()


@pytest.mark.usefixtures("own_clock")
def test_a_page_that_does_not_come_is_told_in_words(page: Page, sandbox: SandboxProcess) -> None:
    page.clock.install()
    fault = {"operation": "cloudssoconnect", "kind": "hang", "times": None, "seconds": 20}
    sandbox.control("POST", "/_control/api/faults", fault)
    page.goto("/billing/bills/", wait_until="domcontentloaded")
    expect(page.get_by_role("button", name="Open on its own page")).to_be_visible()
    page.clock.run_for(15_500)

    expect(page.get_by_text("taking a while to open here")).to_be_visible()


def test_an_ended_token_asks_for_the_password_and_returns_to_the_page_asked_for(
    page: Page, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icsso.billing.session.MARGIN", timedelta(days=1))  # as if it had ended
    page.goto("/billing/autopay/")

    expect(page).to_have_url(re.compile(r"/accounts/confirm/\?next="))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Confirm your password")
    monkeypatch.undo()
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(r"/billing/autopay/$"))
    expect(frame(page).get_by_text("AutoPay settings")).to_be_visible()


def test_a_token_that_invoice_cloud_ended_early_is_replaced_on_the_same_page(
    page: Page, sandbox: SandboxProcess
) -> None:
    sandbox.control(
        "POST",
        "/_control/api/users/expire-tokens",
        {"api_key": people.API_KEY, "email": people.LAUNDRY_EMAIL},
    )
    page.goto("/billing/autopay/")
    expect(frame(page).get_by_text("AutoPay settings")).not_to_be_visible()
    expect(page.get_by_text("Asked to sign in again?")).to_be_visible()
    page.get_by_role("link", name="Get a new connection").click()

    expect(page.get_by_text("We'll connect you to the billing pages again.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(r"/billing/autopay/$"))
    expect(frame(page).get_by_text("AutoPay settings")).to_be_visible()
    expect(page.get_by_text("You're connected again.")).to_be_visible()
    assert_accessible(page)
