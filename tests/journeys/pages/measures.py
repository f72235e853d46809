"""All that is measured on a page as it is shown now, in one visit.

- axe's rules, light and dark, at both widths, and with the system's own colors
- targets of 44 px, no words cut off or on others, no sideways scroll: at 320 px, at 320 px with
  letters twice as large, with the spacing of WCAG 1.4.12, and at 200 % zoom of 1280 px
- the same in another language
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.chromium import load_axe
from tests.browser.looks import BUT_COLORS, PHONE, assert_accessible, assert_usable

MEASURE = Path(__file__).with_name("measures.js").read_text()
ZOOMED = {"width": 640, "height": 400}  # 1280 x 800 at 200 %
# Side by side at 320 px: as it is, with the spacing of WCAG 1.4.12, with letters twice as large. A
# sheet that a script makes is not barred by the Content-Security-Policy.
MEASURE_ON_PHONE = f"""() => {{
  const measure = {MEASURE.strip().removesuffix(";")};
  const found = {{"320 px": measure()}};
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [sheet];
  const more = css => {{ sheet.replaceSync(css); return measure(); }};
  found["text spacing"] = more(`* {{ line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important }} p {{ margin-bottom: 2em !important }}`);
  found["letters twice as large"] = more("html {{ font-size: 200% !important }}");
  document.adoptedStyleSheets = [];
  return found;
}}"""


def measure(page: Page) -> None:
    """Fails with every fault of the page, each with the window it was seen in."""
    page.wait_for_load_state()  # with its style sheets, after which a size is what it will be
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    found: dict[str, list[str]] = {"200 % zoom": page.evaluate(MEASURE)}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found |= page.evaluate(MEASURE_ON_PHONE)
    faults = {where: lines for where, lines in found.items() if lines}
    assert not faults, f"{page.url}: {faults}"


def measure_all(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.title()
    measure(page)
    assert_accessible(page)
    in_systems_colors(page)


def in_systems_colors(page: Page) -> None:
    page.emulate_media(color_scheme="light", forced_colors="active")
    assert_usable(page, "forced colors")
    page.emulate_media(forced_colors="none")


def measure_in(page: Page, language: str) -> None:
    change_language(page, language)
    measure_again(page, language)


def measure_again(page: Page, language: str) -> None:
    """The page in another language: axe's rules light, dark, and with the system's own colors, and
    all that may depend on how long the words are."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.wait_for_load_state()
    measure(page)
    load_axe(page)
    assert_usable(page, language, BUT_COLORS)
    page.emulate_media(color_scheme="dark")
    assert_usable(page, f"{language}, dark")
    in_systems_colors(page)


def change_language(page: Page, language: str) -> None:
    cookie: Any = {"name": "django_language", "value": language, "url": page.url}
    page.context.add_cookies([cookie])
    page.goto(page.url)
