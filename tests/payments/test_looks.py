"""Every page of a payment, as it must be for everybody."""

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from payments.models import Checkout, Payment
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import frame, sign_in
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import paid as recorded
from tests.payments.reversals.happened import returned
from tests.sandbox_process import SandboxProcess


def receipts(cast: Cast) -> dict[str, Checkout]:
    paid, declined, doubtful = opened(cast), opened(cast), opened(cast)
    send_postback(Client(), paid, postback_fields(paid, PaymentAmount="1,234.50"))
    declined_words = {"Approved": "False", "PaymentMessage": "Insufficient funds"}
    send_postback(
        Client(), declined, postback_fields(declined, **declined_words, PaymentGUID=OTHER_GUID)
    )
    send_postback(Client(), doubtful, postback_fields(doubtful, PaymentAmount="?"))
    return {
        "Paid": paid,
        "Declined": declined,
        "Being checked": doubtful,
        "Not paid": opened(cast, launched_at=None, failed_at=timezone.now()),
        "Returned": reversed_checkout(cast, None),
        "Partly returned": reversed_checkout(cast, "30.00"),
    }


def reversed_checkout(cast: Cast, amount: str | None) -> Checkout:
    payment = recorded(cast)
    returned(cast, payment, amount)
    checkout = payment.checkout
    assert checkout
    return checkout


@pytest.mark.parametrize(
    "word", ["Paid", "Declined", "Being checked", "Not paid", "Returned", "Partly returned"]
)
def test_receipts(page: Page, cast: Cast, word: str) -> None:
    page.goto(f"/pay/{receipts(cast)[word].address}/receipt/")
    expect(page.get_by_role("heading", level=1, name=word, exact=True)).to_be_visible()
    assert_accessible(page)


def test_the_guests_form_with_its_errors(page: Page, cast: Cast) -> None:
    cast.biller.guests_prove, cast.biller.signup_proof = True, "both"
    cast.biller.save()
    page.goto("/pay/")
    assert_accessible(page)
    page.get_by_label("Account number").fill("1")
    page.get_by_label("Name on your bill").fill("1")
    page.get_by_label("ZIP").fill("1")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)


def test_the_payment_page_leaves_the_focus_where_it_is(
    page: Page, cast: Cast, sandbox: SandboxProcess
) -> None:
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(frame(page).get_by_role("button", name="Approve")).to_be_visible()
    expect(page.locator("iframe")).not_to_be_focused()
    expect(page.get_by_text("The payment page is opening")).to_be_hidden()
    assert_accessible(page)


@pytest.mark.usefixtures("own_clock")
def test_a_page_that_does_not_come_is_said_in_words(page: Page, cast: Cast) -> None:
    page.clock.install()
    checkout = opened(cast, hosted_url="http://127.0.0.1:9/cloudpayments/x")
    page.route("**/cloudpayments/x", lambda route: None)  # never answered
    page.goto(f"/pay/{checkout.address}/", wait_until="commit")
    expect(page.get_by_text("The payment page is opening")).to_be_visible()
    page.clock.fast_forward(15_000)
    expect(page.get_by_text("is taking a while to open here")).to_be_visible()
    expect(page.get_by_role("link", name="Open on its own page")).to_be_visible()


def test_pages_in_between(page: Page, cast: Cast) -> None:
    opened(cast, minutes_ago=2)
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("button", name="Pay anyway")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Pay anyway").click()  # nobody is at Invoice Cloud
    expect(page.get_by_role("heading", name="The payment page didn't open")).to_be_visible()
    expect(page.get_by_text("Don't pay twice")).to_be_visible()
    assert_accessible(page)


def test_quick_pay_and_my_payments(page: Page, cast: Cast) -> None:
    for number, approved in enumerate(("True", "False")):
        checkout = members(cast, minutes_ago=number)
        send_postback(
            Client(),
            checkout,
            postback_fields(checkout, Approved=approved, PaymentGUID=OTHER_GUID[:-1] + f"{number}"),
        )
    members(cast, returned_at=timezone.now())
    returned(cast, Payment.objects.get(), "30.00")
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/pay/quick/")
    assert_accessible(page)
    page.goto("/pay/history/")
    expect(page.get_by_role("row")).to_have_count(4)
    assert_accessible(page)


def test_the_way_back(page: Page, cast: Cast) -> None:
    page.goto("/pay/return/unknown/")
    expect(page.get_by_role("link", name="Go to the home page")).to_be_visible()
    assert_accessible(page)


def test_a_receipt_without_script_has_a_link(page: Page, cast: Cast) -> None:
    checkout = opened(cast, returned_at=timezone.now())
    context = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    still = context.new_page()
    page.goto("/pay/")
    address = page.evaluate("location.origin")
    still.goto(f"{address}/pay/return/r{checkout.address}/")
    still.get_by_role("link", name="Show my receipt").click()
    expect(still.get_by_role("heading", name="Being confirmed")).to_be_visible()
    expect(still.get_by_role("button", name="Print")).to_be_hidden()
    send_postback(Client(), checkout, postback_fields(checkout))
    still.get_by_role("link", name="Check again").click()
    expect(still.get_by_role("heading", name="Paid")).to_be_visible()
    context.close()
