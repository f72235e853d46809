"""What every page must hold to be usable: axe's rules, no sideways scrolling, a way by keyboard."""

import os
import re
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that look at colors, and so all that may come out otherwise in the dark.
OF_COLORS = ["color-contrast", "link-in-text-block"]
EVERYTHING, COLORS = {"type": "tag", "values": TAGS}, {"type": "rule", "values": OF_COLORS}
OPTIONS = {
    "resultTypes": ["violations"],  # what is right takes longer to tell than to find
    # Invoice Cloud's own pages inside the frame are not ours to judge.
    "iframes": False,
}
RULES = {**OPTIONS, "runOnly": EVERYTHING}
RUN = "options => axe.run(document, options).then(found => found.violations)"
AXE = Axe().axe_script
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
LOOKS = [*product(("light", "dark"), (PHONE, DESK))]


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can find, at both widths, light and dark."""
    page.wait_for_load_state()  # a part of a page has no heading yet
    page.evaluate(AXE)
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        rules = EVERYTHING if scheme == "light" else COLORS
        _assert_no_violations(page, rules, f"{scheme}, {size['width']} px")
        assert_no_sideways_scroll(page)
        _keep_picture(page, f"{size['width']}-{scheme}")
    page.emulate_media(color_scheme="light")


def _assert_no_violations(page: Page, rules: dict[str, object], where: str) -> None:
    found = page.evaluate(RUN, {**OPTIONS, "runOnly": rules})
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
