from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import STAFF_PASSWORD, Cast, staff


@pytest.fixture
def clerk(chromium: Browser, live_server: object, cast: Cast) -> Iterator[Page]:
    """The browser of somebody of finance, signed in, beside the customer's."""
    context = chromium.new_context(base_url=str(live_server), locale="en-US")
    context.set_default_timeout(15_000)
    window = context.new_page()
    window.goto("/admin/")
    window.get_by_label("Email").fill(staff("finance", cast.biller).email)
    window.get_by_label("Password").fill(STAFF_PASSWORD)
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("heading", name="Back office")).to_be_visible()
    yield window
    context.close()
