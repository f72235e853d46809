"""The dashboard of a member."""

import re
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, UtilityAccount
from icsso.billers.models import Biller
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess


def test_shows_the_account_and_the_ways_to_pay(laundry: Client, cast: Cast) -> None:
    page = laundry.get("/")
    assert page.status_code == 200
    account = cast.account("10000101")
    for words in ("12 Mill Street", "Account number 10000101", "See bills", "Pay"):
        assert words in page.content.decode()
    assert 'href="/billing/bills/"' in page.content.decode()
    assert f'form="pay" name="account" value="{account.pk}"' in page.content.decode()
    assert '<form id="pay" method="post" action="/pay/quick/">' in page.content.decode()
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
    client.force_login(cast.neighbour)
    cache.clear()  # the session comes from the database, too
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/?q=2000&page=3")
    assert page.status_code == 200
    assert "Page 3 of 40" in page.content.decode()
    assert '<a rel="prev" href="?q=2000&amp;page=2">' in page.content.decode()
    assert '<a rel="next" href="?q=2000&amp;page=4">' in page.content.decode()
    assert len(queries) <= 8, [query["sql"][:100] for query in queries]


def test_many_accounts_stand_in_a_list_by_twenty_five(manager: Client) -> None:
    page = manager.get("/").content.decode()
    assert page.count('<th scope="row"') == 25
    assert "data-balance=" not in page
    assert "Page 1 of 2" in page
    assert "10000225" in page
    assert "10000226" not in page
    assert "10000226" in manager.get("/?page=2").content.decode()


def test_a_page_that_does_not_exist_shows_the_nearest(manager: Client) -> None:
    assert "Page 2 of 2" in manager.get("/?page=99").content.decode()
    assert "Page 1 of 2" in manager.get("/?page=elephant").content.decode()


def test_searches_number_name_address_and_nickname(manager: Client, cast: Cast) -> None:
    cast.manager.links.filter(account__account_number="10000233").update(nickname="Corner shop")
    assert _numbers(manager, "/?q=10000207") == {"10000207"}
    assert _numbers(manager, "/?q=40+maple+court") == {"10000240"}
    assert _numbers(manager, "/?q=CORNER") == {"10000233"}
    assert "No account matches." in manager.get("/?q=elephant").content.decode()


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
    client.force_login(cast.neighbour)
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
    kept.keep(account.pk, Balance(amount=Decimal("1234.50"), autopay=True, paperless=False))
    page = laundry.get("/").content.decode()
    assert "$1,234.50" in page
    assert "data-balance=" not in page
    state = r" ?(?:<[^>]*>(On|Off)</span>)?"
    states = re.findall(rf"<li><div[^>]*><span>([^<]*)</span>{state}</div><a", page)
    assert states == [("AutoPay", "On"), ("Paperless", "Off"), ("Pay by Text", "")]
    assert page.count("Turn on") == 1


def test_says_how_each_account_stands_with_billing(laundry: Client, cast: Cast) -> None:
    link = cast.laundry.links.get()
    assert "Confirm your password to see them" in laundry.get("/").content.decode()
    link.settle(LinkedAccount.State.ELSEWHERE, "m…@e….org")
    assert "already online with the email m…@e….org" in laundry.get("/").content.decode()
    link.settle(LinkedAccount.State.REFUSED, "The account is closed.")
    page = laundry.get("/").content.decode()
    assert 'billing pages. Reason given: <span lang="en">The account is closed.</span>' in page
    link.settle(LinkedAccount.State.REGISTERED)
    assert "Confirm your password to see them" not in laundry.get("/").content.decode()


def _numbers(client: Client, address: str) -> set[str]:
    page = client.get(address)
    return {row.link.account.account_number for row in page.context["rows"]}
