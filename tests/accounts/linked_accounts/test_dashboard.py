"""The dashboard of a member."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.linked_accounts import balances
from accounts.linked_accounts.balances import Balance
from accounts.linked_accounts.views import dashboard
from accounts.models import LinkedAccount, UtilityAccount
from icsso.billers.models import Biller
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def laundry(client: Client, cast: Cast) -> Client:
    client.force_login(cast.laundry, backend="accounts.login.backends.BillerBackend")
    return client


@pytest.fixture
def manager(client: Client, cast: Cast) -> Client:
    client.force_login(cast.manager, backend="accounts.login.backends.BillerBackend")
    return client


def test_shows_the_account_and_the_ways_to_pay(laundry: Client, cast: Cast) -> None:
    page = laundry.get("/")
    assert page.status_code == 200
    account = cast.account("10000101")
    for words in ("12 Mill Street", "Account number 10000101", "View and pay bill", "Quick pay"):
        assert words in page.content.decode()
    assert 'href="/billing/bills/"' in page.content.decode()
    assert f'href="/pay/quick/?account={account.pk}"' in page.content.decode()
    assert f'href="/accounts/{account.pk}/balance/"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_leads_to_the_five_other_billing_pages(laundry: Client) -> None:
    page = laundry.get("/").content.decode()
    for slug in (
        "paperless",
        "autopay",
        "payment-methods",
        "scheduled-payments",
        "pay-by-text",
    ):
        assert f'href="/billing/{slug}/"' in page


def test_invoice_cloud_is_not_asked_while_the_page_is_made(
    sandbox: SandboxProcess, laundry: Client
) -> None:
    assert laundry.get("/").status_code == 200
    assert sandbox.control("GET", "/_control/api/calls") == []


def test_a_thousand_accounts_take_at_most_eight_queries(
    client: Client, cast: Cast, biller: Biller
) -> None:
    many = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=f"2{number:07}", name="Maple Court")
        for number in range(1000)
    )
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=cast.neighbour, account=account) for account in many
    )
    client.force_login(cast.neighbour, backend="accounts.login.backends.BillerBackend")
    cache.clear()  # the session comes from the database, too
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/?q=2000&page=3")
    assert page.status_code == 200
    assert "Page 3 of 50" in page.content.decode()
    assert '<a rel="prev" href="?q=2000&amp;page=2">' in page.content.decode()
    assert '<a rel="next" href="?q=2000&amp;page=4">' in page.content.decode()
    assert len(queries) <= 8, [query["sql"][:100] for query in queries]


def test_many_accounts_stand_in_a_table_by_twenties(manager: Client) -> None:
    page = manager.get("/").content.decode()
    assert page.count('data-balance="/accounts/') == 20
    assert "Page 1 of 2" in page
    assert "10000220" in page
    assert "10000221" not in page
    assert "10000221" in manager.get("/?page=2").content.decode()


def test_a_page_that_does_not_exist_shows_the_nearest(manager: Client) -> None:
    assert "Page 2 of 2" in manager.get("/?page=99").content.decode()
    assert "Page 1 of 2" in manager.get("/?page=elephant").content.decode()


def test_searches_number_name_address_and_nickname(manager: Client, cast: Cast) -> None:
    cast.manager.links.filter(account__account_number="10000233").update(nickname="Corner shop")
    assert _numbers(manager, "/?q=10000207") == {"10000207"}
    assert _numbers(manager, "/?q=40+maple+court") == {"10000240"}
    assert _numbers(manager, "/?q=CORNER") == {"10000233"}
    assert "No account matches your search" in manager.get("/?q=elephant").content.decode()


def test_a_search_keeps_its_words_on_the_next_page(manager: Client) -> None:
    page = manager.get("/?q=maple").content.decode()
    assert 'value="maple"' in page
    assert "?q=maple&amp;page=2" in page


@pytest.mark.parametrize("words", ["%00", "x" * 101, "%25_'\"<script>"])
def test_a_strange_search_breaks_nothing(manager: Client, words: str) -> None:
    page = manager.get(f"/?q={words}")
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script src", "")


def test_without_an_account_leads_to_linking_one(client: Client, cast: Cast) -> None:
    cast.neighbour.links.all().delete()
    client.force_login(cast.neighbour, backend="accounts.login.backends.BillerBackend")
    page = client.get("/").content.decode()
    assert "You haven't linked an account yet" in page
    assert 'href="/accounts/link/"' in page
    assert "Manage your billing" not in page


def test_shows_nothing_of_the_neighbours(laundry: Client) -> None:
    page = laundry.get("/").content.decode()
    assert "10000102" not in page
    assert "14 Mill Street" not in page


def test_a_balance_of_a_moment_ago_stands_there_at_once(laundry: Client, cast: Cast) -> None:
    account = cast.account("10000101")
    kept = Balance(amount=Decimal("1234.50"), autopay=True, paperless=False)
    cache.set(f"balance:{account.pk}", kept)
    page = laundry.get("/").content.decode()
    assert "$1,234.50" in page
    assert "data-balance=" not in page
    assert "AutoPay: on" in page
    assert "Paperless: off" in page
    assert "Pay by Text: o" not in page
    assert balances.known([account], member=cast.laundry) == {account.pk: kept}


def test_shows_what_was_received_today(rf: RequestFactory, cast: Cast) -> None:
    account = cast.account("10000101")
    request = _request(rf, cast)
    page = dashboard(request, received_today={account.pk: Decimal("84.20")})
    assert "We received $84.20 today" in page.content.decode()
    assert "today. Thank you." not in dashboard(_request(rf, cast)).content.decode()


def test_says_how_each_account_stands_with_billing(laundry: Client, cast: Cast) -> None:
    link = cast.laundry.links.get()
    assert "Confirm your password to see them" in laundry.get("/").content.decode()
    link.settle(LinkedAccount.State.ELSEWHERE, "m…@e….org")
    assert "already online with the email m…@e….org" in laundry.get("/").content.decode()
    link.settle(LinkedAccount.State.REFUSED, "The account is closed.")
    page = laundry.get("/").content.decode()
    assert "add this account to the billing pages. The account is closed." in page
    link.settle(LinkedAccount.State.REGISTERED)
    assert "Confirm your password to see them" not in laundry.get("/").content.decode()


def _request(rf: RequestFactory, cast: Cast) -> Any:
    request: Any = rf.get("/")
    request.user, request.biller, request.session = cast.laundry, cast.biller, {}
    assert request.user != AnonymousUser()
    return request


def _numbers(client: Client, address: str) -> set[str]:
    page = client.get(address)
    return {row.link.account.account_number for row in page.context["rows"]}
