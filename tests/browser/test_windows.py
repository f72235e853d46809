"""All windows of a worker share one profile of Chromium, and each begins as if it were new."""

import pytest
from playwright.sync_api import Page

FOUND = """async () => ({
    stored: localStorage.length + sessionStorage.length,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    allowed: (await navigator.permissions.query({name: "geolocation"})).state === "granted",
    routed: (await fetch("/robots.txt")).headers.has("x-routed"),
})"""


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_window_finds_nothing_of_another_test(page: Page, live_server: object, time: str) -> None:
    page.goto("/accounts/login/")
    assert page.evaluate(FOUND) == dict.fromkeys(("stored", "dark", "allowed", "routed"), 0)
    assert "left" not in [cookie.get("name") for cookie in page.context.cookies()]
    assert page.viewport_size == {"width": 1280, "height": 720}
    assert len(page.context.pages) == 2
    leave_all_kinds_of_things(page)


def leave_all_kinds_of_things(page: Page) -> None:
    page.evaluate("localStorage.left = sessionStorage.left = 1")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    page.context.add_cookies([{"name": "left", "value": "1", "url": "http://127.0.0.1"}])
    page.context.grant_permissions(["geolocation"])
    routed = {"x-routed": "1"}
    page.context.route("**/robots.txt", lambda route: route.fulfill(headers=routed, body=""))
    page.context.new_page()
