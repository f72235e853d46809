"""Story 1 in two tabs of one browser: the second one's form is older than the sign-in."""

import re

from playwright.sync_api import Page, expect

from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.walks import sign_in
from tests.sandbox_process import SandboxProcess


def submit(tab: Page) -> None:
    tab.get_by_label("Email").fill(people.LAUNDRY_EMAIL)
    tab.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    tab.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def test_the_second_tab_is_taken_in(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    second = page.context.new_page()
    second.goto("/accounts/")
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page).to_have_url("/")
    submit(second)
    expect(second).to_have_url(re.compile(r"/accounts/$"))
    expect(second.get_by_role("heading", level=1)).to_have_text("My accounts")


def test_without_its_cookie_the_form_is_there_again(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.goto("/accounts/login/?next=/accounts/")
    page.context.clear_cookies()
    submit(page)
    expect(page.get_by_role("status")).to_contain_text("Please try again.")
    expect(page.get_by_label("Email")).to_have_value(people.LAUNDRY_EMAIL)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    assert_accessible(page)
    submit(page)
    expect(page).to_have_url(re.compile(r"/accounts/$"))
