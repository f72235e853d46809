"""How many steps a task takes, and how many seconds: pages, taps, and typed fields, in Chromium
with the sandbox as Invoice Cloud. Not part of the suite; docs/performance.md has the figures.

    make bench-steps
    .venv/bin/pytest -q -n0 -s tests/journeys/steps.py     (ACCOUNTS=100 is quicker)

Seconds are the machine's, from the first page to the last, without anybody reading or typing. What
is done on Invoice Cloud's own page counts as one tap: there, the sandbox asks for no card.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core import mail
from playwright.sync_api import Frame, Locator, Page, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, UtilityAccount
from icsso.billers.pay_links.services import code_of, key_of
from payments.models import Payment
from payments.pay_links.addresses import address_of
from tests import cast as people
from tests.accounts.helpers.helping import PASSWORD, ROSA
from tests.cast import Cast
from tests.journeys.walks import frame, link_in_mail
from tests.sandbox_process import SandboxProcess

ACCOUNTS = int(os.environ.get("ACCOUNTS", "400"))
TOGETHER = 50


class Walk:
    """Does what a person does, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages = self.taps = self.fields = self.signs = 0
        page.on("framenavigated", self._seen)

    def _seen(self, changed: Frame) -> None:
        self.pages += changed == self.page.main_frame

    def open(self, address: str) -> None:
        self.page.goto(address)

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.click()

    def type(self, label: str, text: str) -> None:
        self.fields += 1
        self.signs += len(text)
        self.page.get_by_label(label, exact=True).fill(text)

    def pay(self) -> None:
        """The portal itself leads to the receipt, once the first postback has come."""
        self.tap(frame(self.page).get_by_role("button", name="Approve"))
        self.page.wait_for_url(re.compile(r"/receipt/$"), timeout=120_000)

    def sign_in(self, email: str, password: str) -> None:
        self.type("Email", email)
        self.type("Password", password)
        self.tap(self.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))


