"""Story 10 in a browser: email and password change, and both sides hold the same in the end."""

import re

from django.core import mail
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from accounts.models.credential_change import CredentialChange
from tests import cast as people
from tests.cast import Cast
from tests.journeys.walks import fault, frame, link_in_mail, sign_in, sign_out
from tests.sandbox_process import SandboxProcess

EMAIL, OLD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD
NEW = "a new kettle for the porch"
NEW_EMAIL = "willow@example.com"
ELSEWHERE = "a password known there only"


def test_change_password(
    page: Page, chromium: Browser, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    phone = chromium.new_context(base_url=str(live_server)).new_page()
    sign_in(phone, EMAIL, OLD)
    expect(phone.get_by_role("button", name="Sign out")).to_be_visible()
    sign_in(page, EMAIL, OLD)

    open_my_sign_in(page)
    expect(page.get_by_role("row", name=re.compile("Chrome on Linux"))).to_have_count(2)
    change_password(page)

    expect(page.get_by_text("Your password was changed.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Chrome on Linux"))).to_have_count(1)
    assert_both_hold(sandbox, cast, EMAIL, NEW)
    assert mail.outbox[-1].subject == "Your password at Springfield Water was changed"
    phone.goto("/accounts/")
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    phone.context.close()
    assert_bills_open(page)


def test_change_password_where_billing_has_another_one(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, OLD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    control(sandbox, "users", password=ELSEWHERE, accounts=["10000101"])

    open_my_sign_in(page)
    change_password(page)

    expect(page.get_by_text("Nothing has changed yet.")).to_be_visible()
    assert is_right_there(sandbox, EMAIL, ELSEWHERE)
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/sign-in/password/"))
    page.get_by_label("Choose a password").fill(NEW)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("Your password was changed.")).to_be_visible()
    assert_both_hold(sandbox, cast, EMAIL, NEW)
    assert_bills_open(page)


def test_change_password_and_billing_does_not_answer(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, OLD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    fault(sandbox, "update_password", "reset_after")

    open_my_sign_in(page)
    change_password(page)

    expect(page.get_by_text("t know yet which password is in use")).to_be_visible()
    assert is_right_there(sandbox, EMAIL, NEW)
    assert User.objects.get(pk=cast.laundry.pk).check_password(OLD)
    sandbox.control("DELETE", "/_control/api/faults")
    sign_out(page)
    sign_in(page, EMAIL, NEW)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert_both_hold(sandbox, cast, EMAIL, NEW)


def test_change_e_mail(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    sign_in(page, EMAIL, OLD)

    open_my_sign_in(page)
    change_email(page)

    expect(page.get_by_text(f"Changing to {NEW_EMAIL}")).to_be_visible()
    assert mail.outbox[-1].to == [NEW_EMAIL]
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/sign-in/email/confirm/"))
    page.get_by_label("Password", exact=True).fill(OLD)
    page.get_by_role("button", name="Change email").click()
    expect(page.get_by_text(f"From now on, sign in with {NEW_EMAIL}.")).to_be_visible()
    assert [message.to for message in mail.outbox[-2:]] == [[EMAIL], [NEW_EMAIL]]
    assert_both_hold(sandbox, cast, NEW_EMAIL, OLD)
    assert_bills_open(page)
    sign_out(page)
    sign_in(page, EMAIL, OLD)
    expect(page.get_by_role("main")).to_contain_text("don't match")
    sign_in(page, NEW_EMAIL, OLD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_change_e_mail_where_billing_has_another_password(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, OLD)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    control(sandbox, "users", password=ELSEWHERE, accounts=["10000101"])

    open_my_sign_in(page)
    change_email(page)

    expect(page.get_by_text(f"so we sent an email to {EMAIL} first")).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/sign-in/email/approve/"))
    page.get_by_role("button", name="Approve").click()
    expect(
        page.get_by_text(f"Next, open the link in the email we sent to {NEW_EMAIL}.")
    ).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/sign-in/email/confirm/"))
    page.get_by_label("Password", exact=True).fill(OLD)
    page.get_by_role("button", name="Change email").click()
    expect(page.get_by_text("Your email was changed.")).to_be_visible()
    assert_both_hold(sandbox, cast, NEW_EMAIL, OLD)
    assert_bills_open(page)


def test_sign_out_everywhere(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    sign_in(page, EMAIL, OLD)

    open_my_sign_in(page)
    page.get_by_role("button", name="Sign out everywhere").click()

    expect(page.get_by_text("You've been signed out everywhere.")).to_be_visible()
    page.goto("/accounts/sign-in/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def open_my_sign_in(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role(
        "link", name="Profile and security"
    ).click()
    expect(page.get_by_role("heading", name="Profile and security")).to_be_visible()


def change_password(page: Page) -> None:
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password", exact=True).fill(OLD)
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_role("button", name="Change password").click()


def change_email(page: Page) -> None:
    page.get_by_role("link", name="Change email").click()
    page.get_by_label("New email").fill(NEW_EMAIL)
    page.get_by_label("Current password", exact=True).fill(OLD)
    page.get_by_role("button", name="Send the email").click()


def assert_bills_open(page: Page) -> None:
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()


def assert_both_hold(sandbox: SandboxProcess, cast: Cast, email: str, password: str) -> None:
    member = User.objects.get(pk=cast.laundry.pk)
    assert member.email == email
    assert member.check_password(password)
    assert is_right_there(sandbox, email, password)
    emails = [u["email"] for u in sandbox.state("users") if u["accounts"] == ["10000101"]]
    assert emails == [email]
    assert not CredentialChange.objects.open().exists()


def control(sandbox: SandboxProcess, what: str, **row: object) -> object:
    row = {"api_key": people.API_KEY, "email": EMAIL, **row}
    return sandbox.control("POST", f"/_control/api/{what}", row)


def is_right_there(sandbox: SandboxProcess, email: str, password: str) -> bool:
    answer = control(sandbox, "users/check", email=email, password=password)
    return bool(answer["matches"])  # type: ignore[index]
