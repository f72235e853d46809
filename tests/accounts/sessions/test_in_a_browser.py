"""The dialog before a session ends, and the way back to the form, as a person meets them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from accounts.sessions.store import SessionStore
from tests import cast as people
from tests.accounts.sessions.clock import Clock
from tests.browser.looks import PHONE, assert_accessible
from tests.cast import Cast
from tests.journeys.pages.records import keep_pictures
from tests.journeys.pages.test_every_page import signed_in
from tests.journeys.walks import frame, held, until
from tests.sandbox_process import SandboxProcess

LINK = "/accounts/link/"
SESSION = "**/accounts/session/"
pytestmark = pytest.mark.usefixtures("own_clock")


class Times:
    """The server's time, and a tab's."""

    def __init__(self, server: Clock) -> None:
        self.server = server

    def go(self, *tabs: Page, **passed: float) -> None:
        self.server.go(**passed)
        self.tabs_go(*tabs, **passed)

    def tabs_go(self, *tabs: Page, minutes: float = 0, seconds: float = 0) -> None:
        for tab in tabs:
            tab.clock.fast_forward(int((minutes * 60 + seconds) * 1000))


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    return Times(Clock(monkeypatch))


@pytest.fixture
def tab(page: Page, live_server: object, times: Times, cast: Cast, sandbox: SandboxProcess) -> Page:
    page.context.add_cookies([signed_in(str(live_server))])
    return opened(page, LINK)


def opened(tab: Page, address: str) -> Page:
    tab.clock.install()
    tab.goto(address)
    return tab


def dialog(tab: Page) -> Any:
    return tab.get_by_role("dialog", name="Do you need more time?")


def sign_in_again(tab: Page) -> None:
    tab.get_by_label("Email").fill(people.LAUNDRY_EMAIL)
    tab.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    tab.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def test_two_minutes_before_the_end_and_in_every_tab(tab: Page, times: Times) -> None:
    other = opened(tab.context.new_page(), "/accounts/")
    # Both ask, as less is left by their own clocks: they must have been told before they ask again.
    with tab.expect_response(SESSION), other.expect_response(SESSION):
        times.go(tab, other, minutes=27)
    expect(dialog(tab)).to_be_hidden()
    times.go(tab, other, minutes=1, seconds=30)
    expect(dialog(tab)).to_be_visible()
    expect(dialog(other)).to_be_visible()
    stay = dialog(tab).get_by_role("button", name="Stay signed in")
    expect(stay).to_be_focused()
    assert_accessible(tab)
    keep_pictures(tab, "session-dialog")
    stay.click()
    expect(dialog(tab)).to_be_hidden()
    expect(tab.locator("[data-session-told]")).to_have_text("You're still signed in.")
    times.tabs_go(other, seconds=15)
    expect(dialog(other)).to_be_hidden()
    times.go(tab, other, minutes=20)
    expect(dialog(tab)).to_be_hidden()


def test_escape_stays_signed_in(tab: Page, times: Times) -> None:
    times.go(tab, minutes=28, seconds=30)
    expect(dialog(tab)).to_be_visible()
    with tab.expect_response(SESSION) as answer:
        tab.keyboard.press("Escape")
    assert answer.value.request.method == "POST"
    expect(dialog(tab)).to_be_hidden()


def test_a_click_counts_while_the_page_asks_by_itself(tab: Page, times: Times) -> None:
    times.go(tab, minutes=28, seconds=30)
    expect(dialog(tab)).to_be_visible()
    asked = held(tab, SESSION)
    times.tabs_go(tab, seconds=15)
    until(tab, lambda: bool(asked), "the page's own question")
    dialog(tab).get_by_role("button", name="Stay signed in").click()
    asked[0].continue_()
    until(tab, lambda: len(asked) == 2, "their own")
    asked[1].continue_()
    expect(dialog(tab)).to_be_hidden()


def test_afterwards_the_form_is_filled_in_again(tab: Page, times: Times) -> None:
    tab.get_by_label("Account number").fill("10000104")
    tab.get_by_label("Name on your bill").fill("Rosa Delgado")
    times.go(tab, minutes=45)  # a phone that slept
    tab.wait_for_url(f"/accounts/login/?next={LINK}")
    expect(tab.get_by_text("You were signed out after 30 minutes.")).to_be_visible()
    keep_pictures(tab, "session-ended")
    sign_in_again(tab)
    tab.wait_for_url(LINK)
    expect(tab.get_by_label("Account number")).to_have_value("10000104")
    expect(tab.get_by_label("Name on your bill")).to_have_value("Rosa Delgado")
    expect(tab.get_by_text("Nothing has been sent yet.")).to_be_visible()


def test_the_tabs_own_clock_ends_nothing(tab: Page, times: Times) -> None:
    tab.get_by_label("Account number").fill("10000104")
    with tab.expect_response(SESSION):
        times.tabs_go(tab, minutes=50)
    expect(dialog(tab)).to_be_hidden()
    expect(tab).to_have_url(LINK)
    expect(tab.get_by_label("Account number")).to_have_value("10000104")


def test_without_a_connection_nothing_is_said_to_have_ended(tab: Page, times: Times) -> None:
    times.go(tab, minutes=28, seconds=30)
    expect(dialog(tab)).to_be_visible()
    tab.context.set_offline(True)
    dialog(tab).get_by_role("button", name="Stay signed in").click()
    expect(dialog(tab).get_by_role("alert")).to_be_visible()
    times.tabs_go(tab, minutes=10)
    expect(tab).to_have_url(LINK)
    tab.context.set_offline(False)
    times.tabs_go(tab, seconds=30)
    expect(dialog(tab).get_by_role("alert")).to_be_hidden()
    expect(dialog(tab)).to_be_visible()


def test_the_last_end_is_told_and_not_extended(tab: Page, times: Times) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in tab.context.cookies()}  # type: ignore[typeddict-item]
    session = SessionStore(cookies["sessionid"])
    session["signed_in_at"] -= (11 * 60 + 40) * 60
    session.save()
    times.server.go(minutes=6)  # so that the browser hears of it
    tab.goto(LINK)
    times.go(tab, minutes=12, seconds=30)
    expect(dialog(tab)).to_contain_text("you signed in 12 hours ago")
    expect(dialog(tab).get_by_role("button", name="Stay signed in")).to_be_hidden()
    dialog(tab).get_by_role("button", name="Continue").click()
    times.go(tab, seconds=30)
    expect(dialog(tab)).to_be_hidden()
    times.go(tab, minutes=1)
    expect(tab.get_by_text("You were signed out after 12 hours.")).to_be_visible()


def test_typing_keeps_signed_in_with_a_call_every_five_minutes(tab: Page, times: Times) -> None:
    sent: list[Request] = []
    tab.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    for _ in range(5):
        tab.get_by_label("Account number").press("1")
        times.go(tab, minutes=4)
        tab.get_by_label("Account number").press("1")
        with tab.expect_response(SESSION):
            times.go(tab, minutes=4)
    tab.get_by_label("Account number").press("1")
    times.go(tab, minutes=26)
    expect(dialog(tab)).to_be_hidden()
    assert 5 <= len(sent) <= 6


def test_the_frame_counts_and_the_dialog_is_over_it(tab: Page, times: Times) -> None:
    tab.goto("/billing/bills/")
    field = frame(tab).get_by_role("link").or_(frame(tab).get_by_role("button")).first
    expect(field).to_be_visible()
    times.go(tab, minutes=20)
    with tab.expect_response(SESSION) as answer:
        tab.locator("main iframe").focus()
        times.tabs_go(tab, seconds=10)
    assert answer.value.request.method == "POST"
    # Nothing else is done there: what stays open unattended ends.
    times.go(tab, minutes=28, seconds=30)
    expect(dialog(tab)).to_be_visible()
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    top = "([x, y]) => document.elementFromPoint(x, y).closest('dialog') !== null"
    box = dialog(tab).bounding_box()
    assert tab.evaluate(top, [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    keep_pictures(tab, "session-over-frame")
    times.go(tab, minutes=2)
    tab.wait_for_url("/accounts/login/?next=/billing/bills/")


def test_somebody_else_signed_in_meanwhile(tab: Page, times: Times, live_server: object) -> None:
    """The page of one person does not stay open, nor does its form reach the other."""
    tab.get_by_label("Account number").fill("10000104")
    other = tab.context.new_page()
    other.goto("/accounts/")
    other.get_by_role("button", name="Sign out", exact=True).click()
    expect(other.get_by_role("link", name="Sign in").first).to_be_visible()
    other.goto(f"/accounts/login/?next={LINK}")
    other.get_by_label("Email").fill(people.NEIGHBOUR_EMAIL)
    other.get_by_label("Password", exact=True).fill(people.NEIGHBOUR_PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url(LINK)
    with tab.expect_navigation():
        times.go(tab, minutes=29)
    expect(tab.get_by_label("Account number")).to_have_value("")


def test_switching_the_language_keeps_what_was_typed(page: Page, cast: Cast) -> None:
    page.goto("/accounts/register/")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_label("Email").fill("rosa@example.com")
    page.get_by_label("Choose a password").fill("seven quiet herons at dawn")
    with page.expect_request(re.compile("setlang")) as sent:
        page.get_by_role("button", name="Español").click()
    assert "herons" not in (sent.value.post_data or "")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("[name=account_number]")).to_have_value("10000104")
    expect(page.locator("[name=email]")).to_have_value("rosa@example.com")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_label("Account number")).to_have_value("10000104")


def test_without_a_script_too(page: Page, live_server: LiveServer, cast: Cast) -> None:
    chromium = page.context.browser
    assert chromium
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, locale="en-US"
    )
    page = context.new_page()
    page.goto("/pay/?x=1")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert page.url.endswith("/pay/?x=1")
    expect(page.locator("[name=account_number]")).to_have_value("10000104")
    page.goto("/accounts/register/sent/")  # a page without a form
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()
