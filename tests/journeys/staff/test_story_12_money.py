"""Story 12 in a browser: what is doubtful is decided, and every payment can be found."""

import pytest
from playwright.sync_api import Page, expect

from payments.models import Payment, Postback
from tests.browser.looks import assert_accessible
from tests.journeys.walks import approve
from tests.sandbox_process import SandboxProcess


def pay(page: Page, sandbox: SandboxProcess, **overrides: str) -> None:
    """As a guest, at an Invoice Cloud that calls with these fields changed."""
    settings = "/_control/api/postback-settings"
    sandbox.control("POST", settings, {"overrides": overrides})
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    approve(page)
    expect(page.get_by_role("heading", name="Being checked")).to_be_visible()
    expect(page.get_by_text("checking this payment")).to_be_visible()


def open_review(clerk: Page) -> None:
    clerk.goto("/admin/")
    clerk.get_by_role("main").get_by_role("link", name="Review queue").click()
    expect(clerk.get_by_role("heading", name="Review queue")).to_be_visible()
    assert_accessible(clerk)
    clerk.get_by_role("row").filter(has_text="10000101").get_by_role("link").click()
    expect(
        clerk.get_by_role("heading", name="Postback compared with expected values")
    ).to_be_visible()


def decide(clerk: Page, decision: str, note: str) -> None:
    clerk.get_by_label(decision).check()
    clerk.get_by_label("Why").fill(note)
    clerk.get_by_role("button", name="Save the decision").click()
    expect(clerk.get_by_text("Nothing to decide.")).to_be_visible()


@pytest.mark.contract
def test_a_doubtful_payment_is_accepted_and_the_receipt_says_paid(
    page: Page, clerk: Page, sandbox: SandboxProcess
) -> None:
    pay(page, sandbox, AccountNumber="10000102")
    open_review(clerk)
    odd = clerk.get_by_role("row").filter(has_text="different")
    expect(odd.filter(has_text="AccountNumber")).to_contain_text("10000102")
    clerk.get_by_role("button", name="Save the decision").click()
    expect(clerk.get_by_role("alert")).to_contain_text("This field is required")
    assert_accessible(clerk)
    decide(clerk, "Accept as a payment", "Invoice Cloud took it for this account.")

    page.reload()  # by itself it looks every half a minute by now
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("84.20")
    assert Payment.objects.get().source == "decision"
    assert Postback.objects.get().verdict == "review"

    find_and_read(clerk, str(Payment.objects.get().payment_guid).upper())


def find_and_read(clerk: Page, term: str) -> None:
    clerk.goto("/admin/")
    clerk.get_by_role("main").get_by_role("link", name="Where is my payment?").click()
    clerk.get_by_label("PaymentGUID").fill(term)
    clerk.get_by_label("PaymentGUID").press("Enter")
    row = clerk.get_by_role("row").filter(has_text="10000101")
    expect(row).to_contain_text("paid")
    assert term.lower() not in clerk.url.lower()
    assert_accessible(clerk)
    row.get_by_role("link").click()
    story = clerk.get_by_role("listitem")
    expect(story.filter(has_text="Postback received: for review")).to_be_visible()
    expect(story.filter(has_text="decided: accepted as a payment")).to_be_visible()
    expect(story.filter(has_text="Recorded as a payment")).to_be_visible()
    clerk.get_by_text("Postback contents").click()
    expect(clerk.get_by_role("row").filter(has_text="PaymentAmount")).to_contain_text("84.20")
    assert_accessible(clerk)


def test_one_that_cannot_be_a_payment_is_rejected_and_the_receipt_says_so(
    page: Page, clerk: Page, sandbox: SandboxProcess
) -> None:
    pay(page, sandbox, PaymentAmount="nothing")
    open_review(clerk)
    expect(clerk.get_by_text("This postback can't be accepted as a payment")).to_be_visible()
    expect(clerk.get_by_label("Accept as a payment")).to_have_count(0)
    decide(clerk, "Reject", "Their list has no such payment.")

    page.reload()  # by itself it looks every half a minute by now
    expect(page.get_by_role("heading", name="Not paid")).to_be_visible()
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    assert not Payment.objects.exists()
