"""The dashboard in Chromium: balances come after the page, a few at a time."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import LinkedAccount, User
from tests.browser.looks import assert_accessible, assert_no_sideways_scroll
from tests.cast import Cast, member
from tests.journeys.walks import held, until
from tests.sandbox_process import SandboxProcess

SignIn = Callable[[User], None]


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer) -> SignIn:
    def with_cookie(member: User) -> None:
        client = Client()
        client.force_login(member)
        key = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])

    return with_cookie


def test_the_balance_and_the_enrolments_come_after_the_page(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(cast.laundry)
    page.goto("/")
    main = page.get_by_role("main")
    expect(main.get_by_text("$84.20")).to_be_visible()
    expect(main.get_by_text(re.compile("Due in . days, on "))).to_be_visible()
    expect(main.get_by_role("link", name="Turn on AutoPay")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("The balances are shown.")).to_be_attached()
    assert_accessible(page)


BROKEN = """li => {
  const texts = document.createTreeWalker(li, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (text.parentElement.className === "visually-hidden") continue;
    for (const word of text.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return [broken, li.getBoundingClientRect().height];
}"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_of_a_card_is_broken_on_a_phone(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast, language: str
) -> None:
    cast.laundry.language = language
    cast.laundry.save()
    sign_in(cast.laundry)
    page.goto("/")
    rows = page.locator(".account .rows li")
    expect(page.locator(".account .rows-state")).to_have_count(3)
    for width in (320, 360, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for row in rows.all():
            broken, height = row.evaluate(BROKEN)
            assert not broken
            assert height <= 100
    assert_no_sideways_scroll(page)


def test_each_account_fails_alone_and_can_be_tried_again(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    numbers = ("10000101", "10000102", "10000103", "10000104", "10000105")
    sign_in(member(cast.biller, "street@example.com", "all the doors", *numbers))
    page.goto("/")
    page.get_by_role("contentinfo").scroll_into_view_if_needed()
    for words in (
        "$84.20",
        "Nothing due",
        "$25.10",
        "Overdue",
        "available right now",
    ):
        expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("Your balance isn't available right now")).to_have_count(1)
    status = page.locator("[data-balances-status]")
    expect(status).to_have_text("Some balances aren't available right now.")
    record = {"account_number": "10000105", "name": "Harold Becker", "invoices": []}
    sandbox.control(
        "POST",
        "/_control/api/customers",
        {"api_key": sandbox.api_key, "customers": [record]},
    )
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text("Nothing due")).to_have_count(2)
    expect(status).to_have_text("The balances are shown.")
    assert page.url.endswith("/")
    assert_accessible(page)


def test_they_are_asked_for_three_at_a_time(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    questions = held(page, "**/balance/**")
    numbers = [f"1000020{number}" for number in range(1, 6)]
    sign_in(member(cast.biller, "row@example.com", "all the doors", *numbers))
    page.goto("/")
    for shown, asked in enumerate((3, 4, 5, 5, 5)):
        expect(page.locator("[data-balance] .amount")).to_have_count(shown)
        until(page, lambda: len(questions) == asked, f"number {asked}")  # noqa: B023
        questions[shown].continue_()
    expect(page.locator("[data-balance] .amount")).to_have_count(5)


def test_a_manager_selects_on_several_pages_and_pays_by_keyboard(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    """Invoice Cloud is not asked, and what is sent is what was selected."""
    cast.manager.links.update(
        state=LinkedAccount.State.REGISTERED, balance_cents=1010, balance_at=timezone.now()
    )
    sign_in(cast.manager)
    page.goto("/")
    assert_accessible(page)
    box = page.get_by_role("checkbox", name=re.compile("1 Maple Court")).first
    box.focus()
    page.keyboard.press("Space")
    status = page.get_by_role("status").filter(has_text="selected")
    expect(status).to_have_text("1 selected, $10.10")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    expect(status).to_have_text("1 selected, $10.10")
    page.get_by_role("checkbox", name="Select all accounts on this page").press("Space")
    expect(status).to_have_text("16 selected, $161.60")
    page.route("**/pay/quick/", lambda route: route.fulfill(status=204))
    with page.expect_request("**/pay/quick/") as sent:
        page.get_by_role("button", name="Pay selected").press("Enter")
    assert len(re.findall(r"\baccount=\d+", sent.value.post_data or "")) == 16
    assert sandbox.control("GET", "/_control/api/calls") == []
    page.get_by_role("link", name="Clear").click()
    expect(status).to_have_count(0)


def test_balances_that_come_later_move_no_row_and_drop_nothing_selected(
    page: Page, sign_in: SignIn, cast: Cast
) -> None:
    """The row selected on the second page would be the first one by now."""
    now, links = timezone.now(), cast.manager.links
    links.update(state=LinkedAccount.State.REGISTERED, balance_cents=1010, balance_at=now)
    late = cast.account("10000240")
    links.filter(account=late).update(balance_cents=None, balance_at=None)
    page.clock.install()
    sign_in(cast.manager)
    page.goto("/?sort=amount&page=2")
    page.locator("tbody tr").filter(has_text="10000240").get_by_role("checkbox").check()
    page.goto("/?sort=amount")
    names = page.locator("tbody th")
    before = names.all_text_contents()

    links.update(balance_cents=2000, balance_at=now)
    links.filter(account=late).update(balance_cents=99000)
    page.clock.run_for(2500)
    expect(page.get_by_role("link", name="Show the new list")).to_be_visible()
    expect(page.locator("[data-balances-status]")).to_have_text("Show the new list")
    expect(page.locator(".sums .amount")).to_have_text("$1,770.00")
    expect(names).to_have_text(before)
    expect(page.locator("tbody tr").first).to_contain_text("$20.00")
    page.route("**/pay/quick/", lambda route: route.fulfill(status=204))
    with page.expect_request("**/pay/quick/") as sent:
        page.get_by_role("button", name="Pay selected").press("Enter")
    assert re.findall(r"\baccount=(\d+)", sent.value.post_data or "") == [str(late.pk)]

    links.filter(account=late).update(balance_cents=None, balance_at=None)
    page.goto("/?sort=amount&page=2")
    expect(page.locator("tbody tr").filter(has_text="10000240")).to_contain_text("Being checked")
    links.filter(account=late).update(balance_cents=99000, balance_at=now)
    looks: list[str] = []
    page.on("request", lambda request: looks.append(request.url))
    page.clock.run_for(2500)
    expect(page.get_by_role("link", name="Show the new list")).to_be_visible()
    assert looks == [page.url]  # one was enough: it is on the first page by now
    expect(page.locator("tbody tr").filter(has_text="10000240")).not_to_contain_text(
        "Being checked"
    )


def test_what_was_cleared_stays_so_while_balances_come(
    page: Page, sign_in: SignIn, cast: Cast
) -> None:
    """Also where the server has selected it. One look that fails is not the last."""
    now, links = timezone.now(), cast.manager.links
    links.update(state=LinkedAccount.State.REGISTERED, balance_cents=1010, balance_at=now)
    links.filter(account=cast.account("10000203")).update(balance_cents=None, balance_at=None)
    page.clock.install()
    sign_in(cast.manager)
    page.goto("/?sort=number&select=all")
    selected = page.get_by_role("status").filter(has_text="selected")
    expect(selected).to_have_text(re.compile("^40 selected"))
    page.get_by_role("link", name="Clear").click()
    page.locator("tbody").get_by_role("checkbox").first.check()
    expect(selected).to_have_text("1 selected, $10.10")
    page.get_by_label("Account number, nickname, or address").focus()

    page.route("**/*select=all", lambda route: route.fulfill(status=503), times=1)
    with page.expect_response("**/*select=all") as failed:
        page.clock.run_for(2500)
    assert failed.value.status == 503
    links.update(balance_cents=2000, balance_at=now)
    page.clock.run_for(4500)
    expect(page.get_by_text("The balances are shown.")).to_be_attached()
    expect(selected).to_have_text("1 selected, $20.00")
    expect(page.locator("tbody :checked")).to_have_count(1)
    expect(page.locator(".sums .amount")).to_have_text("$800.00")
    expect(page.get_by_role("link", name="Show the new list")).to_have_count(0)
    expect(page.get_by_role("button", name="Check balances now")).to_have_count(0)


KEPT = "Object.keys(sessionStorage).filter((key) => key.startsWith('selected:')).length"


def test_what_was_selected_is_gone_when_somebody_signs_out(
    page: Page, sign_in: SignIn, cast: Cast
) -> None:
    """Somebody else in the same tab never sees it, but it outlives a session that only ended."""
    cast.manager.links.update(
        state=LinkedAccount.State.REGISTERED, balance_cents=1010, balance_at=timezone.now()
    )
    sign_in(cast.manager)
    page.goto("/")
    status = page.get_by_role("status").filter(has_text="selected")
    page.get_by_role("checkbox", name="Select all accounts on this page").check()
    expect(status).to_have_text("25 selected, $252.50")
    page.context.clear_cookies(name="sessionid")
    page.goto("/accounts/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(cast.manager)
    page.goto("/no/such/page/")
    page.goto("/")
    expect(status).to_have_text("25 selected, $252.50")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").first.click()
    assert page.evaluate(KEPT) == 0
    sign_in(cast.manager)
    page.goto("/")
    page.get_by_role("checkbox", name="Select all accounts on this page").check()
    expect(status).to_have_text("25 selected, $252.50")
    assert page.evaluate(KEPT) == 1
    sign_in(cast.laundry)  # without a page of the portal in between
    page.goto("/")
    assert page.evaluate(KEPT) == 0


def test_without_javascript_a_link_shows_the_balance(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(cast.laundry)
    page.route("**/balances.js", lambda route: route.abort())
    page.goto("/")
    page.get_by_role("link", name="Show balance").click()
    expect(page.get_by_role("heading", name="Balance")).to_be_visible()
    expect(page.get_by_text("$84.20")).to_be_visible()


def test_who_was_signed_out_meanwhile_gets_the_link_back(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(cast.laundry)

    def end_the_session(route: Route) -> None:
        Session.objects.all().delete()
        cache.clear()
        route.continue_()

    page.route("**/balance/*", end_the_session)
    with page.expect_response("**/accounts/login/**"):
        page.goto("/")
    expect(page.get_by_role("link", name="Show balance")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)


def test_my_accounts_and_its_pages_are_usable_by_everybody(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(cast.manager)
    pk = cast.account("10000203").pk
    for address in (
        "/accounts/",
        "/accounts/?q=nothing+like+it",
        "/accounts/link/",
        f"/accounts/{pk}/",
        f"/accounts/{pk}/unlink/",
        f"/accounts/{pk}/balance/",
    ):
        page.goto(address)
        assert_accessible(page)
