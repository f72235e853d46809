"""The dashboard in Chromium: balances come after the page, a few at a time."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import LinkedAccount, User
from tests.cast import Cast, member
from tests.looks import PHONE, assert_accessible
from tests.sandbox_process import SandboxProcess

SignIn = Callable[[User], None]


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer) -> SignIn:
    def with_cookie(member: User) -> None:
        client = Client()
        client.force_login(member, backend="accounts.login.backends.BillerBackend")
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
    expect(main.get_by_role("link", name="AutoPay: off")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("The balances are now shown.")).to_be_attached()
    assert_accessible(page)


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
        "$25.10 credit",
        "Overdue: was due",
        "available right now",
    ):
        expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("Your balance isn't available right now")).to_have_count(1)
    record = {"account_number": "10000105", "name": "Harold Becker", "invoices": []}
    sandbox.control(
        "POST",
        "/_control/api/customers",
        {"api_key": sandbox.api_key, "customers": [record]},
    )
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text("Nothing due")).to_have_count(2)
    assert page.url.endswith("/")
    assert_accessible(page)


def test_of_forty_only_those_in_sight_are_asked_for_and_three_at_a_time(
    sandbox: SandboxProcess, page: Page, sign_in: SignIn, cast: Cast
) -> None:
    cast.manager.links.update(state=LinkedAccount.State.REGISTERED)
    fault = {"operation": "account", "kind": "slow", "times": None, "seconds": 0.8}
    sandbox.control("POST", "/_control/api/faults", fault)
    sign_in(cast.manager)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/")
    expect(page.locator("[data-balance]").first.get_by_text("$")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < len(_spans(sandbox)) < 10
    page.set_viewport_size({"width": 1280, "height": 4000})
    expect(page.locator("[data-balance] .amount-small")).to_have_count(20)
    spans = _spans(sandbox)
    assert len(spans) == 20
    at_once = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert max(at_once) == 3
    assert_accessible(page)


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


def _spans(sandbox: SandboxProcess) -> list[tuple[float, float]]:
    calls = sandbox.control("GET", "/_control/api/calls", {"operation": "account"})
    return [(call["started"], call["ended"]) for call in calls]
