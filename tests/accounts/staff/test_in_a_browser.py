"""How staff come in, in a browser: with an invitation, and by single sign-on and back."""

import json

from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import StaffInvitation, StaffUser
from icsso.billers.identity_provider.models import Use
from tests.accounts.staff.conftest import set_up
from tests.accounts.staff.providers import CALLBACK, RealProvider
from tests.browser.looks import assert_accessible
from tests.cast import Cast, other_biller, staff

NEW = "new@springfield-water.example"


def invited(cast: Cast, email: str) -> str:
    """Returns the address that the email leads to."""
    boss = StaffUser.objects.get(pk=staff("administrator", cast.biller).pk)
    invitation = StaffInvitation.objects.create(email=email, invited_by=boss)
    invitation.billers.add(cast.biller)
    invitation.roles.add(Group.objects.get(name="support"))
    return f"/admin/invitation/{invitation.new_link()}/"


def test_an_invitation_is_accepted_by_keyboard(page: Page, cast: Cast) -> None:
    address = invited(cast, NEW)
    page.goto(address)
    assert_accessible(page)
    page.get_by_label("Choose a password").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("Choose a password").fill("seven boats in the harbour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    page.context.clear_cookies()
    page.goto(address)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    page.get_by_label("Email").fill(NEW)
    page.get_by_role("button", name="Send a new link").click()
    expect(page.get_by_text("If there is an invitation")).to_be_visible()


def test_somebody_who_is_staff_already_is_asked_to_sign_in(page: Page, cast: Cast) -> None:
    clerk = staff("support", other_biller())
    page.goto(invited(cast, clerk.email))
    expect(page.get_by_role("link", name="Sign in to accept")).to_be_visible()
    assert_accessible(page)


def test_single_sign_on_leads_to_the_provider_and_back(
    page: Page, cast: Cast, live_server: LiveServer
) -> None:
    """Nothing of the Content-Security-Policy stands in its way."""
    clerk = staff("support", cast.biller)
    provider = RealProvider(f"{live_server}{CALLBACK}")
    try:
        set_up(cast.biller, provider.issuer, use=Use.REQUIRED)
        page.goto("/admin/accounts/member/")
        assert_accessible(page)
        page.get_by_role("link", name="Sign in with Springfield's directory").click()
        claims = {"sub": "clerk-1", "email": "nobody@springfield-water.example"}
        page.get_by_label("Claims").fill(json.dumps({**claims, "email_verified": True}))
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("has no access here")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("link", name="Try again").click()
        known = {**claims, "email": clerk.email, "email_verified": True}
        page.get_by_label("Claims").fill(json.dumps(known))
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    finally:
        provider.stop()
