"""Story 9 in a browser, for somebody with a paper bill in the other hand."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from payments.models import Checkout, Payment, PaymentLine, Postback
from tests import cast as people
from tests.documents.design_document import SAMPLE
from tests.journeys.walks import approve, frame, until
from tests.sandbox_process import SandboxProcess


def open_payment_page(page: Page, account: str = "10000101") -> None:
    page.goto("/")
    page.get_by_role("link", name="Pay my bill").first.click()
    page.get_by_label("Account number").fill(account)
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("ending in 0101 at Springfield Water")).to_be_visible()


def postbacks(sandbox: SandboxProcess, **settings: Any) -> None:
    sandbox.control("POST", "/_control/api/postback-settings", settings)


def send_now(sandbox: SandboxProcess) -> None:
    """The postbacks that wait for their time."""
    for waiting in sandbox.state("postbacks"):
        sandbox.control("POST", f"/_control/api/postbacks/{waiting['id']}/send")


def assert_paid_once(sandbox: SandboxProcess) -> None:
    [there] = sandbox.state("payments")
    here = Payment.objects.get()
    line = PaymentLine.objects.get()
    assert str(here.payment_guid) == there["guid"]
    assert (line.amount, line.fee) == (Decimal(there["amount"]), Decimal(there["fee"]))
    assert here.account.account_number == there["account_number"] == "10000101"
    assert sandbox.customer("10000101")["balance"] == "0.00"


@pytest.mark.contract
def test_an_approved_payment_ends_with_a_receipt(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    approve(page)

    expect(page).to_have_url(re.compile(r"/pay/[\w-]+/receipt/$"))
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("84.20")
    assert_paid_once(sandbox)
    checkout = Checkout.objects.get()
    assert checkout.returned_at is not None
    assert checkout.hosted_url == ""
    # Both tell the same moment, though Invoice Cloud names no time zone: by the clock on the wall,
    # since of an hour that occurs twice the first is taken.
    paid, returned = (
        timezone.make_naive(at) for at in (Payment.objects.get().paid_at, checkout.returned_at)
    )
    assert abs(paid - returned) < timedelta(minutes=5)


@pytest.mark.contract
def test_a_declined_payment_says_why_and_a_second_try_still_counts(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    frame(page).get_by_role("button", name="Decline").click()
    until(page, Postback.objects.filter(verdict="declined").exists, "the decline")
    assert not Payment.objects.exists()
    frame(page).get_by_role("link", name="Try again").click()
    approve(page)

    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert Payment.objects.count() == 1
    verdicts = set(Postback.objects.values_list("verdict", flat=True))
    assert verdicts == {"declined", "approved"}


def test_a_decline_ends_with_a_receipt_that_says_so(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    frame(page).get_by_role("button", name="Decline").click()
    frame(page).get_by_role("link", name=re.compile("Return to")).click()

    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    assert not Payment.objects.exists()
    assert sandbox.customer("10000101")["balance"] == "84.20"


def test_who_walks_away_owes_what_they_owed(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    expect(frame(page).get_by_role("button", name="Approve")).to_be_visible()
    page.goto("/")

    assert not Postback.objects.exists()
    assert not Payment.objects.exists()
    assert sandbox.customer("10000101")["balance"] == "84.20"
    assert sandbox.state("payments") == []


@pytest.mark.contract
def test_a_postback_after_the_return_turns_waiting_into_paid(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, when="after_return", delay_seconds=60)
    open_payment_page(page)
    approve(page)

    expect(page.get_by_role("heading", name="Being confirmed")).to_be_visible()
    send_now(sandbox)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert_paid_once(sandbox)
    postback, checkout = Postback.objects.get(), Checkout.objects.get()
    assert checkout.returned_at
    assert checkout.returned_at < postback.received_at


@pytest.mark.contract
def test_a_postback_before_the_return(page: Page, sandbox: SandboxProcess, biller: Biller) -> None:
    postbacks(sandbox, when="before_return")
    open_payment_page(page)
    approve(page)

    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert_paid_once(sandbox)
    postback, checkout = Postback.objects.get(), Checkout.objects.get()
    assert checkout.returned_at
    assert postback.received_at < checkout.returned_at


@pytest.mark.contract
def test_a_postback_that_comes_twice_counts_once(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, copies=2)
    open_payment_page(page)
    approve(page)

    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    until(page, lambda: Postback.objects.exclude(verdict="received").count() == 2, "the second")
    assert sorted(Postback.objects.values_list("verdict", flat=True)) == ["approved", "repeated"]
    assert_paid_once(sandbox)


@pytest.mark.contract
def test_a_postback_by_query_string_counts(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, place="query")
    open_payment_page(page)
    approve(page)

    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert sandbox.state("postbacks")[0]["place"] == "query"
    assert_paid_once(sandbox)


@pytest.mark.contract
def test_a_return_by_post_leads_to_the_receipt(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, return_method="POST")
    open_payment_page(page)
    approve(page)

    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert_paid_once(sandbox)


@pytest.mark.contract
def test_a_forged_amount_is_never_a_payment(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, overrides={"BillerReference": "SOMEBODY-ELSES", "PaymentAmount": "9,999.00"})
    open_payment_page(page)
    approve(page)

    expect(page.get_by_role("heading", name="Being checked")).to_be_visible()
    assert Postback.objects.get().verdict == "review"
    assert not Payment.objects.exists()


def test_an_unknown_account_number_is_refused(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    page.goto("/pay/")
    page.get_by_label("Account number").fill("55555555")
    page.get_by_role("button", name="Continue to payment").click()

    expect(page.get_by_text("find an account that matches").first).to_be_visible()
    assert not Checkout.objects.exists()
    assert sandbox.control("GET", "/_control/api/calls") == []


def test_asking_again_gives_the_same_hosted_page(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    first = page.url
    open_payment_page(page)

    assert page.url == first
    assert Checkout.objects.count() == 1
    assert len(sandbox.state("hosted_payments")) == 1


def test_another_payer_is_told_before_paying_the_same_account(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    approve(page)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()

    expect(page.get_by_role("heading", name="Was this bill already paid?")).to_be_visible()
    assert Checkout.objects.count() == 1
    page.get_by_role("button", name="Pay anyway").click()
    expect(page.get_by_text("ending in 0101 at Springfield Water")).to_be_visible()
    assert Checkout.objects.count() == 2


@pytest.mark.contract
def test_the_request_equals_the_design_documents_sample(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    # The sample names the customer, which we do for a guest who proved to know the name.
    Biller.objects.update(guests_prove=True, css_url="https://www.invoicecloud.com")
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_label("Name on your bill").fill("willows laundry")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Is this the right bill?")).to_be_visible()
    page.get_by_role("button", name="Yes, continue to payment").click()
    expect(page.get_by_text("ending in 0101 at Springfield Water")).to_be_visible()

    every = sandbox.control("GET", "/_control/api/calls")
    [call] = [each for each in every if each["operation"] == "cloud_payments"]
    sent = call["body"]
    assert sent.keys() == SAMPLE.keys()
    ours = {name: sent[name] for name in ("ReturnURL", "PostBackURL", "BillerReference")}
    assert sent == SAMPLE | ours
    assert ours["BillerReference"] == Checkout.objects.get().biller_reference
    assert re.search(r"/pay/return/[\w-]{43}/$", ours["ReturnURL"])
    assert re.search(r"/pay/postback/[\w-]{43}/$", ours["PostBackURL"])
    assert people.API_KEY not in str(call)
