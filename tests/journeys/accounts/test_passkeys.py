"""Passkeys in Chromium, whose virtual authenticator stands for a phone: made, signed in with, used
as the second step, and removed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import Passkey
from tests import cast as people
from tests.browser.looks import DESK
from tests.cast import Cast
from tests.journeys.pages.test_every_page import look_at, look_at_in_spanish
from tests.journeys.walks import frame, sign_in, sign_out
from tests.sandbox_process import SandboxProcess

EMAIL, PASSWORD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """The authenticator of the browser."""

    def __init__(self, told: CDPSession) -> None:
        self.told = told
        self.id: str = told.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})[
            "authenticatorId"
        ]

    def forget(self) -> None:
        self.told.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})

    def passkeys(self) -> list[Any]:
        found = self.told.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])


@pytest.fixture
def device(page: Page) -> Iterator[Device]:
    told = page.context.new_cdp_session(page)
    told.send("WebAuthn.enable")
    yield Device(told)
    told.send("WebAuthn.disable")
    told.detach()


def offers_nothing_by_itself(page: Page) -> None:
    """As in a browser that has passkeys, but doesn't offer them in the email field: the virtual
    authenticator would answer there at once, as nobody does."""
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")


def look_at_next(page: Page, heading: str, name: str) -> None:
    """At the page that a click leads to, once it is there."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look_at(page, name)


def make(page: Page) -> None:
    page.goto("/accounts/sign-in/passkeys/add/")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_text("Passkey added.")).to_be_visible()


def test_made_signed_in_with_and_removed(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    page.get_by_role("navigation", name="Main").get_by_role(
        "link", name="Profile and security"
    ).click()
    page.get_by_role("link", name="Add a passkey").click()
    look_at_next(page, "Passkeys", "passkeys/none")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.get_by_role("link", name="Add a passkey").click()
    look_at_next(page, "Add a passkey", "passkeys/add")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    look_at_next(page, "Create a passkey", "passkeys/new")
    expect(page.get_by_text("can't create passkeys")).to_be_hidden()
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_text("Enter a name").first).to_be_visible()
    assert not device.passkeys()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    assert len(device.passkeys()) == 1
    look_at(page, "passkeys/one")
    look_at_in_spanish(page, "passkeys/one")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])

    offers_nothing_by_itself(page)
    page.goto("/accounts/sign-in/")
    look_at(page, "passkeys/profile")
    sign_out(page)
    page.goto("/accounts/login/?next=/billing/bills/")
    button = page.get_by_role("button", name="Sign in with a passkey")
    expect(button).to_be_visible()
    look_at(page, "passkeys/sign-in")
    button.click()

    expect(page.get_by_text("You signed in with a passkey.")).to_be_visible()
    look_at(page, "passkeys/confirm")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(frame(page).get_by_text("84.20").first).to_be_visible()
    page.goto("/billing/autopay/")
    expect(frame(page).get_by_role("heading").first).to_be_visible()

    page.goto("/accounts/sign-in/passkeys/")
    page.get_by_role("link", name="Rename My phone").click()
    look_at_next(page, "Rename the passkey", "passkeys/rename")
    page.get_by_label("Name").fill("Kitchen tablet")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Kitchen tablet").click()
    look_at_next(page, "Remove this passkey?", "passkeys/remove")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have no passkeys yet.")).to_be_visible()
    assert not Passkey.objects.exists()


def test_the_email_field_offers_it(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    make(page)
    sign_out(page)
    page.goto("/accounts/login/")  # the authenticator answers for whoever would choose it there
    page.wait_for_url("/")
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


def test_second_step_after_the_password(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    make(page)
    page.goto("/accounts/sign-in/two-step/")
    page.get_by_role("link", name="Use your passkey instead of an app").click()
    look_at_next(page, "Two-step verification with a passkey", "passkeys/second-step")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.goto("/accounts/sign-in/two-step/")
    look_at(page, "passkeys/in-use")
    offers_nothing_by_itself(page)
    sign_out(page)
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("heading", name="Use your passkey")).to_be_visible()
    look_at(page, "passkeys/code")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("/")
    page.goto("/accounts/sign-in/two-step/off/")
    look_at(page, "passkeys/off")
    page.get_by_label("Recovery code").fill("not a code")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_label("Recovery code").press("Enter")  # asks for what was typed there
    expect(page.get_by_text("That code is wrong").first).to_be_visible()
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You now sign in with just your password.")).to_be_visible()


def test_what_went_wrong_is_said_with_what_to_do(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    make(page)
    page.goto("/accounts/sign-in/passkeys/add/")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("already has a passkey for you"))
    look_at(page, "passkeys/taken")
    device.forget()
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("sign in another way"))
    look_at(page, "passkeys/canceled")
    page.route("**/options/", lambda route: route.abort())
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("Check your connection"))


@pytest.mark.parametrize(
    "error", ["new TypeError('x')", "new DOMException('', 'InvalidStateError')"]
)
def test_what_the_device_cannot_do_is_not_the_network(page: Page, cast: Cast, error: str) -> None:
    offers_nothing_by_itself(page)
    page.goto("/accounts/login/")
    page.evaluate(f"void (navigator.credentials.get = () => Promise.reject({error}))")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("This device can't do that."))


def test_signed_in_in_another_tab_meanwhile(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    """The page's own token has ended: it is opened again, and leads on."""
    offers_nothing_by_itself(page)
    page.goto("/accounts/login/?next=/accounts/")
    other = page.context.new_page()
    sign_in(other, EMAIL, PASSWORD)
    expect(other.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("/accounts/")


def test_a_passkey_that_was_removed_here_is_refused_in_words(
    page: Page, device: Device, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    make(page)
    Passkey.objects.all().delete()
    offers_nothing_by_itself(page)
    sign_out(page)
    page.goto("/accounts/login/?next=/accounts/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That passkey doesn't work here.")).to_be_visible()
    assert page.url.endswith("/accounts/login/?next=/accounts/")
    look_at(page, "passkeys/refused")


def test_without_scripts_there_is_no_button(page: Page, device: Device, cast: Cast) -> None:
    page.route("**/passkeys*.js", lambda route: route.abort())
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
