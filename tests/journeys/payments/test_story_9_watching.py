"""Story 9 where Invoice Cloud never returns: the payment page itself watches for the postback."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from icsso.billers.models import Biller
from payments.models import Checkout, Payment
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.payments.test_story_9_guest import open_payment_page, postbacks, send_now
from tests.journeys.walks import STATUS, THANKS, frame, held, until
from tests.payments.paying import HOSTED, OTHER_GUID, opened, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess

RECEIPT = re.compile(r"/pay/[\w-]+/receipt/$")
PAGE = "<!doctype html><h1>Hosted</h1>"
NEWS = "Your payment has been updated."
# Each pause that a script asks for from now on, in milliseconds.
PAUSES = """() => {
  const start = setTimeout;
  window.pauses = [];
  window.setTimeout = (what, pause) => { pauses.push(pause); return start(what, pause); };
}"""


@pytest.fixture
def receipts(page: Page) -> list[Route]:
    """The way to the receipt, which each test gives free."""
    return held(page, RECEIPT)


def give_free(page: Page, receipts: list[Route]) -> None:
    until(page, lambda: bool(receipts), "the way to the receipt")
    receipts[0].continue_()
    expect(page).to_have_url(RECEIPT)


def test_paid_without_a_return_it_leads_to_the_receipt(
    page: Page, sandbox: SandboxProcess, biller: Biller, receipts: list[Route]
) -> None:
    open_payment_page(page)
    address = page.url
    frame(page).get_by_role("button", name="Approve").click()

    expect(page.get_by_text(NEWS)).to_be_visible()
    expect(page).to_have_url(address)
    give_free(page, receipts)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert Checkout.objects.get().returned_at is None
    assert Payment.objects.count() == 1


def test_a_postback_that_comes_late_is_waited_for(
    page: Page, asked: list[str], sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, delay_seconds=60)
    open_payment_page(page)
    frame(page).get_by_role("button", name="Approve").click()

    expect(frame(page).get_by_text(re.compile(f"Payment result|{THANKS}"))).to_be_visible()
    before = looks(asked)
    until(page, lambda: looks(asked) > before, "a look")
    send_now(sandbox)
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()


def test_a_doubtful_payment_leads_to_the_receipt_too(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    postbacks(sandbox, overrides={"PaymentAmount": "?"})
    open_payment_page(page)
    frame(page).get_by_role("button", name="Approve").click()

    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", name="Being checked")).to_be_visible()


def test_a_decline_is_told_and_takes_nobody_out_of_the_frame(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    open_payment_page(page)
    address = page.url
    told = page.get_by_role("status").get_by_text("was declined. Nothing was paid.")
    frame(page).get_by_role("button", name="Decline").click()
    expect(told).to_be_visible()
    expect(told).to_contain_text("You can try again.")
    expect(told).to_contain_text("There isn't enough money in the account.")
    expect(page).to_have_url(address)
    expect(page.locator("main iframe")).to_be_focused()  # where the click was
    assert_accessible(page)

    frame(page).get_by_role("link", name="Try again").click()
    frame(page).get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The addresses the page has asked how the payment stands."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def looks(asked: list[str]) -> int:
    return len([address for address in asked if STATUS.search(address)])


@pytest.fixture
def watched(page: Page, cast: Cast, live_server: object) -> Checkout:
    """A payment page whose hosted page is nothing but a heading."""
    cast.biller.base_url = "https://pay.example"
    cast.biller.save()
    checkout = opened(cast)
    page.route(HOSTED, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(f"/pay/{checkout.address}/")
    expect(page.frame_locator("main iframe").get_by_role("heading")).to_be_visible()
    return checkout


@pytest.fixture
def invoice_cloud() -> Client:
    return Client(headers={"host": "localhost"})


def test_a_second_decline_is_told_again(
    page: Page, watched: Checkout, invoice_cloud: Client
) -> None:
    told = page.get_by_role("status").filter(has_text="declined")
    reasons = {
        "Card expired": "The card has expired",
        "Insufficient funds.": "There isn't enough money in the account. You can try again",
        "Odd words": "Reason given: Odd words. You can try again",
    }
    for number, (why, words) in enumerate(reasons.items()):
        guid = f"0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a1{number}"
        fields = {"Approved": "False", "PaymentMessage": why, "PaymentGUID": guid}
        send_postback(invoice_cloud, watched, postback_fields(watched, **fields))
        expect(told).to_contain_text(words)
    expect(told.locator("[lang=en]")).to_have_text("Odd words.")
    send_postback(invoice_cloud, watched, postback_fields(watched))
    expect(page).to_have_url(RECEIPT)


def test_who_takes_more_than_an_hour_is_not_taken_out_of_the_frame(
    page: Page, asked: list[str], watched: Checkout, invoice_cloud: Client
) -> None:
    Checkout.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    status = invoice_cloud.get(f"/pay/{watched.address}/status/").content.decode()
    assert 'data-status="unconfirmed"' in status
    before = looks(asked)
    until(page, lambda: looks(asked) > before + 1, "two looks")
    expect(page.get_by_text(NEWS)).to_be_hidden()
    send_postback(invoice_cloud, watched, postback_fields(watched))
    expect(page).to_have_url(RECEIPT)


def test_before_it_leads_on_the_focus_stays(
    page: Page, receipts: list[Route], watched: Checkout, invoice_cloud: Client
) -> None:
    link = page.get_by_role("link", name="Start over")
    link.focus()
    send_postback(invoice_cloud, watched, postback_fields(watched))
    expect(page.get_by_role("status").get_by_text(NEWS)).to_be_visible()
    expect(link).to_be_focused()
    give_free(page, receipts)


def test_the_tab_left_behind_follows_a_return_in_another(
    page: Page, watched: Checkout, invoice_cloud: Client
) -> None:
    invoice_cloud.get(f"/pay/return/r{watched.address}/")
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", name="Being confirmed")).to_be_visible()


def test_without_a_frame_the_tab_left_behind_leads_to_the_receipt(
    page: Page, cast: Cast, invoice_cloud: Client, live_server: object
) -> None:
    cast.biller.opens_without_frame = True
    cast.biller.save()
    checkout = opened(cast)
    page.goto(f"/pay/{checkout.address}/")
    fields = postback_fields(checkout, Approved="False", PaymentGUID=OTHER_GUID)
    send_postback(invoice_cloud, checkout, fields)
    expect(page.get_by_role("status").filter(has_text="declined")).to_be_visible()
    assert_accessible(page)
    send_postback(invoice_cloud, checkout, postback_fields(checkout))
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()


def test_nobody_looking_nothing_is_asked(
    page: Page, standing_still: None, asked: list[str], watched: Checkout
) -> None:
    page.evaluate(PAUSES)
    page.clock.run_for(1_500)
    page.wait_for_function("() => pauses.length === 1")  # the first answer is there
    show(page, hidden=True)
    page.clock.run_for(60_000)
    assert looks(asked) == 1
    show(page, hidden=False)
    page.clock.run_for(1_500)
    until(page, lambda: looks(asked) == 2, "the one look when they are back")


def show(page: Page, *, hidden: bool) -> None:
    state = f"{{ value: {str(hidden).lower()}, configurable: true }}"
    page.evaluate(f"Object.defineProperty(document, 'hidden', {state})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_it_asks_less_and_less_often_and_gives_up(
    page: Page, standing_still: None, asked: list[str], cast: Cast, live_server: object
) -> None:
    page.goto(f"/pay/{opened(cast).address}/")
    page.evaluate(PAUSES)
    pauses = [1500.0]
    for number in range(1, 9):
        page.clock.run_for(int(pauses[-1]) + 1)
        page.wait_for_function("number => pauses.length === number", arg=number)
        pauses.append(page.evaluate("pauses.at(-1)"))
    assert pauses == [1500 * 1.5**number for number in range(6)] + [15_000] * 3
    assert looks(asked) == 8
    with page.expect_response(STATUS) as last:
        page.clock.fast_forward("21:00")
    last.value.finished()
    page.clock.run_for("03:00")
    assert looks(asked) == 9
    show(page, hidden=False)  # who comes back after that is told again
    page.clock.run_for(1_500)
    until(page, lambda: looks(asked) == 10, "the one look when they are back")


def test_without_javascript_the_receipt_is_a_link_away(
    chromium: Browser, cast: Cast, live_server: object
) -> None:
    with chromium.new_context(base_url=str(live_server), java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"/pay/{opened(cast).address}/")
        page.get_by_role("link", name="I've paid. Show my receipt").click()
        expect(page.get_by_role("heading", name="Being confirmed")).to_be_visible()
        expect(page.get_by_role("link", name="Check again")).to_be_visible()
