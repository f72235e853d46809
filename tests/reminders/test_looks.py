"""Pages of stories 21 and 22 in the states that a mere visit doesn't show."""

import os
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from tests import cast as people
from tests.accounts.notifications.test_emails import EMAILS
from tests.browser.looks import DESK, PHONE, assert_accessible, assert_no_sideways_scroll
from tests.cast import Cast
from tests.reminders.knowing import known

FOLDER = os.environ.get("SCREENSHOTS", "")
CALENDAR = re.compile(r"^http://localhost:\d+/reminders/calendar/[\w-]{43}\.ics$")


def look(page: Page, name: str) -> None:
    assert_accessible(page)
    for scheme in ("light", "dark") if FOLDER else ():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            file = Path(FOLDER) / f"{name}-{size['width']}-{scheme}.png"
            page.screenshot(path=str(file), full_page=True)
    page.emulate_media(color_scheme="light")


@pytest.fixture
def member_page(page: Page, live_server: object, cast: Cast) -> Page:
    """Signed in without Invoice Cloud, so that no notice stands before the reminder."""
    browser = Client()
    browser.force_login(cast.laundry)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    address = str(live_server)
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return page


def test_a_line_is_closed_by_keyboard(member_page: Page, cast: Cast) -> None:
    known(cast, 30, ago=timedelta(0), autopay=False, paperless=True)
    page = member_page
    page.goto("/")
    expect(page.get_by_text("AutoPay pays your bills on time")).to_be_visible()
    look(page, "line")
    page.get_by_role("button", name="Hide this reminder").press("Enter")
    expect(page.get_by_text("AutoPay pays your bills on time")).to_have_count(0)


def test_closing_an_account_with_autopay_on(member_page: Page, cast: Cast) -> None:
    account = cast.account("10000101")
    kept.keep(account.pk, Balance(amount=Decimal("84.20"), autopay=True))
    page = member_page
    page.goto("/accounts/sign-in/")
    look(page, "profile")
    page.get_by_role("link", name="Close my account").click()
    expect(page.get_by_text("AutoPay is on.")).to_be_visible()
    look(page, "close")
    page.get_by_label("Password").fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Close my online account").click()
    expect(page.get_by_role("alert")).to_be_focused()
    look(page, "close-error")
    page.get_by_label("Password").fill(people.LAUNDRY_PASSWORD)
    page.get_by_label("I know that this can't be undone").check()
    page.get_by_role("button", name="Close my online account").press("Enter")
    expect(page.get_by_role("heading", name="Your online account is closed")).to_be_visible()
    look(page, "closed")


def test_a_calendar_address(member_page: Page, cast: Cast) -> None:
    cast.biller.sends_reminders = True
    cast.biller.save()
    page = member_page
    page.goto("/reminders/")
    look(page, "reminders")
    page.get_by_role("button", name="Get a calendar address").click()
    expect(page.get_by_label("Calendar address")).to_have_value(CALENDAR)
    look(page, "calendar-address")


@pytest.mark.parametrize("name", ["reset_password", "reminder", "already_member", "email_in_use"])
def test_an_email_at_both_widths(page: Page, cast: Cast, mailoutbox: list, name: str) -> None:  # type: ignore[type-arg]
    EMAILS[name](cast.laundry, cast.biller)()
    page.set_content(str(mailoutbox[0].alternatives[0][0]))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in (390, 700):
            page.set_viewport_size({"width": width, "height": 800})
            assert_no_sideways_scroll(page)
            if FOLDER:
                file = Path(FOLDER) / f"email-{name}-{width}-{scheme}.png"
                page.screenshot(path=str(file), full_page=True)
    column = page.locator(".column").bounding_box()
    assert column
    assert column["width"] == 600
