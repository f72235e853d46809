"""Story 9 in a browser: several accounts in one payment. Not among the stories that also run at a
contrary Invoice Cloud, whose postbacks name no account: then nothing is guessed, as shown here."""

import re

import pytest
from playwright.sync_api import Page, expect

from payments.models import Checkout, Payment
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import approve, frame, sign_in
from tests.sandbox_process import SandboxProcess

NUMBERS = ("10000201", "10000202", "10000203")


def choose(page: Page, cast: Cast, *numbers: str) -> None:
    """As the dashboard's selection does."""
    chosen = "&".join(f"account={cast.account(number).pk}" for number in numbers)
    page.goto(f"/pay/quick/?{chosen}")


def test_a_manager_pays_three_accounts_at_once(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    choose(page, cast, *NUMBERS, "10000204")
    expect(page.get_by_role("heading", name="Pay 4 accounts")).to_be_visible()
    page.get_by_role("button", name=re.compile("Remove.*10000204")).click()
    expect(page.get_by_role("heading", name="Pay 3 accounts")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Paying 3 accounts")).to_be_visible()
    for number in NUMBERS:
        expect(frame(page).get_by_text(number).first).to_be_visible()
    approve(page)

    expect(page).to_have_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)
    assert_accessible(page)
    [there] = sandbox.state("payments")
    made = Payment.objects.select_related("account").order_by("account__account_number")
    assert [each.account.account_number for each in made] == [*NUMBERS]
    assert {str(each.payment_guid) for each in made} == {there["guid"]}
    assert f"{sum(each.amount for each in made):.2f}" == f"{float(there['amount']):.2f}"
    page.goto("/pay/history/")
    expect(page.get_by_role("main")).to_contain_text("10000203")
    assert_accessible(page)


@pytest.mark.parametrize("per_account", [True, False])
def test_one_call_for_all_accounts_is_never_guessed(
    page: Page, sandbox: SandboxProcess, cast: Cast, *, per_account: bool
) -> None:
    sandbox.control("POST", "/_control/api/postback-settings", {"per_account": per_account})
    sign_in(page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    choose(page, cast, *NUMBERS[:2])
    page.get_by_role("button", name="Continue to payment").click()
    approve(page)
    words = "Paid" if per_account else "Being checked"
    expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()
    assert Payment.objects.count() == (2 if per_account else 0)
    if not per_account:
        assert Checkout.objects.get().postbacks.get().reason == "account"
        expect(page.get_by_role("link", name="Start over")).to_have_count(0)


def test_a_partly_paid_receipt_is_honest(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    sign_in(page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    choose(page, cast, *NUMBERS[:2])
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="Paying 2 accounts")).to_be_visible()
    checkout = Checkout.objects.get()
    [hosted] = sandbox.state("hosted_payments")
    line = {"account_number": NUMBERS[0], "invoice_number": "S1", "amount": "12.00"}
    row = {"hosted_payment": hosted["key"], "lines": [line]}
    sandbox.control("POST", "/_control/api/payments", row)

    page.wait_for_url(re.compile(r"/receipt/$"))
    expect(page.get_by_role("heading", name="Partly paid")).to_be_visible()
    assert checkout.status == "partly-paid"
    assert_accessible(page)
