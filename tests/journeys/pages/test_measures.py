"""What a person notices on a phone, measured: heights of links, the header, where a bill begins."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import DESK, PHONE, assert_accessible
from tests.cast import Cast
from tests.journeys.pages.records import keep_pictures
from tests.journeys.pages.test_every_page import signed_in
from tests.journeys.walks import frame
from tests.sandbox_process import SandboxProcess

BILLS = "/billing/bills/"
# Links with nothing else in their line, of a page and of its header and footer.
LOW = """() => [...document.querySelectorAll('a, summary, button')].filter((link) => {
  const box = link.getBoundingClientRect();
  const block = link.closest('p, li, div, td, th, header, form, summary') ?? document.body;
  const isAlone = block.textContent.trim() === link.textContent.trim();
  return box.width > 1 && isAlone && !link.matches('.skip') && box.height < 43.9;
}).map((link) => `${link.textContent.trim()}: ${link.getBoundingClientRect().height}`)"""


@pytest.fixture
def phone(page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast) -> Page:
    """A member's, as small as phones get."""
    page.context.add_cookies([signed_in(str(live_server))])
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return page


def box(page: Page, what: str) -> Any:
    found = page.locator(what).first.bounding_box()
    assert found
    return found


def low(page: Page, *addresses: str) -> dict[str, Any]:
    found = {}
    for address in addresses:
        page.goto(address)
        found[address] = page.evaluate(LOW)
    return {address: links for address, links in found.items() if links}


def test_links_that_stand_alone_are_as_high_as_a_finger(phone: Page) -> None:
    of_accounts = ("/", "/accounts/", "/accounts/link/", "/pay/history/", "/pay/quick/")
    assert low(phone, *of_accounts, "/accounts/sign-in/", "/no-such-page/", BILLS) == {}
    assert low(phone, "/accounts/sign-in/two-step/", "/accounts/confirm/") == {}


def test_links_of_visitors_that_stand_alone_are_as_high_as_a_finger(page: Page, cast: Cast) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    forms = ("/accounts/login/", "/accounts/register/", "/accounts/password-reset/", "/pay/")
    assert low(page, "/", *forms) == {}


def test_the_bullets_of_the_error_summary_stand_beside_its_lines(page: Page, cast: Cast) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/accounts/register/")
    page.get_by_role("main").get_by_role("button", name="Create").click()
    links = page.locator(".error-summary a")
    expect(links.nth(2)).to_be_visible()
    page.wait_for_load_state()  # for the style sheets
    for link in links.all():
        assert link.evaluate("link => getComputedStyle(link).display") == "inline"
        assert link.bounding_box()["height"] >= 44  # type: ignore[index]
    keep_pictures(page, "error-summary")


def test_the_header_is_one_row_and_its_menu_opens_without_a_script(
    phone: Page, live_server: object
) -> None:
    blind = phone.context.browser.new_context(  # type: ignore[union-attr]
        base_url=str(live_server), java_script_enabled=False, locale="en-US"
    )
    blind.add_cookies([signed_in(str(live_server))])
    page = blind.new_page()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/accounts/")
    keep_pictures(page, "header")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert box(page, ".site-header")["height"] <= 66
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu).to_be_hidden()
    page.locator(".menu summary").click()
    expect(menu).to_be_visible()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Español")).to_be_visible()
    assert page.evaluate(LOW) == []
    keep_pictures(page, "menu-open")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    expect(menu).to_be_visible()
    expect(page.locator(".menu summary")).to_be_hidden()
    blind.close()


def test_the_open_menu_is_accessible(phone: Page) -> None:
    phone.goto("/accounts/")
    phone.locator(".menu summary").click()
    assert_accessible(phone)


@pytest.mark.parametrize("address", ["/no-such-page/", "/accounts/999999/"])
def test_members_keep_their_navigation_where_nothing_is(phone: Page, address: str) -> None:
    phone.set_viewport_size(DESK)  # type: ignore[arg-type]
    answer = phone.goto(address)
    assert answer
    assert answer.status == 404
    menu = phone.get_by_role("navigation", name="Main menu")
    expect(menu.get_by_role("link", name="My payments")).to_be_visible()
    expect(phone.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bill_begins_on_the_first_screen_and_the_frame_traps_nobody(
    phone: Page, language: str
) -> None:
    phone.goto("/")
    phone.context.add_cookies([{"name": "django_language", "value": language, "url": phone.url}])
    for address in (BILLS, "/billing/scheduled-payments/"):
        phone.goto(address)
        expect(frame(phone).locator("body")).not_to_be_empty()
        expect(phone.locator("[data-frame-wait]")).to_be_hidden()
        keep_pictures(phone, f"billing-{language}")
        phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
        shown = box(phone, "main iframe")
        assert shown["y"] <= 260
        # Beside it there is always enough of our page to scroll by.
        assert shown["height"] <= PHONE["height"] - 88
        assert shown["x"] >= 16
        assert PHONE["width"] - shown["x"] - shown["width"] >= 16
        assert phone.evaluate(LOW) == []
    phone.set_viewport_size(DESK)  # type: ignore[arg-type]
    tabs = phone.get_by_role("navigation").last.get_by_role("link")
    assert len({each.bounding_box()["y"] for each in tabs.all()}) == 1  # type: ignore[index]


def test_on_paper_everything_has_one_left_edge(phone: Page) -> None:
    phone.set_viewport_size(DESK)  # type: ignore[arg-type]
    phone.goto("/pay/history/")
    phone.emulate_media(media="print")
    edges = {round(box(phone, what)["x"]) for what in (".site-name", "main h1", ".footer-title")}
    assert len(edges) == 1
    phone.emulate_media(media="screen")
