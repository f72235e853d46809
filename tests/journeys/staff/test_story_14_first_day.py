"""Story 14: the first day with an Invoice Cloud that differs in all it can, by admin alone.

Invoice Cloud itself has to say two things that nobody can guess: the server of its operations and
the address of Cloud SSO Connect. The probe finds out the rest.
"""

from collections.abc import Callable
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from icsso.billers.models import Biller
from payments.models import Payment
from tests import cast as people
from tests.journeys.staff import test_story_12_go_live as story_12
from tests.journeys.staff.test_story_12_go_live import done, fill
from tests.journeys.walks import frame
from tests.sandbox_process import SandboxProcess

power, windows = story_12.power, story_12.windows
CUSTOMER = {"email": "rosa@example.com", "password": "seven lemons in a bowl"}


@pytest.fixture
def contrary(power: SandboxProcess) -> dict[str, Any]:
    """What Invoice Cloud tells the utility besides the key: a server, and an address."""
    login = {**CUSTOMER, "accounts": [story_12.IN_THE_CIS["account_number"]]}
    power.control("POST", "/_control/api/users", {"api_key": story_12.API_KEY} | login)
    power.vary("contrary")
    told: dict[str, Any] = power.wire_profile("contrary")
    return told


def test_the_first_day(
    windows: tuple[Page, Page], power: SandboxProcess, contrary: dict[str, Any]
) -> None:
    operator, customer = windows
    User.objects.create_superuser(story_12.OPERATOR, people.STAFF_PASSWORD)
    story_12.sign_in(operator)
    story_12.enter_the_biller(operator)
    going_live = operator.url
    fill(operator, "names", {"Host names": "localhost"})
    enter_what_invoice_cloud_told(operator, power, contrary)
    probe_and_take_over(operator)
    operator.get_by_role("button", name="Test connection").click()
    done(operator, "connection")
    open_the_site(operator)

    customer.goto("/")
    customer.get_by_role("link", name="Pay my bill").first.click()
    customer.get_by_label("Account number").fill("20000101")
    customer.get_by_role("button", name="Continue to payment").click()
    frame(customer).get_by_role("button", name="Approve").click()
    expect(frame(customer).get_by_role("heading", name="Thank you")).to_be_visible()

    wait_for(lambda: Biller.objects.get().postbacks_sampled)
    operator.goto(going_live)
    read_postbacks(operator, contrary["postback"]["approved"])
    expect(customer.get_by_role("heading", name="Paid")).to_be_visible(timeout=60_000)
    assert Payment.objects.get().account.account_number == "20000101"


def enter_what_invoice_cloud_told(page: Page, power: SandboxProcess, told: dict[str, Any]) -> None:
    credentials = {
        "Invoice Cloud address": power.url,
        "Other servers": told["operations"]["account"]["host"],
        "Biller GUID": str(story_12.BILLER_GUID),
        "API key": story_12.API_KEY,
    }
    fill(page, "credentials", credentials)
    page.locator("#wire").get_by_label("Address of Cloud SSO").fill(told["sso"]["address"])
    page.locator("#wire").get_by_role("button", name="Save").click()
    expect(page.locator("#wire")).to_contain_text("1 difference from the contract")


def probe_and_take_over(page: Page) -> None:
    page.get_by_role("link", name="Go to the probe").click()
    page.get_by_role("textbox", name="Account number").fill("20000101")
    page.get_by_label("Email registered").fill(CUSTOMER["email"])
    page.get_by_label("Its password").fill(CUSTOMER["password"])
    page.get_by_label("Open a payment page").check()
    page.get_by_role("button", name="Start the probe").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Use the suggested profile").click()
    form = page.locator("#wire form")
    form.get_by_label("API key").fill(story_12.API_KEY)
    with page.expect_navigation():
        form.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def open_the_site(page: Page) -> None:
    page.get_by_role("button", name="I checked: it is on").click()
    done(page, "setting-129")
    page.get_by_role("button", name="I checked: they can't change it there").click()
    done(page, "password-pages")
    fill(page, "support", {"Support phone": "(217) 555-0199"})
    story_12.bring_the_customers(page)
    page.get_by_role("button", name="Open the site").click()
    expect(page.get_by_role("heading", name="Open to customers")).to_be_visible()


def read_postbacks(page: Page, approved: list[str]) -> None:
    """The first one waits for review, and says how it can be read: then it is."""
    expect(page.locator("#postbacks")).to_contain_text("Needed for a payment and not sent")
    expect(page.locator("#postbacks")).to_contain_text("in the time zone Central (Chicago)")
    page.get_by_role("link", name="Fill in the profile that fits").click()
    expect(page.locator("#wire")).to_contain_text("Nothing is saved yet.")
    page.locator("#wire").get_by_label("Texts in postbacks that mean paid").fill(approved[0])
    page.locator("#wire").get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def wait_for(what: Callable[[], Any]) -> None:
    """A postback comes on its own."""
    for _ in range(300):
        if what():
            return
        sleep(0.1)
    raise AssertionError("nothing came")
