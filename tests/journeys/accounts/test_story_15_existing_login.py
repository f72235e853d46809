"""Story 15 in a browser: the login that a customer already has, by keyboard alone, and refused."""

import re

from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import LinkedAccount, Member
from icsso.billers.models import Biller
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.journeys.walks import frame, link_in_mail
from tests.sandbox_process import SandboxProcess

EMAIL, PASSWORD = "rosa@example.com", "seven quiet herons at dawn"
START = "/accounts/existing-login/"


def pays_online(sandbox: SandboxProcess, password: str = PASSWORD) -> None:
    user = {"api_key": people.API_KEY, "email": EMAIL, "password": password}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000103", "10000104"]})


def bring(page: Page, password: str = PASSWORD) -> None:
    page.goto(START)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue").click()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until a control of this name has the focus."""
    focused = "document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText"
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate(focused) or "").strip() == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


def test_a_customer_brings_the_login_by_keyboard_alone(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    pays_online(sandbox)
    page.goto("/accounts/login/")
    tab_to(page, "Use that login")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Use the login you already have")
    assert_accessible(page)
    tab_to(page, "Email")
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    expect(page.get_by_role("heading", name="We found 2 accounts")).to_be_visible()
    assert_accessible(page)
    assert not Member.objects.filter(email=EMAIL).exists()

    page.goto(link_in_mail(mail.outbox[-1], START))
    assert_accessible(page)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Welcome! Your 2 accounts are linked.")).to_be_visible()
    links = LinkedAccount.objects.filter(member__email=EMAIL, member__biller=biller)
    assert {(link.state, link.origin) for link in links} == {("registered", "invoice_cloud")}
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000104").first).to_be_visible()


def test_a_wrong_password_keeps_the_email_and_takes_the_focus_to_what_to_do(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    pays_online(sandbox)
    bring(page, "not the password there")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("create an online account")
    expect(page.get_by_label("Email")).to_have_value(EMAIL)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    assert mail.outbox == []


def test_a_short_password_is_replaced_behind_the_link(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    pays_online(sandbox, "tin roof")
    bring(page, "tin roof")
    expect(page.get_by_role("heading", name="We found 2 accounts")).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], START))
    page.get_by_label("Password", exact=True).fill("tin roof")
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("New password"))
    expect(page.get_by_text("so choose a new one")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    user = {"api_key": people.API_KEY, "email": EMAIL, "password": PASSWORD}
    assert sandbox.control("POST", "/_control/api/users/check", user)["matches"]
    assert Member.objects.get(email=EMAIL).check_password(PASSWORD)


def test_with_the_proof_demanded_the_link_asks_for_one_account(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    Biller.objects.update(listed_accounts_need_proof=True)
    pays_online(sandbox)
    bring(page)
    expect(page.get_by_text("Have a bill handy")).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], START))
    assert_accessible(page)
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_text("Welcome! Your account is linked.").first).to_be_visible()
    [link] = LinkedAccount.objects.filter(member__email=EMAIL)
    assert (link.account.account_number, link.origin) == ("10000104", "proof")
