"""Staff are warned before their session ends, as members are."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests import cast as people
from tests.accounts.sessions.clock import Clock
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.journeys.pages.records import keep_pictures


@pytest.mark.usefixtures("own_clock")
def test_in_the_back_office(
    page: Page, live_server: object, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    client = Client(headers={"host": "localhost"})
    clerk = people.staff("support", cast.biller)
    client.force_login(clerk)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": str(live_server)}])
    page.clock.install()
    page.goto("/admin/")
    clock.go(minutes=13, seconds=30)
    page.clock.fast_forward(13 * 60_000 + 30_000)
    dialog = page.get_by_role("dialog", name="Do you need more time?")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    keep_pictures(page, "session-staff")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    clock.go(minutes=16)
    page.clock.fast_forward(16 * 60_000)
    page.wait_for_url("/admin/login/?next=/admin/")
