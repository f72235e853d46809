"""Frames that are refused, and what Invoice Cloud's pages may do in a frame that is not."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Frame, Page, expect

from icsso.billing import session
from icsso.billing.session import BillingSession, State
from tests.browser.framed_site import REFUSES, FramedSite
from tests.browser.looks import assert_accessible
from tests.cast import Cast
from tests.payments.paying import opened

Visit = Callable[[str], Page]
PAGES = ["billing", "payment"]


@pytest.fixture
def site() -> Iterator[FramedSite]:
    served = FramedSite()
    yield served
    served.stop()


@pytest.fixture
def visit(page: Page, cast: Cast, site: FramedSite, live_server: object) -> Visit:
    """Opens a billing page or a payment page that frames the site."""

    def open_page(what: str) -> Page:
        cast.biller.base_url = site.url
        cast.biller.save()
        if what == "payment":
            checkout = opened(cast, hosted_url=f"{site.url}/hosted")
            page.goto(f"/pay/{checkout.address}/", wait_until="domcontentloaded")
            return page
        client = Client(headers={"host": "localhost"})
        client.force_login(cast.laundry)
        held = client.session
        expires_at = timezone.now() + timedelta(minutes=20)
        token = "marker-of-a-token"
        session.store(
            held, BillingSession(state=State.CONNECTED, token=token, expires_at=expires_at)
        )
        held.save()
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": str(live_server)}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto("/billing/bills/", wait_until="domcontentloaded")
        return page

    return open_page


def in_frame(page: Page) -> Frame:
    """The framed page, once it is there."""
    expect(page.frame_locator("main iframe").get_by_role("heading", name="Site")).to_be_visible()
    return page.frames[-1]


def assert_told_what_to_do(page: Page) -> None:
    expect(page.get_by_text("Don't see anything?")).to_be_visible()
    expect(page.get_by_text("Open on its own page").first).to_be_visible()
    expect(page.locator("[data-frame-wait]")).to_be_hidden()  # what is told there is over
    assert page.evaluate("document.activeElement.tagName") != "IFRAME"


@pytest.mark.parametrize("what", PAGES)
def test_a_page_that_may_not_be_framed_can_be_opened_without_a_frame(
    what: str, visit: Visit, site: FramedSite
) -> None:
    site.answer = REFUSES
    page = visit(what)
    assert_told_what_to_do(page)
    assert_accessible(page)
    page.get_by_text("Open on its own page").first.click()
    expect(page.get_by_role("heading", name="Not in a frame")).to_be_visible()


@pytest.mark.parametrize("what", PAGES)
def test_a_refused_connection_leaves_the_words_and_the_focus_outside(
    what: str, visit: Visit, site: FramedSite
) -> None:
    site.stop()
    assert_told_what_to_do(visit(what))


@pytest.mark.parametrize("what", PAGES)
def test_a_window_that_the_page_opens_is_its_own_to_close(
    what: str, visit: Visit, page: Page
) -> None:
    shown = in_frame(visit(what))
    with page.context.expect_page() as popup:
        shown.get_by_role("button", name="Open").click()
    expect(shown.locator("#said")).to_have_text("a handle")
    expect(popup.value.get_by_role("heading", name="Popup")).to_be_visible()
    assert popup.value.evaluate("window.opener !== null")


@pytest.mark.parametrize("what", PAGES)
def test_wallets_and_copying_are_allowed_in_the_frame(what: str, visit: Visit) -> None:
    shown = in_frame(visit(what))
    for feature in ("payment", "clipboard-write"):
        assert shown.evaluate(f"document.featurePolicy.allowsFeature('{feature}')"), feature
    assert not shown.evaluate("document.featurePolicy.allowsFeature('camera')")


def test_a_statement_can_be_downloaded_from_the_frame(visit: Visit, page: Page) -> None:
    shown = in_frame(visit("billing"))
    with page.expect_download() as download:
        shown.get_by_role("link", name="Statement").click()
    assert download.value.url.endswith("/statement")


@pytest.mark.parametrize("what", PAGES)
def test_the_focus_stays_where_it_was_until_somebody_asks_for_the_frame(
    what: str, visit: Visit
) -> None:
    page = visit(what)
    in_frame(page)
    assert page.evaluate("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("what", PAGES)
def test_the_ways_out_and_the_frame_are_reached_by_keyboard_alone(what: str, visit: Visit) -> None:
    page = visit(what)
    in_frame(page)
    reached = []
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        tag = page.evaluate("document.activeElement.tagName")
        if tag == "IFRAME":
            break
        reached.append(page.evaluate("document.activeElement.textContent").strip())
    assert tag == "IFRAME"
    assert "Open on its own page" in reached
    other = (
        "Asked to sign in again? Get a new connection"
        if what == "billing"
        else "I've paid. Show my receipt"
    )
    assert other in reached


def test_by_keyboard_the_page_opens_without_a_frame(visit: Visit, site: FramedSite) -> None:
    page = visit("billing")
    page.get_by_role("button", name="Open on its own page").press("Enter")
    page.wait_for_url(re.compile(r"/cloudssoconnect$"))
    assert {how for how, path, _ in site.asked if path == "/cloudssoconnect"} == {"POST"}


def test_only_pages_that_show_invoice_cloud_let_windows_keep_their_opener(
    client: Client, cast: Cast
) -> None:
    policy = "Cross-Origin-Opener-Policy"
    checkout = opened(cast)
    assert client.get(f"/pay/{checkout.address}/")[policy] == "same-origin-allow-popups"
    for address in ("/", "/pay/", f"/pay/{checkout.address}/receipt/", "/accounts/login/"):
        assert client.get(address)[policy] == "same-origin"
