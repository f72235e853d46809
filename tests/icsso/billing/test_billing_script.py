"""What static/js/frame.js does in a browser: opens the frame, and says when it fails."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.billing.session import BillingSession, State
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.icsso.billing.pages import Open
from tests.sandbox_process import SandboxProcess

FRAME = "iframe[name=billing-frame]"


@pytest.fixture
def connected(sandbox: SandboxProcess, biller: Biller) -> BillingSession:
    given = client_of(biller).remote_authentication(
        email=people.LAUNDRY_EMAIL, password=people.LAUNDRY_PASSWORD
    )
    expires_at = timezone.now() + timedelta(minutes=20)
    return BillingSession(state=State.CONNECTED, token=given.token, expires_at=expires_at)


def test_the_page_opens_in_the_frame_and_leaves_the_focus(
    visit: Open, connected: BillingSession
) -> None:
    page = visit(connected, "/billing/bills/")
    expect(page.frame_locator(FRAME).get_by_text("Account 10000101")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    expect(page.get_by_role("button", name="Show here")).to_be_hidden()
    expect(page.get_by_role("button", name="Open on its own page")).to_be_visible()
    expect(page.get_by_text("opening…")).to_be_hidden()


def test_the_same_page_opens_in_the_window(visit: Open, connected: BillingSession) -> None:
    page = visit(connected, "/billing/paperless/")
    page.get_by_role("button", name="Open on its own page").click()
    page.wait_for_url("**/paperless")
    assert connected.token not in page.url


def test_a_frame_that_does_not_come_is_given_up_after_fifteen_seconds(
    visit: Open,
    connected: BillingSession,
    sandbox: SandboxProcess,
    page: Page,
    standing_still: None,
) -> None:
    fault = {"operation": "cloudssoconnect", "kind": "hang", "times": 1, "seconds": 60}
    sandbox.control("POST", "/_control/api/faults", fault)
    visit(connected, "/billing/autopay/")
    expect(page.get_by_text("Opening AutoPay…")).to_be_visible()
    page.clock.run_for(14_000)
    expect(page.get_by_text("This page is taking a while to open here.")).to_be_hidden()
    page.clock.run_for(1_500)
    expect(page.get_by_text("This page is taking a while to open here.")).to_be_visible()
    expect(page.get_by_text("Opening AutoPay…")).to_be_hidden()
    expect(page.get_by_role("button", name="Open on its own page")).to_be_visible()
    # The way that works is the main one, and what has failed is not.
    expect(page.get_by_role("button", name="Open on its own page")).to_have_class("button")
    expect(page.get_by_role("button", name="Show here")).to_have_class("button button-secondary")
    page.get_by_role("button", name="Show here").click()
    expect(page.frame_locator(FRAME).get_by_text("Account 10000101").first).to_be_visible()
    expect(page.get_by_text("This page is taking a while to open here.")).to_be_hidden()
    expect(page.locator(FRAME)).to_be_focused()  # it was asked for
    sandbox.control("DELETE", "/_control/api/faults")


def test_who_went_on_to_something_else_is_left_there(
    visit: Open, connected: BillingSession, sandbox: SandboxProcess
) -> None:
    fault = {"operation": "cloudssoconnect", "kind": "hang", "times": 1, "seconds": 60}
    sandbox.control("POST", "/_control/api/faults", fault)
    page = visit(connected, "/billing/bills/")
    link = page.get_by_role("link", name="Payment methods")
    link.focus()
    while sandbox.control("GET", "/_control/api/faults"):
        page.wait_for_timeout(50)  # until the first request hangs, and not the second
    page.locator("#billing-form").evaluate("form => form.requestSubmit()")
    expect(page.frame_locator(FRAME).get_by_text("Account 10000101")).to_be_visible()
    expect(link).to_be_focused()
    sandbox.control("DELETE", "/_control/api/faults")


def test_in_the_window_nothing_happens_before_the_click(
    visit: Open, connected: BillingSession, biller: Biller
) -> None:
    Biller.objects.update(opens_without_frame=True)
    page = visit(connected, "/billing/bills/")
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/billing/bills/")
    page.get_by_role("button", name="Continue to your bills").click()
    page.wait_for_url("**/bills")
    assert "/portal/" in page.url
    page.go_back()
    expect(page.get_by_role("button", name="Continue to your bills")).to_be_visible()


@pytest.mark.parametrize("state", State)
def test_every_billing_page_is_usable_by_everyone(
    visit: Open, connected: BillingSession, state: State
) -> None:
    billing = connected if state == State.CONNECTED else BillingSession(state=state, note="Why.")
    page = visit(billing, "/billing/payment-methods/")
    if state == State.CONNECTED:
        expect(page.frame_locator(FRAME).get_by_role("heading").first).to_be_visible()
    assert_accessible(page)
