"""Each page that says why billing or a payment does not open: for axe, small, large, in Spanish."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from payments.models import Checkout
from tests.cast import Cast
from tests.journeys.pages.test_every_page import look_at, look_at_in_spanish, signed_in
from tests.journeys.walks import fault
from tests.sandbox_process import SandboxProcess

BILLING = [
    # operation, fault, heading
    ("*", "unavailable", "Billing pages aren't available right now"),
    ("remote_authentication", "wrong_password", "Reconnect your billing pages"),
    ("*", "refused", "We couldn't open the billing pages for this account"),
    ("*", "unauthorized", "We can't open the billing pages yet"),
]
PAYMENT = [
    ("unavailable", "The payment service isn't available right now"),
    ("refused", "You can't pay this account online right now"),
    ("unauthorized", "Something on our side is wrong"),
]


@pytest.mark.parametrize("trouble", BILLING, ids=lambda trouble: trouble[1])
def test_why_billing_does_not_open(
    page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast, trouble: tuple[str, ...]
) -> None:
    operation, kind, heading = trouble
    fault(sandbox, operation, kind)
    page.context.add_cookies([signed_in(str(live_server))])
    page.goto("/")
    expect(page.get_by_role("main").get_by_role("link", name="See why")).to_have_count(
        1 if kind in {"refused", "unauthorized"} else 0
    )
    page.goto("/billing/bills/")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    look_at(page, f"billing-{kind}")
    page.set_viewport_size({"width": 390, "height": 844})
    buttons = page.locator("main .button:visible").all()
    assert len({one.evaluate("one => one.offsetWidth") for one in buttons}) == 1
    look_at_in_spanish(page, f"billing-{kind}")


@pytest.mark.parametrize(("kind", "words"), PAYMENT)
def test_why_a_payment_page_does_not_open(
    page: Page, sandbox: SandboxProcess, cast: Cast, kind: str, words: str
) -> None:
    fault(sandbox, "cloud_payments", kind)
    client = Client(headers={"host": "localhost"})
    client.post("/pay/", {"account_number": "10000101"})
    page.goto(f"/pay/{Checkout.objects.get().address}/")
    expect(page.get_by_text(words)).to_be_visible()
    look_at(page, f"payment-{kind}")
    look_at_in_spanish(page, f"payment-{kind}")
