"""The portal's general pages as a browser shows them: small, large, dark, and without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from icsso.billers.models import Biller

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/", "/nothing/"]
SIZES = [(320, 640), (1280, 800)]


def faults(page: Page) -> list[str]:
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": tags}).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_everybody_can_use_it(page: Page, address: str, scheme: str):
    page.emulate_media(color_scheme=scheme)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("accent", ["#ffee00", "#101010", "#ff0000"])
def test_a_colour_of_the_biller_stays_readable(page: Page, biller: Biller, accent: str):
    Biller.objects.filter(pk=biller.pk).update(accent=accent)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/")
        assert faults(page) == []


def test_both_doors_stand_on_the_first_screen_of_a_phone(page: Page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/")
    for name in ("Pay my bill", "Sign in"):
        door = page.get_by_role("link", name=name, exact=True).bounding_box()
        assert door
        assert door["y"] + door["height"] <= 640
        assert door["height"] >= 44


def test_the_form_of_an_online_account_stands_on_the_first_screen_too(page: Page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/accounts/register/")
    button = page.get_by_role("button", name="Create online account").bounding_box()
    assert button
    assert button["y"] + button["height"] <= 640
    assert button["height"] >= 44


def test_the_content_is_one_step_away_by_keyboard(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    assert skip.evaluate("link => getComputedStyle(link).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_text_of_twice_the_size_still_fits(page: Page):
    page.set_viewport_size({"width": 640, "height": 800})
    page.goto("/")
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_nothing_moves_for_those_who_asked_for_stillness(page: Page):
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    assert page.evaluate("document.getAnimations().length") == 0


def test_paper_is_white_whatever_the_screen(page: Page):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto("/")
    ink = "element => getComputedStyle(element).color"
    assert page.locator(".site-name").evaluate(ink) == "rgb(27, 33, 39)"
    assert page.locator("body").evaluate(ink) == "rgb(0, 0, 0)"
    expect(page.get_by_role("button", name="Español")).to_be_hidden()


def test_the_language_is_chosen_without_a_script(
    chromium: Browser, live_server: object, biller: Biller
):
    context = chromium.new_context(
        base_url=str(live_server), locale="en-US", java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.goto("/nothing/")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()


def test_the_browser_refuses_nothing_of_ours(page: Page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert complaints == []
    colour = page.get_by_role("link", name="Sign in").evaluate(
        "link => getComputedStyle(link).backgroundColor"
    )
    assert re.fullmatch(r"rgb\(11, 92, 173\)", colour)
