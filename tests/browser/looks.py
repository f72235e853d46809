"""What every page must hold to be usable: axe's rules, no sideways scrolling, a way by keyboard."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.chromium import load_axe
from tests.browser.contrast import TEXTS, faults_of_colors

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES: dict[str, object] = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],  # what is right takes longer to tell than to find
    # Invoice Cloud's own pages inside the frame are not ours to judge.
    "iframes": False,
}
# The rules about colors, and so all that may come out otherwise in the dark, are asked apart.
NO_COLORS = {rule: {"enabled": False} for rule in ("color-contrast", "link-in-text-block")}
BUT_COLORS = {**RULES, "rules": NO_COLORS}
ARE_TARGETS_CLOSE = Path(__file__).with_name("targets.js").read_text().strip()
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
# Measuring targets takes axe as long as all other rules, and few pages have any that are close.
RUN = f"""async rules => {{
  const targets = {{"target-size": {{enabled: ({ARE_TARGETS_CLOSE})()}}}};
  const asked = {{...rules, rules: {{...rules?.rules, ...targets}}}};
  const found = rules ? (await axe.run(document, asked)).violations : [];
  return [found, await ({TEXTS})(), {WIDTHS}];
}}"""
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 800}
# Each differs from the one before in one thing only, which is all there is to set.
LOOKS = (("light", PHONE), ("dark", PHONE), ("dark", DESK), ("light", DESK))


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can find, at both widths, light and dark."""
    page.wait_for_load_state()  # a part of a page has no heading yet
    load_axe(page)
    set_scheme, set_size = None, None
    for scheme, size in LOOKS:
        if scheme != set_scheme:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if size != set_size:
            page.set_viewport_size(size)  # type: ignore[arg-type]
        set_scheme, set_size = scheme, size
        where = f"{scheme}, {size['width']} px"
        assert_usable(page, where, BUT_COLORS if scheme == "light" else None)
        _keep_picture(page, f"{size['width']}-{scheme}")


def assert_usable(page: Page, where: str, rules: dict[str, object] | None = None) -> None:
    """The page as it is shown now: its colors, no sideways scrolling, and these rules of axe."""
    found, texts, widths = page.evaluate(RUN, rules)
    faults = [
        f"{rule['id']} ({rule['help']}): {[node['html'][:160] for node in rule['nodes']][:4]}"
        for rule in found
    ] + faults_of_colors(page, texts)
    assert not faults, f"{page.url} ({where}): " + "; ".join(faults)
    _assert_fits(page, *widths)


def _keep_picture(page: Page, what: str) -> None:
    """Of the admin's pages, with `SCREENSHOTS=folder`; others have names of their own in
    `tests.journeys.pages.test_every_page`."""
    folder, address = os.environ.get("SCREENSHOTS"), urlsplit(page.url).path.strip("/")
    if folder and address.startswith("admin"):
        shown = re.sub(r"\W+", "-", f"{address} {page.title()}".lower())
        page.screenshot(path=str(Path(folder) / f"{shown[:90]}-{what}.png"), full_page=True)


def assert_no_sideways_scroll(page: Page) -> None:
    _assert_fits(page, *page.evaluate(WIDTHS))


def _assert_fits(page: Page, wide: int, seen: int) -> None:
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen} px"
