"""What every page must hold to be usable: axe's rules, no sideways scrolling, a way by keyboard."""

import os
import re
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],  # what is right takes longer to tell than to find
    # Invoice Cloud's own pages inside the frame are not ours to judge.
    "iframes": False,
}
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
LOOKS = [*product(("light", "dark"), (PHONE, DESK))]


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can find, at both widths, light and dark.

    `LOOKS=once`, for the suite's second run on other servers, which change no look: one of them.
    """
    page.wait_for_load_state()  # a part of a page has no heading yet
    for scheme, size in LOOKS[-1:] if os.environ.get("LOOKS") == "once" else LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        _assert_no_violations(page, f"{scheme}, {size['width']} px")
        assert_no_sideways_scroll(page)
        _keep_picture(page, f"{size['width']}-{scheme}")
    page.emulate_media(color_scheme="light")


def _assert_no_violations(page: Page, where: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    words = [
        f"{rule['id']} ({rule['help']}): {[node['html'][:160] for node in rule['nodes']][:4]}"
        for rule in found
    ]
    assert not words, f"{page.url} ({where}): " + "; ".join(words)


def _keep_picture(page: Page, what: str) -> None:
    """Of the admin's pages, with `SCREENSHOTS=folder`; others have names of their own in
    `tests.journeys.test_every_page`."""
    folder, address = os.environ.get("SCREENSHOTS"), urlsplit(page.url).path.strip("/")
    if folder and address.startswith("admin"):
        shown = re.sub(r"\W+", "-", f"{address} {page.title()}".lower())
        page.screenshot(path=str(Path(folder) / f"{shown[:90]}-{what}.png"), full_page=True)


def assert_no_sideways_scroll(page: Page) -> None:
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen} px"
