"""An Arabic or Hebrew nickname leaves the account number beside it as it is."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import LinkedAccount, UtilityAccount
from backoffice.bidi import isolated, reorders
from inhance.templatetags.bidi import isolate, isolate_number
from tests.browser.looks import assert_accessible
from tests.cast import Cast

NUMBER = "12-3456-00"
ARABIC, HEBREW, OVERRIDE = "بيت العائلة", "הבית של אמא", "Home\u202e"
# For each place where the number stands on the page: is every character right of the one before it,
# on the same line?
IN_ORDER = """number => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (["OPTION", "SCRIPT"].includes(node.parentElement.tagName)) continue;
        for (let at = node.data.indexOf(number); at >= 0; at = node.data.indexOf(number, at + 1)) {
            const places = [...number].map((_, step) => {
                const range = document.createRange();
                range.setStart(node, at + step);
                range.setEnd(node, at + step + 1);
                return range.getBoundingClientRect().left;
            });
            found.push(places.every((left, step) => step === 0 || left > places[step - 1]));
        }
    }
    return found;
}"""
# What a list of options shows, measured as text of the page: options themselves have no geometry.
SHOW_OPTIONS = """() => {
    for (const option of document.querySelectorAll("option")) {
        const line = document.createElement("p");
        line.textContent = option.textContent;
        document.querySelector("main").append(line);
    }
}"""


@pytest.fixture
def open_page(page: Page, cast: Cast, live_server: LiveServer) -> Callable[[str, str], None]:
    account = cast.account("10000101")
    UtilityAccount.objects.filter(pk=account.pk).update(account_number=NUMBER)
    client = Client()
    client.force_login(cast.laundry)
    key = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])

    def open_it(address: str, nickname: str) -> None:
        LinkedAccount.objects.filter(account=account).update(nickname=nickname)
        page.goto(live_server.url + address.replace("PK", str(account.pk)))

    return open_it


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nickname", [ARABIC, HEBREW, OVERRIDE], ids=["ar", "he", "override"])
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/accounts/",
        "/accounts/PK/",
        "/accounts/PK/unlink/",
        "/accounts/PK/balance/",
        "/pay/quick/",
    ],
)
def test_the_number_reads_from_left_to_right(
    page: Page, open_page: Callable[[str, str], None], address: str, nickname: str
) -> None:
    open_page(address, nickname)
    page.evaluate(SHOW_OPTIONS)
    found = page.evaluate(IN_ORDER, NUMBER)
    assert found
    assert all(found)


@pytest.mark.django_db(transaction=True)
def test_without_isolates_the_browser_would_turn_it_round(
    page: Page, open_page: Callable[[str, str], None]
) -> None:
    """The measure itself: what these pages would show."""
    open_page("/accounts/", ARABIC)
    page.evaluate(
        "text => document.querySelector('main').replaceChildren(text)", f"{ARABIC} {NUMBER}"
    )
    assert page.evaluate(IN_ORDER, NUMBER) == [False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/accounts/", "/pay/quick/"])
def test_everybody_can_use_it(
    page: Page, open_page: Callable[[str, str], None], address: str
) -> None:
    open_page(address, ARABIC)
    assert_accessible(page)


@pytest.mark.parametrize("text", ["Home", "Casa de mamá", "12-3456-00", "Căn hộ", "家", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text
    assert not reorders(text)


@pytest.mark.parametrize("text", [ARABIC, HEBREW, OVERRIDE, f"\u2069{ARABIC}\u2067"])
def test_nothing_in_the_text_ends_the_isolate(text: str) -> None:
    safe = isolated(text)
    assert (safe[0], safe[-1]) == ("\u2068", "\u2069")
    assert not set(safe[1:-1]) & set("\u2066\u2067\u2068\u2069")


def test_in_html() -> None:
    assert isolate(f"{ARABIC} <b>") == f"<bdi>{ARABIC} &lt;b&gt;</bdi>"
    assert isolate("Home <b>") == "Home <b>"  # escaped by the template, as any text
    assert isolate_number(NUMBER) == f'<bdi dir="ltr">{NUMBER}</bdi>'
    assert isolate_number("10000101") == "10000101"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nickname", [ARABIC, OVERRIDE], ids=["ar", "override"])
def test_markup_keeps_them_apart_on_one_line(page: Page, nickname: str) -> None:
    page.set_content(f"<p>{isolate(nickname)} {isolate_number(NUMBER)}</p>")
    assert page.evaluate(IN_ORDER, NUMBER) == [True]
    page.set_content(f"<p>{isolate(nickname)} {NUMBER}</p>")
    assert page.evaluate(IN_ORDER, NUMBER) == [True]
