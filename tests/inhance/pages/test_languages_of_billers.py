"""What a biller says in one language alone carries `lang` in the other; what is said aloud."""

import re

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page, expect

from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from icsso.billers.ways_to_pay.models import WaysToPay
from tests.cast import Cast
from tests.journeys.pages.test_every_page import signed_in
from tests.sandbox_process import SandboxProcess

ENGLISH, SPANISH = "Monday to Friday, 8 am to 5 pm", "De lunes a viernes, de 8 a 5"


def hours_on(client: Client, language: str) -> str:
    page = client.get("/", headers={"accept-language": language}).content.decode()
    found = re.search(r'<span class="muted"([^>]*)>([^<]*\d[^<]*)</span></span>', page)
    assert found
    return f"{found[1].strip()}|{found[2]}"


def test_support_hours_in_the_language_of_the_page(client: Client, biller: Biller) -> None:
    assert hours_on(client, "en") == f"|{ENGLISH}"
    assert hours_on(client, "es") == f'lang="en"|{ENGLISH}'
    Biller.objects.update(support_hours_es=SPANISH)
    assert hours_on(client, "en") == f"|{ENGLISH}"
    assert hours_on(client, "es") == f"|{SPANISH}"


@pytest.mark.parametrize(
    ("language", "in_spanish", "told"),
    [("en", False, False), ("es", False, True), ("es", True, False), ("vi", True, True)],
)
def test_whether_the_billing_pages_may_be_in_english(
    biller: Biller, language: str, in_spanish: bool, told: bool
) -> None:
    biller.pages_in_spanish = in_spanish
    with translation.override(language):
        assert biller.pages_may_be_english is told


def test_what_a_biller_has_not_written_in_a_language_is_shown_in_english_and_marked() -> None:
    links = "https://pay.example | Pay <now> | Pague ya"
    ways = WaysToPay(english="Cash", spanish="Efectivo", links=links)
    told = Announcement(english="Closed & safe", spanish="Cerrado")
    for language, words, announced, link in (
        ("en", ("Cash", ""), "Closed & safe", "Pay <now>"),
        ("es", ("Efectivo", ""), "Cerrado", "Pague ya"),
        ("vi", ("Cash", "en"), '<span lang="en">Closed &amp; safe</span>', "Pay <now>"),
    ):
        with translation.override(language):
            assert (ways.words, told.words) == (words, announced)
            assert [each.words for each in ways.shown_links] == [link]


def test_a_message_is_told_where_a_screen_reader_listens(
    page: Page, standing_still: None, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.context.add_cookies([signed_in(str(live_server))])
    account = cast.account("10000101").pk
    page.goto(f"/accounts/{account}/")
    page.get_by_label("Nickname").fill("Shop")
    page.get_by_role("button", name="Save nickname").click()
    region = page.get_by_role("status").filter(has_text="The nickname is saved.")
    expect(region).to_be_visible()
    before = region.locator(".notice").element_handle()
    page.clock.run_for(1000)
    expect(region.locator(".notice")).to_have_count(1)
    assert not before.evaluate("notice => notice.isConnected")  # so it has changed


def test_no_balance_is_said_to_be_shown_that_is_not(
    page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.context.add_cookies([signed_in(str(live_server))])
    page.route("**/balance/**", lambda route: route.abort())
    page.goto("/")
    told = page.locator("[data-balances-status]")
    expect(told).to_have_text("The balances aren't available right now.")
