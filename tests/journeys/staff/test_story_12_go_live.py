"""Story 12: a new biller comes from nothing to its first paid bill, through the admin alone."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.models import Biller
from payments.models import Payment, PaymentLine, Postback
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.journeys.walks import approve
from tests.sandbox_process import SandboxProcess

OPERATOR = "operator@example.com"
# What Invoice Cloud has told the utility.
API_KEY = "demo-api-key-shelbyville-power"
BILLER_GUID = UUID("77c2a1de-11aa-4b6b-9a36-9b2f00c4d5e6")
IN_THE_CIS = {
    "account_number": "20000101",
    "name": "Rosa Delgado",
    "address": "18 Mill Street",
    "city": "Shelbyville",
    "state": "IL",
    "zip": "62565",
}
OWES = [{"number": "20000101-01", "amount": "61.75", "balance": "61.75"}]


@pytest.fixture
def power(sandbox_process: SandboxProcess) -> SandboxProcess:
    """Invoice Cloud, where Shelbyville Power and one customer of it are all there is."""
    sandbox_process.reset(seed=False)
    biller = {"name": "Shelbyville Power", "biller_guid": str(BILLER_GUID), "setting_129": True}
    sandbox_process.control("POST", "/_control/api/billers", {"api_key": API_KEY} | biller)
    known = {"api_key": API_KEY, "customers": [{**IN_THE_CIS, "invoices": OWES}]}
    sandbox_process.control("POST", "/_control/api/customers", known)
    return sandbox_process


@pytest.fixture
def windows(
    chromium: Browser, live_server: object, settings: Settings
) -> Iterator[tuple[Page, Page]]:
    """The operator's and the customer's, each on a machine of their own."""
    settings.DEBUG = True  # an Invoice Cloud on this machine is a developer's
    contexts = [chromium.new_context(base_url=str(live_server), locale="en-US") for _ in "12"]
    operator, customer = (context.new_page() for context in contexts)
    yield operator, customer
    for context in contexts:
        context.close()


@pytest.mark.contract
def test_from_nothing_to_the_first_paid_bill(
    windows: tuple[Page, Page], power: SandboxProcess
) -> None:
    operator, customer = windows
    User.objects.create_superuser(OPERATOR, people.STAFF_PASSWORD)
    assert not Biller.objects.exists()

    sign_in(operator)
    enter_the_biller(operator)
    customer.goto("/")
    expect(customer.get_by_role("heading", name="This site isn't open right now")).to_be_visible()
    do_each_step(operator, power)
    operator.get_by_role("button", name="Open the site").click()
    expect(operator.get_by_role("heading", name="Open to customers")).to_be_visible()

    pay_as_a_guest(customer)
    assert_both_sides_hold_it(power)
    assert_the_admin_shows_it(operator)


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Email").fill(OPERATOR)
    page.get_by_label("Password").fill(people.STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Set up a utility")).to_be_visible()


def enter_the_biller(page: Page) -> None:
    assert_accessible(page)
    page.get_by_role("link", name="Set up a utility").click()
    page.get_by_label("Name:", exact=True).fill("Shelbyville Power")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Short name:")).to_have_value("shelbyville-power")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Going live: Shelbyville Power")
    expect(page.get_by_role("heading", name="Not open to customers")).to_be_visible()


def do_each_step(page: Page, power: SandboxProcess) -> None:
    fill(page, "names", {"Host names": "localhost"})
    credentials = {"Invoice Cloud address": power.url, "Biller GUID": str(BILLER_GUID)}
    fill(page, "credentials", {**credentials, "API key": API_KEY})
    page.get_by_role("button", name="Test connection").click()
    done(page, "connection")
    expect(page.locator("#connection")).to_contain_text("The connection works")
    page.get_by_role("button", name="I checked: it is on").click()
    done(page, "setting-129")
    expect(page.locator("#setting-129")).to_contain_text(OPERATOR)
    page.get_by_role("button", name="I checked: they can't change it there").click()
    done(page, "password-pages")
    fill(page, "look", {"Color": "#7a1f5c"})
    fill(page, "support", {"Support phone": "(217) 555-0199"})
    bring_the_customers(page)


def fill(page: Page, step: str, entered: dict[str, str]) -> None:
    """Fills in the step's own form and saves it."""
    for label, text in entered.items():
        page.locator(f"#{step}").get_by_label(label).fill(text)
    with page.expect_navigation():  # some steps are ready from the beginning
        page.locator(f"#{step}").get_by_role("button", name="Save").click()
    done(page, step)


def done(page: Page, step: str) -> None:
    expect(page.locator(f"#{step} h2")).to_contain_text("Ready")
    expect(page.locator(".messagelist .success")).to_be_visible()


def bring_the_customers(page: Page) -> None:
    going_live = page.url
    page.get_by_role("link", name="Import accounts from a file").click()
    rows = (IN_THE_CIS.keys(), IN_THE_CIS.values())
    text = "\n".join(",".join(row) for row in rows).encode()
    file = {"name": "cis.csv", "mimeType": "text/csv", "buffer": text}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Preview changes").click()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Imported: 1 new")).to_be_visible()
    page.goto(going_live)
    expect(page.locator("#customers h2")).to_contain_text("Ready")


def pay_as_a_guest(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Pay my bill").first.click()
    page.get_by_label("Account number").fill("20000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("ending in 0101 at Shelbyville Power")).to_be_visible()
    approve(page)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("61.75")
    expect(page.get_by_role("contentinfo")).to_contain_text("(217) 555-0199")


def assert_both_sides_hold_it(power: SandboxProcess) -> None:
    there = power.state(api_key=API_KEY)
    [paid] = there["payments"]
    [owing] = there["customers"]
    assert (owing["account_number"], owing["balance"]) == ("20000101", "0.00")
    here, line = Payment.objects.get(), PaymentLine.objects.get()
    assert str(here.payment_guid) == paid["guid"]
    assert here.biller == Biller.objects.get(slug="shelbyville-power")
    assert here.account.account_number == paid["account_number"] == "20000101"
    assert line.amount == Decimal(paid["amount"]) == Decimal("61.75")
    assert Postback.objects.get().verdict == "approved"


def assert_the_admin_shows_it(page: Page) -> None:
    page.goto("/admin/payments/payment/")
    row = page.get_by_role("row").filter(has_text="20000101")
    expect(row).to_contain_text("64.70")  # with the fee
    expect(row).to_contain_text("64.70")
    page.goto(f"/admin/payments/payment/{Payment.objects.get().pk}/change/")
    expect(page.get_by_role("main")).to_contain_text(str(Payment.objects.get().payment_guid))
