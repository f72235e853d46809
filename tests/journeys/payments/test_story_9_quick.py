"""Story 9 in a browser: the quick payment of a member."""

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

from payments.models import Checkout, Payment
from tests import cast as people
from tests.cast import Cast
from tests.journeys.walks import approve, sign_in, sign_out
from tests.sandbox_process import SandboxProcess


def test_a_member_pays_a_linked_account(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    # The script puts new buttons in the place of the first ones.
    expect(page.locator("[data-balances-status]")).not_to_be_empty()
    page.get_by_role("button", name=re.compile("^Pay")).first.click()
    approve(page)

    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    checkout = Checkout.objects.get()
    assert (checkout.kind, checkout.member) == ("quick", cast.laundry)
    [hosted] = sandbox.state("hosted_payments")
    assert hosted["user"] == people.LAUNDRY_EMAIL  # the token went along
    assert hosted["request"]["CreateCustomerRecord"] is False
    [there] = sandbox.state("payments")
    assert str(Payment.objects.get().payment_guid) == there["guid"]
    page.goto("/pay/history/")
    # The total: the bill's 84.20 and the fee of a card, where a postback names it.
    [postback, *_] = sandbox.state("postbacks")
    total = Decimal(there["amount"]) + Decimal(postback["fields"].get("ConvenienceFee") or 0)
    expect(page.get_by_role("main")).to_contain_text(f"${total}")


def test_a_member_can_pay_only_what_is_linked(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    page.goto("/pay/quick/")

    expect(page.get_by_role("main")).to_contain_text("10000101")
    expect(page.get_by_role("main")).not_to_contain_text("10000102")


def test_another_members_receipt_is_not_to_be_seen(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    page.goto("/pay/quick/")
    page.get_by_role("button", name="Continue to payment").click()
    approve(page)
    expect(page).to_have_url(re.compile(r"/receipt/$"))
    receipt = page.url
    sign_out(page)
    sign_in(page, people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)

    answer = page.goto(receipt)
    assert answer
    assert answer.status == 404
