"""Every page there is: axe's rules, no sideways scroll, both languages, and what keys alone reach.

`SCREENSHOTS=folder` keeps a picture of each at 320 and 1280 px, light and dark, for a reader.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import URLPattern, get_resolver
from playwright.sync_api import Page, expect

from accounts.invoice_cloud.background import background_work
from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from payments.models import Checkout
from tests import cast as people
from tests.cast import Cast
from tests.journeys.pages.measures import measure_all, measure_in
from tests.journeys.pages.records import record
from tests.journeys.pages.third_language import measure_in_third_language
from tests.journeys.walks import approve, link_in_mail, sign_in
from tests.sandbox_process import SandboxProcess

PUBLIC = (
    "/",
    "/accounts/login/",
    "/accounts/register/",
    "/accounts/register/sent/",
    "/accounts/existing-login/",
    "/accounts/closed/",
    "/accounts/password-reset/",
    "/accounts/password-reset/sent/",
    "/accounts/finish/not-a-link/",
    "/accounts/helpers/invitation/not-a-link/",
    "/accounts/existing-login/not-a-link/",
    "/accounts/password-reset/not-a-link/",
    "/accounts/reconnect/not-a-link/",
    "/accounts/sign-in/password/not-a-link/",
    "/accounts/sign-in/email/approve/not-a-link/",
    "/accounts/sign-in/email/confirm/not-a-link/",
    "/accounts/sign-in/two-step/undo/not-a-link/",
    "/accounts/sign-in/passkeys/undo/not-a-link/",
    "/pay/",
    "/pay/return/not-a-token/",
    "/reminders/stop/not-a-token/",
    "/no-such-page/",
)
SIGNED_IN = (
    "/",
    "/accounts/",
    "/accounts/link/",
    "/accounts/helpers/",
    "/accounts/helpers/invite/",
    "/accounts/sign-in/",
    "/accounts/sign-in/close/",
    "/accounts/sign-in/data/",
    "/accounts/sign-in/email/",
    "/accounts/sign-in/password/",
    "/accounts/sign-in/two-step/",
    "/accounts/confirm/?next=/billing/bills/",
    "/accounts/{account}/",
    "/accounts/{account}/unlink/",
    "/accounts/{account}/balance/",
    "/billing/bills/",
    "/billing/paperless/",
    "/billing/autopay/",
    "/billing/payment-methods/",
    "/billing/scheduled-payments/",
    "/billing/pay-by-text/",
    "/pay/quick/",
    "/pay/history/",
    "/pay/statement/",
    "/reminders/",
)
BILLING_HAS_ANOTHER = "what billing has had for years"
# Reached by a walk below, or no page for the eye.
ELSEWHERE = {
    "/api/v1/accounts",
    "/api/v1/openapi.json",
    "/api/v1/payments",
    "/logo/<slug:digest>.png",
    "/pay/<slug:address>/",
    "/pay/<slug:address>/receipt/",
    "/pay/<slug:address>/status/",
    "/P/<path:code>",  # tests.payments.test_guest_pages
    "/p/<path:code>",
    "/pay/postback/<token>/",
    "/pay/postback/<token>",
    "/accounts/login/code/",
    "/accounts/login/passkey/",  # tests.journeys.accounts.test_passkeys
    "/accounts/login/passkey/options/",
    "/accounts/sign-in/passkeys/",
    "/accounts/sign-in/passkeys/add/",
    "/accounts/sign-in/passkeys/new/",
    "/accounts/sign-in/passkeys/<int:pk>/",
    "/accounts/sign-in/passkeys/<int:pk>/remove/",
    "/accounts/sign-in/two-step/passkey/",
    "/accounts/sign-in/two-step/codes/",
    "/accounts/sign-in/two-step/off/",
    "/accounts/logout/",
    "/accounts/session/",
    "/accounts/register/again/",
    "/accounts/reconnect/",
    "/accounts/<int:pk>/first/",
    "/accounts/balances/",
    "/accounts/export/",
    "/components/",  # tests.inhance.pages.test_components
    "/accounts/<int:pk>/prove/",  # tests.accounts.linked_accounts.test_prove_again
    "/accounts/helpers/<int:pk>/",  # test_story_20_helpers of the journeys, as all that follow
    "/accounts/helpers/<int:pk>/accept/",
    "/accounts/helpers/<int:pk>/again/",
    "/accounts/helpers/<int:pk>/end/",
    "/accounts/helpers/<int:pk>/stop/",
    "/pay/helping/",
    "/pay/helping/<int:pk>/",
    "/pay/helping/<int:pk>/balance/",
    "/pay/helping/<int:pk>/<int:payment>/",
    "/accounts/sign-in/end/",
    "/accounts/sign-in/everywhere/",
    "/pay/history/csv/",
    "/reminders/calendar/",
    "/reminders/calendar/<secret>.ics",
    "/reminders/close/",
    "/reminders/emails/",
    "/pay/statement/<int:year>/",  # tests.payments.test_statements
    "/pay/statement/<int:year>/csv/",
    "/billing/",
    "/language/setlang/",
    "/brand.css",
    "/.well-known/change-password",
    "/robots.txt",
    "/favicon.ico",
    "/healthz",
    "/readyz",
    "/metrics",
}


def addresses(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address
        elif not address.startswith("/admin"):
            yield from addresses(pattern.url_patterns, address)


def test_no_page_is_forgotten() -> None:
    looked_at = {page.split("?")[0].replace("{account}", "<int:pk>") for page in PUBLIC + SIGNED_IN}
    looked_at |= {page.replace("not-a-link", "<secret>") for page in looked_at}
    looked_at |= {page.replace("not-a-token", "<token>") for page in looked_at}

    assert set(addresses(get_resolver().url_patterns)) - looked_at - ELSEWHERE == set()


def signed_in(
    portal: str, email: str = people.LAUNDRY_EMAIL, password: str = people.LAUNDRY_PASSWORD
) -> Any:
    """The cookie of a member who has signed in. The form is filled in by other tests."""
    client = Client(headers={"host": "localhost"})
    row = {"username": email, "password": password}
    assert client.post("/accounts/login/", row).status_code == 302
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": portal}


def look_at(page: Page, name: str) -> None:
    """All that is asked of every page, at the page the window shows now."""
    measure_all(page)
    record(page, name)


def look_at_in_spanish(page: Page, name: str) -> None:
    measure_in(page, "es")
    record(page, name, "es")


def look_at_in_other_languages(page: Page, name: str) -> None:
    look_at_in_spanish(page, name)
    measure_in_third_language(page)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_page(address: str, page: Page) -> None:
    page.goto(address)
    look_at(page, "public" + address)
    look_at_in_other_languages(page, "public" + address)


@pytest.mark.parametrize("address", SIGNED_IN)
def test_members_page(
    address: str, page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.context.add_cookies([signed_in(str(live_server))])
    answer = page.goto(address.format(account=cast.account("10000101").pk))
    assert answer
    assert answer.ok
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    look_at(page, "member" + address.split("?", maxsplit=1)[0])
    look_at_in_other_languages(page, "member" + address.split("?", maxsplit=1)[0])


def test_dashboard_and_accounts_of_a_property_manager(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert background_work.wait(60)  # the balances
    page.goto("/")
    look_at(page, "manager/")
    page.goto("/accounts/")
    look_at(page, "manager/accounts/")


@pytest.mark.parametrize("verdict", ["open", "Paid", "Declined"])
def test_payment_page_and_receipt(
    verdict: str, page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("main iframe")).to_be_visible()
    if verdict == "Paid":
        approve(page)
    if verdict == "Declined":
        page.frame_locator("main iframe").get_by_role("button", name="Decline").click()
        page.frame_locator("main iframe").get_by_role("link", name="Return to").click()
    if verdict != "open":
        expect(page.get_by_role("heading", name=verdict)).to_be_visible()
    look_at(page, f"payment-{verdict}")
    look_at_in_other_languages(page, f"payment-{verdict}")


def test_waiting_receipt(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    Client(headers={"host": "localhost"}).post("/pay/", {"account_number": "10000101"})
    page.goto(f"/pay/{Checkout.objects.get().address}/receipt/")
    expect(page.get_by_role("heading", name="Being confirmed")).to_be_visible()
    look_at(page, "payment-waiting")


def walk_to_finish(page: Page) -> str:
    page.goto("/accounts/register/")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.get_by_label("Email").fill("rosa@example.com")
    page.get_by_label("Choose a password").fill("seven quiet herons at dawn")
    page.get_by_role("main").get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    return link_in_mail(mail.outbox[-1], "/accounts/finish/")


def walk_to_finish_an_existing_login(page: Page) -> str:
    page.goto("/accounts/existing-login/")
    page.get_by_label("Email").fill("mei.chen@example.org")
    page.get_by_label("Password", exact=True).fill("a password of her own")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="We found 1 account")).to_be_visible()
    look_at(page, "existing-login-sent")
    look_at_in_other_languages(page, "existing-login-sent")
    return link_in_mail(mail.outbox[-1], "/accounts/existing-login/")


def walk_to_reset(page: Page) -> str:
    page.goto("/accounts/password-reset/")
    page.get_by_label("Email").fill(people.LAUNDRY_EMAIL)
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page).to_have_url("/accounts/password-reset/sent/")
    return link_in_mail(mail.outbox[-1], "/accounts/password-reset/")


def walk_to_password_approval(page: Page) -> str:
    ask_for_a_change(page, "password", BILLING_HAS_ANOTHER)
    page.get_by_label("New password", exact=True).fill("seven quiet herons at dawn")
    page.get_by_role("main").get_by_role("button", name="Change password").click()
    return approval(page, "/accounts/sign-in/password/")


def walk_to_email_approval(page: Page) -> str:
    ask_for_a_change(page, "email", BILLING_HAS_ANOTHER)
    page.get_by_label("New email").fill("willow@example.com")
    page.get_by_role("button", name="Send the email").click()
    return approval(page, "/accounts/sign-in/email/approve/")


def walk_to_email_confirmation(page: Page) -> str:
    ask_for_a_change(page, "email", people.LAUNDRY_PASSWORD)
    page.get_by_label("New email").fill("willow@example.com")
    page.get_by_role("button", name="Send the email").click()
    return approval(page, "/accounts/sign-in/email/confirm/")


def ask_for_a_change(page: Page, what: str, password_there: str) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    biller = Biller.objects.get(slug="springfield-water")
    client_of(biller).update_password(email=people.LAUNDRY_EMAIL, new_password=password_there)
    page.goto(f"/accounts/sign-in/{what}/")
    page.get_by_label("Current password", exact=True).fill(people.LAUNDRY_PASSWORD)


def approval(page: Page, path: str) -> str:
    """The page that says a mail is on its way, and the link in the mail."""
    expect(page.get_by_role("heading", name="Profile and security")).to_be_visible()
    look_at(page, f"after-asking{path}")
    return link_in_mail(mail.outbox[-1], path)


WALKS = (
    walk_to_finish,
    walk_to_finish_an_existing_login,
    walk_to_reset,
    walk_to_password_approval,
    walk_to_email_approval,
    walk_to_email_confirmation,
)


@pytest.mark.parametrize("walk", WALKS)
def test_page_behind_a_mail(
    walk: Callable[[Page], str], page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.goto(walk(page))
    look_at(page, walk.__name__)
    look_at_in_other_languages(page, walk.__name__)


WITH_ERRORS = ("/accounts/login/", "/accounts/register/", "/accounts/existing-login/", "/pay/")


@pytest.mark.parametrize("address", WITH_ERRORS)
def test_page_with_errors(address: str, page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    page.goto(address)
    page.get_by_role("main").locator("form[novalidate] button").last.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    look_at(page, "errors" + address)


def test_signing_in_by_keyboard_alone(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(people.LAUNDRY_EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(people.LAUNDRY_PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
