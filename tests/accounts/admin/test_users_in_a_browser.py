"""The pages of signing in and registering as a browser shows them: for everyone."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect

from accounts.credentials.links import create_link
from accounts.models import Signup
from accounts.models.credential_change import Kind
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "seven herons over the mill"


def look(page: Page, name: str) -> None:
    assert_accessible(page)


def link() -> str:
    found = re.search(r"http://\S+/accounts/\S+", str(mail.outbox[-1].body))
    assert found
    return found[0]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sign_in(page: Page, password: str = people.LAUNDRY_PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(people.LAUNDRY_EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_navigation(wait_until="commit"):
        press(page, "Sign in")


def test_signing_in(page: Page, cast: Cast) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    page.on("console", hear)
    page.goto("/accounts/login/")
    look(page, "login")
    sign_in(page, "not the kettle")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Try again or reset your password.")
    look(page, "login-wrong")
    for _ in range(settings.SIGN_IN_FAILURES - 1):
        sign_in(page, "not the kettle")
        expect(page.get_by_role("alert")).to_be_focused()
    sign_in(page, "not the kettle")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many tries")
    look(page, "too-many-attempts")
    assert complaints == []


def test_confirming(page: Page, cast: Cast) -> None:
    sign_in(page)
    page.goto("/accounts/confirm/?next=/accounts/")
    look(page, "confirm")
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page, "confirm-wrong")
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    press(page, "Continue")
    expect(page).to_have_url(re.compile("/accounts/$"))


def test_registering_and_finishing(page: Page, cast: Cast) -> None:
    page.goto("/accounts/register/")
    look(page, "register")
    press(page, "Create online account")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page, "register-wrong")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.get_by_label("Email").fill("rosa@example.com")
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Show")).click()
    expect(page.get_by_label("Choose a password", exact=True)).to_have_attribute("type", "text")
    press(page, "Create online account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    look(page, "register-sent")
    finish = link()
    page.goto(finish)
    look(page, "finish")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Finish and sign in")
    expect(page.get_by_role("status").first).to_contain_text("Your account 10000104 is linked.")
    page.goto(finish)
    look(page, "finish-used")


def test_a_link_that_came_too_late(page: Page, cast: Cast) -> None:
    page.goto("/accounts/register/")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.get_by_label("Email").fill("rosa@example.com")
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    press(page, "Create online account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    Signup.objects.update(link_sent_at=timezone.now() - timedelta(hours=25))
    page.goto(link())
    look(page, "finish-expired")
    press(page, "Send a new link")
    expect(page.get_by_role("status").first).to_contain_text("Wait a minute before you ask again.")


def test_a_new_password(page: Page, cast: Cast) -> None:
    page.goto("/accounts/password-reset/")
    look(page, "password-reset")
    page.get_by_label("Email").fill(people.LAUNDRY_EMAIL)
    press(page, "Send me the link")
    expect(page).to_have_url("/accounts/password-reset/sent/")
    look(page, "password-reset-sent")
    reset = link()
    page.goto(reset)
    look(page, "password-reset-confirm")
    page.get_by_label("Choose a password", exact=True).fill("springfield water")
    press(page, "Save and sign in")
    expect(page.get_by_role("alert")).to_be_focused()
    look(page, "password-reset-confirm-wrong")
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    press(page, "Save and sign in")
    expect(page.get_by_role("status").first).to_contain_text("Your password was changed.")
    page.goto(reset)
    look(page, "password-reset-ended")


def test_connecting_billing_again(page: Page, cast: Cast) -> None:
    secret = create_link(cast.laundry, Kind.RECONNECT)
    page.goto(f"/accounts/reconnect/{secret}/")
    look(page, "reconnect")
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    press(page, "Reconnect")
    expect(page.get_by_role("status").first).to_contain_text(
        "connect your billing pages as soon as"
    )
    page.goto(f"/accounts/reconnect/{secret}/")
    look(page, "reconnect-ended")


def test_without_scripts_everything_but_showing_the_password_works(page: Page, cast: Cast) -> None:
    page.route("**/*.js", lambda route: route.abort())
    sign_in(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    press(page, "Sign out")
    expect(page.get_by_role("link", name="Create an online account")).to_be_visible()