@contextmanager
def task(page: Page, name: str) -> Iterator[Walk]:
    walk, began = Walk(page), time.monotonic()
    yield walk
    seconds = time.monotonic() - began
    print(  # noqa: T201
        f"\n{name:48}{walk.pages:5} pages {walk.taps:5} taps {walk.fields:3} fields"
        f"{walk.signs:4} signs {seconds:7.1f} s  (load {os.getloadavg()[0]:.1f})"
    )
    page.remove_listener("framenavigated", walk._seen)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def test_pay_a_paper_bill_as_a_guest(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    with task(page, "a guest pays a paper bill") as walk:
        walk.open("/")
        walk.tap(page.get_by_role("link", name="Pay my bill").first)
        walk.type("Account number", "10000101")
        walk.tap(button(page, "Continue to payment"))
        walk.pay()
        expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()


def test_pay_by_the_qr_code_of_a_bill(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    code = code_of(cast.account("10000101").pk, key=key_of(cast.biller))
    with task(page, "a guest pays by the QR code of a bill") as walk:
        walk.open(address_of(code, site=""))
        walk.tap(button(page, "Continue to payment"))
        walk.pay()
        expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()


def decline_at_invoice_cloud(page: Page) -> None:
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    button(page, "Continue to payment").click()
    frame(page).get_by_role("button", name="Decline").click()


def test_recover_from_a_declined_card(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    decline_at_invoice_cloud(page)
    expect(page.get_by_text("Nothing was paid.").first).to_be_visible()
    with task(page, "a guest recovers from a declined card") as walk:
        again = frame(page).get_by_role("link", name="Try again")
        walk.tap(again.or_(link(page, "Try again")).first)
        walk.pay()
        expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()


def test_recover_from_the_receipt(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    """Who has left Invoice Cloud's page after the decline tries again from the portal."""
    decline_at_invoice_cloud(page)
    frame(page).get_by_role("link", name=re.compile("Return to")).click()
    expect(page.get_by_role("heading", name="Declined", exact=True)).to_be_visible()
    with task(page, "the same, from the portal's receipt") as walk:
        walk.tap(link(page, "Try again"))
        expect(page.get_by_text("ending in 0101")).to_be_visible()  # kept, so nothing is typed
        walk.tap(button(page, "Continue to payment"))
        walk.pay()
        expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()


def test_come_back_after_a_time_out(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    page.goto("/accounts/login/")
    Walk(page).sign_in(people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    page.goto("/accounts/link/")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.context.clear_cookies(name="sessionid")
    with task(page, "back from a time-out to a half-filled form") as walk:
        walk.tap(button(page, "Link this account"))
        walk.sign_in(people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
        expect(page.get_by_label("Account number")).to_have_value("10000104")
        walk.tap(button(page, "Link this account"))
        expect(page.get_by_label("Account number")).to_have_count(0)


def test_set_up_a_helper(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    with task(page, "an owner invites a helper") as walk:
        walk.open("/accounts/login/")
        walk.sign_in(people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
        walk.tap(page.get_by_role("link", name="Profile and security"))
        walk.tap(link(page, "Open helpers"))
        walk.tap(link(page, "Invite a helper"))
        walk.type("Your helper's email", ROSA)
        walk.tap(page.get_by_label("See and pay"))
        walk.tap(button(page, "Send the invitation"))
        expect(page.get_by_text("Invited, not accepted yet")).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    [message] = [one for one in mail.outbox if one.to == [ROSA]]
    with task(page, "the helper accepts and sees the bill") as walk:
        walk.open(link_in_mail(message, "/accounts/helpers/invitation/"))
        walk.type("Choose a password", PASSWORD)
        walk.tap(button(page, "Accept and sign in"))
        expect(page.get_by_role("region", name="12 Mill Street")).to_contain_text("$84.20")


def give_overdue_bills(sandbox: SandboxProcess, cast: Cast) -> None:
    """To the manager, who has forty accounts."""
    more = range(30_000_001, 30_000_001 + ACCOUNTS - cast.manager.links.count())
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=str(n), name="Maple Court", zip="62701")
        for n in more
    )
    made = UtilityAccount.objects.filter(account_number__gte="30000001")
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=cast.manager, account=account) for account in made
    )
    links = cast.manager.links.select_related("account")
    links.update(state=LinkedAccount.State.REGISTERED)
    rows: list[dict[str, Any]] = [
        {
            "account_number": each.account.account_number,
            "name": each.account.name,
            "zip": "62701",
            "invoices": [
                {"number": f"L{each.pk}", "amount": "84.20", "balance": "84.20", "due_in_days": -9}
            ],
        }
        for each in links
    ]
    sandbox.control(
        "POST", "/_control/api/customers", {"api_key": sandbox.api_key, "customers": rows}
    )
    due = cast.biller.today() - timedelta(days=9)
    for each in links:
        kept.keep(each.account_id, Balance(amount=Decimal("84.20"), due_date=due))


def test_pay_all_overdue_bills_of_a_manager(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    give_overdue_bills(sandbox, cast)
    with task(page, f"a manager pays {ACCOUNTS} overdue bills") as walk:
        walk.open("/accounts/login/")
        walk.sign_in(people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
        walk.tap(page.get_by_role("navigation", name="Show").get_by_role("link", name="Overdue"))
        walk.tap(page.get_by_role("link", name=re.compile("^Select (all|the first)")))
        walk.tap(page.get_by_role("button", name="Pay selected"))
        for left in range(ACCOUNTS, 0, -TOGETHER):
            walk.tap(button(page, "Continue to payment"))
            walk.pay()
            # When the postbacks of all fifty have come.
            paid = page.get_by_role("heading", name="Paid", exact=True)
            expect(paid).to_be_visible(timeout=120_000)
            if left > TOGETHER:
                more = re.compile(r"^Pay (the next|these) \d+$")
                walk.tap(page.get_by_role("link", name=more))
    assert Payment.objects.count() == ACCOUNTS
