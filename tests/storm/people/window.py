"""A guest with a real browser: Chromium, the payment page in its frame, the receipt."""

import time
from contextlib import suppress
from random import Random

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser.chromium import QUIET, program
from tests.storm.town import Town

WAIT = 8_000  # milliseconds, for anything
WORDS = {"Approve": "Paid", "Decline": "Declined"}


def in_chromium(town: Town, random: Random, ends_at: float) -> None:
    """Makes payment after payment. A page that is too slow is left, as customers do."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program(), args=list(QUIET))
        except Error as error:
            town.remarks.append(f"nobody came in Chromium, it did not start: {error.message}")
            return
        while time.monotonic() < ends_at and browser.is_connected():
            town.count("stories")
            town.count("in Chromium")
            try:
                visit(town, browser, random)
            except Error:
                town.count("interrupted")
        browser.close()


def visit(town: Town, browser: Browser, random: Random) -> None:
    with browser.new_context(base_url=town.url, locale="en-US") as context:
        context.set_default_timeout(WAIT)
        window = context.new_page()
        window.on(
            "response",
            lambda answer: (
                town.answered(answer.status, "in Chromium", time.time() - WAIT / 1000)
                if answer.url.startswith(town.url)
                else None
            ),
        )
        pay(town, window, random)


def pay(town: Town, window: Page, random: Random) -> None:
    button = random.choice(("Approve", "Approve", "Decline"))
    window.goto("/pay/")
    window.get_by_label("Account number").fill(random.choice(town.numbers))
    window.get_by_role("button", name="Continue").click()
    if window.get_by_text("Was this bill already paid?").count():
        window.get_by_role("button", name="Pay anyway").click()
    frame = window.frame_locator("iframe.frame")
    frame.get_by_role("button", name=button).click()
    town.count("approved" if button == "Approve" else "declined")
    with suppress(Error):  # the portal itself may open the receipt first
        frame.get_by_role("link", name="Return").click(timeout=5000)
    window.get_by_role("heading", name=WORDS[button]).wait_for()
