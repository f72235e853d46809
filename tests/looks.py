"""What every page must hold to be usable: axe's rules, no sideways scrolling, a way by keyboard."""

import os
import re
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
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
RUN = f"async options => [(await axe.run(document, options)).violations, {WIDTHS}]"
AXE = Axe().axe_script
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
# Each differs from the one before in one thing only, which is all there is to set.
LOOKS = (("light", PHONE), ("dark", PHONE), ("dark", DESK), ("light", DESK))


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can find, at both widths, light and dark."""
    page.wait_for_load_state()  # a part of a page has no heading yet
    page.evaluate(AXE)
    set_scheme, set_size = None, None
    for scheme, size in LOOKS:
        if scheme != set_scheme:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if size != set_size:
            page.set_viewport_size(size)  # type: ignore[arg-type]
        set_scheme, set_size = scheme, size
        rules = EVERYTHING if scheme == "light" else COLORS
        _assert_usable(page, rules, f"{scheme}, {size['width']} px")
        _keep_picture(page, f"{size['width']}-{scheme}")


def _assert_usable(page: Page, rules: dict[str, object], where: str) -> None:
    found, widths = page.evaluate(RUN, {**OPTIONS, "runOnly": rules})
    words = [
        f"{rule['id']} ({rule['help']}): {[node['html'][:160] for node in rule['nodes']][:4]}"
        for rule in found
    ]
    assert not words, f"{page.url} ({where}): " + "; ".join(words)
    _assert_fits(page, *widths)


def _keep_picture(page: Page, what: str) -> None:
    """Of the admin's pages, with `SCREENSHOTS=folder`; others have names of their own in
    `tests.journeys.test_every_page`."""
    folder, address = os.environ.get("SCREENSHOTS"), urlsplit(page.url).path.strip("/")
    if folder and address.startswith("admin"):
        shown = re.sub(r"\W+", "-", f"{address} {page.title()}".lower())
        page.screenshot(path=str(Path(folder) / f"{shown[:90]}-{what}.png"), full_page=True)


def assert_no_sideways_scroll(page: Page) -> None:
    _assert_fits(page, *page.evaluate(WIDTHS))


def _assert_fits(page: Page, wide: int, seen: int) -> None:
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen} px"
