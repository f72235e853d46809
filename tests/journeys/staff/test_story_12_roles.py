"""Story 12, who may what: each role does its work in a browser, and gets 403 for the rest."""

import re

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import StaffInvitation, User
from accounts.models.second_factor import SecondFactor
from payments.models import Payment, Postback
from tests.accounts.codes import code_of, wrong_code
from tests.browser.looks import assert_accessible
from tests.cast import LAUNDRY_EMAIL, STAFF_PASSWORD, Cast, staff
from tests.payments.paying import members, postback_fields, send_postback

LISTS = (
    "accounts/member",
    "accounts/staffuser",
    "accounts/utilityaccount",
    "accounts/linkedaccount",
    "accounts/signup",
    "accounts/credentialchange",
    "payments/checkout",
    "payments/payment",
    "payments/postback",
    "payments/postback/review",
    "payments/reviewdecision",
    "payments/reconciliation",
    "payments/payment/where",
    "payments/payment/reports",
    "icsso/biller",
    "icsso/announcement",
    "auditlog/logentry",
    "django_tasks_database/dbtaskresult",
    "accounts/staffinvitation/add",
    "cis/accountimport/add",
    "icsso/announcement/add",
    "icsso/biller/add",
)
SUPPORTS = {
    "accounts/member",
    "accounts/utilityaccount",
    "accounts/linkedaccount",
    "accounts/signup",
    "accounts/credentialchange",
    "payments/checkout",
    "payments/payment",
    "payments/payment/where",
}
FINANCES = {
    "accounts/utilityaccount",
    "cis/accountimport/add",
    "payments/checkout",
    "payments/payment",
    "payments/postback",
    "payments/postback/review",
    "payments/reviewdecision",
    "payments/reconciliation",
    "payments/payment/where",
    "payments/payment/reports",
}
SUPERUSERS = {
    "icsso/biller/add",
    "django_tasks_database/dbtaskresult",
}


def sign_in(page: Page, person: User) -> None:
    page.goto("/admin/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def assert_opens(page: Page, own: set[str]) -> None:
    """These, and of all others nothing but 403."""
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    found = {
        address
        for address in LISTS
        if page.request.get(f"/admin/{address}/", max_redirects=0).status == 200
    }
    refused = {
        address
        for address in LISTS
        if page.request.get(f"/admin/{address}/", max_redirects=0).status == 403
    }
    assert found == own
    assert refused == set(LISTS) - own


def test_support_answers_a_member_who_calls(page: Page, cast: Cast) -> None:
    sign_in(page, staff("support", cast.biller))
    assert_opens(page, SUPPORTS)
    page.get_by_role("main").get_by_role("link", name="Members", exact=True).click()
    page.locator("#searchbar").fill("10000101")
    page.locator("#changelist-search").get_by_role("button", name="Search").click()
    page.get_by_role("link", name=LAUNDRY_EMAIL).click()
    expect(page.get_by_role("link", name="View as member")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("link", name="View as member").click()
    expect(page.get_by_role("note")).to_contain_text("View only.")
    assert_accessible(page)
    page.get_by_role("link", name=LAUNDRY_EMAIL).click()
    page.get_by_role("link", name="Send password reset email").click()
    expect(page.get_by_role("button", name="Send password reset email")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send password reset email").click()
    expect(page.get_by_text("Done: Send password reset email.")).to_be_visible()
    assert mail.outbox[0].to == [LAUNDRY_EMAIL]


def test_finance_decides_about_a_payment(page: Page, cast: Cast) -> None:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="Yes"))
    sign_in(page, staff("finance", cast.biller))
    assert_opens(page, FINANCES)
    page.get_by_role("link", name="Review queue").first.click()
    expect(page.get_by_text("Approved is neither True nor False").first).to_be_visible()
    postback = Postback.objects.get()
    page.goto(f"/admin/payments/postback/{postback.pk}/review/")
    page.get_by_label(re.compile("accept", re.I)).first.check()
    page.get_by_label(re.compile("note|why", re.I)).first.fill("The bank confirms it.")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_text("Saved: ")).to_be_visible()
    assert Payment.objects.get().checkout == checkout


def test_an_administrator_invites_a_staff_user(page: Page, cast: Cast) -> None:
    sign_in(page, staff("administrator", cast.biller))
    assert_opens(page, set(LISTS) - SUPERUSERS)
    page.goto("/admin/accounts/staffinvitation/add/")
    page.get_by_role("textbox", name="Email").fill("clerk@example.com")
    page.get_by_label("support").check()
    page.get_by_label("Springfield Water").check()
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("We've sent an invitation to clerk@example.com.")).to_be_visible()
    invitation = StaffInvitation.objects.get(email="clerk@example.com")
    assert [group.name for group in invitation.roles.all()] == ["support"]
    assert mail.outbox[-1].to == ["clerk@example.com"]


@pytest.fixture
def demanded(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


def test_the_second_factor_is_set_up_and_asked_for(page: Page, cast: Cast, demanded: None) -> None:
    clerk = staff("support", cast.biller)
    sign_in(page, clerk)
    expect(page.get_by_role("heading", name="Set up two-step verification")).to_be_visible()
    page.wait_for_load_state()
    assert page.get_by_role("img", name="QR code").evaluate("image => image.naturalWidth") > 100
    assert_accessible(page)
    key = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_of(key))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert_accessible(page)
    recovery = page.locator("code").first.inner_text()
    page.get_by_role("link", name="I've saved them").click()
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    page.locator("#user-tools summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    sign_in(page, clerk)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    page.get_by_label("Code").fill(wrong_code(key))
    page.keyboard.press("Enter")
    expect(page.get_by_text("That code is wrong")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Code").fill(recovery)  # in the field of the app's codes
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    assert SecondFactor.objects.get().recovery_codes.count() == 9
