"""All that is measured on a page as it is shown now, in one visit.

- axe's rules, light and dark, at both widths, and with the system's own colors
- targets of 44 px, no words cut off or on others, no sideways scroll: at 320 px, at 320 px with
  letters twice as large, with the spacing of WCAG 1.4.12, and at 200 % zoom of 1280 px
- the same in another language
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.looks import AXE, COLORS, EVERYTHING, PHONE, _assert_usable, assert_accessible

MEASURE = Path(__file__).with_name("measures.js").read_text()
ZOOMED = {"width": 640, "height": 400}  # 1280 x 800 at 200 %
# WCAG 1.4.12; a sheet that a script makes is not barred by the Content-Security-Policy.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets.push(sheet);
}"""
NO_SPACING = "() => { document.adoptedStyleSheets = []; }"
LARGE = "size => { document.documentElement.style.fontSize = size; }"


def measure(page: Page) -> None:
    """Fails with every fault of the page, each with the window it was seen in."""
    found: dict[str, list[str]] = {}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found["320 px"] = page.evaluate(MEASURE)
    page.evaluate(SPACING)
    found["text spacing"] = page.evaluate(MEASURE)
    page.evaluate(NO_SPACING)
    page.evaluate(LARGE, "200%")
    found["letters twice as large"] = page.evaluate(MEASURE)
    page.evaluate(LARGE, "")
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    found["200 % zoom"] = page.evaluate(MEASURE)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    faults = {where: lines for where, lines in found.items() if lines}
    assert not faults, f"{page.url}: {faults}"


def measure_all(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.title()
    assert_accessible(page)
    in_systems_colors(page)
    measure(page)


def in_systems_colors(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    _assert_usable(page, COLORS, "forced colors")
    page.emulate_media(forced_colors="none")


def measure_in(page: Page, language: str) -> None:
    change_language(page, language)
    measure_again(page, language)


def measure_again(page: Page, language: str) -> None:
    """The page in another language: axe's rules light, dark, and with the system's own colors, and
    all that may depend on how long the words are."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.wait_for_load_state()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.evaluate(AXE)
    _assert_usable(page, EVERYTHING, language)
    page.emulate_media(color_scheme="dark")
    _assert_usable(page, COLORS, f"{language}, dark")
    page.emulate_media(color_scheme="light")
    in_systems_colors(page)
    measure(page)


def change_language(page: Page, language: str) -> None:
    cookie: Any = {"name": "django_language", "value": language, "url": page.url}
    page.context.add_cookies([cookie])
    page.goto(page.url)
