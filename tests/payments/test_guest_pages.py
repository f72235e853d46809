"""What a guest meets, in a browser: a pay link, the right bill, a remembered account, a receipt."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import Page, Response, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balances import Balance
from icsso.billers.pay_links.services import code_of, key_of
from icsso.billers.ways_to_pay.models import WaysToPay
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import frame, sign_in
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess

MOST_BYTES = 40 * 1024


def link_of(cast: Cast) -> str:
    return f"/P/{code_of(cast.account('10000101').pk, key=key_of(cast.biller))}"


def test_from_the_qr_code_to_the_hosted_page_it_is_one_button(
    page: Page, cast: Cast, sandbox: SandboxProcess
) -> None:
    page.goto(link_of(cast))
    assert_accessible(page)
    page.get_by_role("button", name="Español").click()  # keeps the account
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Continue to payment").click()
    expect(frame(page).get_by_role("button", name="Approve")).to_be_visible()
    page.get_by_role("link", name="Start over").click()
    expect(page.get_by_text("ending in 0101")).to_be_visible()


def test_the_right_bill_is_asked_for(page: Page, cast: Cast, sandbox: SandboxProcess) -> None:
    cast.biller.guests_prove = True
    cast.biller.save()
    WaysToPay.objects.create(biller=cast.biller, kind="other", english="Cash", spanish="Efectivo")
    page.goto(link_of(cast))
    page.get_by_label("Name on your bill").fill("Willows Laundry")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Is this the right bill?")).to_be_visible()
    expect(page.get_by_text("$84.20")).to_be_visible()
    page.get_by_text("Other ways to pay").click()
    assert_accessible(page)
    page.get_by_role("button", name="Yes, continue to payment").click()
    expect(page.locator("iframe")).to_be_visible()


def test_an_account_is_remembered_for_those_who_want_it_and_forgotten_at_once(
    page: Page, cast: Cast, sandbox: SandboxProcess
) -> None:
    page.goto("/pay/")
    box = page.get_by_label("Remember this account on this device")
    expect(box).not_to_be_checked()
    number = page.get_by_label("Account number")
    number.fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("iframe")).to_be_visible()
    page.goto("/pay/")
    use = page.get_by_role("button", name="Use account ending in")
    expect(use).to_be_hidden()

    number.fill("10000102")
    box.check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("iframe")).to_be_visible()
    page.goto("/pay/")
    expect(use).to_have_text(re.compile("0102"))
    expect(box).to_be_hidden()
    assert_accessible(page)
    use.click()
    expect(number).to_have_value("10000102")
    assert "10000102" not in str(page.context.cookies())
    page.get_by_role("button", name="Forget this account").click()
    expect(use).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_a_link_can_be_remembered_and_a_number_that_is_refused_is_not(
    page: Page, cast: Cast, sandbox: SandboxProcess
) -> None:
    page.goto(link_of(cast))
    page.get_by_label("Remember this account").check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("iframe")).to_be_visible()
    assert "10000101" not in str(page.evaluate("localStorage.account"))
    page.goto("/pay/")
    page.get_by_role("button", name="Use account ending in").click()
    expect(page.get_by_label("Account number")).to_be_hidden()
    expect(page.get_by_text("ending in 0101")).to_be_visible()
    page.evaluate("localStorage.clear()")

    page.goto("/pay/")
    page.get_by_label("Account number").fill("999")
    page.get_by_label("Remember this account").check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("address", ["/", "/pay/"])
def test_a_public_page_weighs_little(page: Page, cast: Cast, address: str) -> None:
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: len(answer.body()) for answer in answers}
    assert len(sizes) > 3
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_a_receipt_is_one_sheet_of_paper(page: Page, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    WaysToPay.objects.create(
        biller=cast.biller, kind="other", english="Cash " * 99, spanish="Efectivo"
    )
    page.goto(f"/pay/{checkout.address}/receipt/")
    for paper in ("Letter", "A5"):
        pdf = page.pdf(format=paper)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("Other ways to pay")).to_be_hidden()
    expect(page.get_by_role("link", name="Back")).to_be_hidden()
    expect(page.get_by_text("$86.70")).to_be_visible()


@pytest.mark.parametrize(("owed", "is_said"), [("0.00", False), ("-5.00", False), ("9.00", True)])
def test_a_balance_that_shows_a_payment_is_not_said_to_be_old(
    page: Page, cast: Cast, owed: str, is_said: bool
) -> None:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    account = checkout.ordered_accounts[0].pk
    assert kept.keep(account, Balance(amount=Decimal(owed)))
    page.goto("/")
    expect(page.get_by_text("You paid $84.20 today.")).to_be_visible()
    expect(page.get_by_text("Your balance may not show it yet.")).to_be_visible(visible=is_said)


def test_help_with_paying_stands_beside_an_overdue_bill(client: Client, cast: Cast) -> None:
    WaysToPay.objects.create(
        biller=cast.biller, kind="help", english="Call for help.", spanish="Llame."
    )
    client.force_login(cast.laundry)
    account, yesterday = cast.account("10000101").pk, cast.biller.today() - timedelta(1)
    for due, is_shown in ((yesterday, True), (cast.biller.today(), False)):
        assert kept.keep(account, Balance(amount=Decimal(9), due_date=due))
        page = client.get("/").content.decode()
        assert "$9.00" in page
        assert ("Call for help." in page) == is_shown
