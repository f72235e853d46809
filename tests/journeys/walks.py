"""Steps that several journeys take, as a person takes them."""

import re
from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMessage
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.browser.looks import DESK
from tests.sandbox_process import SandboxProcess


def sign_in(page: Page, email: str, password: str) -> None:
    """Until the answer is there, whatever it is: `goto` would break off what a click has begun."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def frame(page: Page) -> FrameLocator:
    """Invoice Cloud's page inside ours."""
    return page.frame_locator("main iframe")


THANKS = "Thank you for your payment!"  # with no way back
STATUS = re.compile(r"/pay/[\w-]+/status/$")
RECEIPT = re.compile(r"/receipt/$")


def approve(page: Page) -> None:
    """Pays on the hosted page and leaves it by its link, sooner than it would leave by itself, and
    than the portal, which watches for the payment, leads to the receipt. Without such a link, the
    portal leads there, or Invoice Cloud does at once."""
    page.route(STATUS, lambda route: route.abort())
    frame(page).get_by_role("button", name="Approve").click()
    way_back = frame(page).get_by_role("link", name=re.compile("Return to"))
    ended = way_back.or_(frame(page).get_by_text(THANKS))
    until(page, lambda: bool(RECEIPT.search(page.url)) or ended.is_visible(), "its end")
    if way_back.count():
        way_back.click()
    else:
        page.unroute(STATUS)
    page.wait_for_url(RECEIPT)
    page.unroute(STATUS)


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Waits 15 seconds for what no page shows, such as a row or a request."""
    for _ in range(150):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came: {what}")


def held(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """The requests to this address, each of which waits until the test lets it go on."""
    found: list[Route] = []

    def hold(route: Route) -> None:
        found.append(route)

    page.route(address, hold)
    return found


def fault(sandbox: SandboxProcess, operation: str, kind: str, **more: Any) -> None:
    sandbox.control(
        "POST",
        "/_control/api/faults",
        {"operation": operation, "kind": kind, "times": None, **more},
    )


def link_in_mail(message: EmailMessage, path: str) -> str:
    """The link of a mail that leads to a path of ours."""
    found = re.search(rf"https?://\S+{re.escape(path)}\S+", str(message.body))
    assert found, f"no link to {path} in the mail “{message.subject}”"
    return found.group().rstrip(".")
