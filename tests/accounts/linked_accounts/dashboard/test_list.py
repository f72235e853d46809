"""The list of a member with many accounts: sums, filters, search, sorting, selection, export."""

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.linked_accounts import dashboard, kept, paging
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.listing import BY_DUE_DATE
from accounts.linked_accounts.paging import page_of
from accounts.models import LinkedAccount, Member, UtilityAccount
from tests.cast import Cast

State = LinkedAccount.State
Keep = Callable[..., None]


@pytest.fixture
def manager(client: Client, cast: Cast) -> Client:
    client.force_login(cast.manager)
    cast.manager.links.update(is_first=False, state=State.REGISTERED)
    return client


@pytest.fixture
def keep(cast: Cast) -> Keep:
    def keep_balance(number: str, amount: str, days: int | None = None, **facts: Any) -> None:
        due = None if days is None else cast.biller.today() + timedelta(days=days)
        balance = Balance(amount=Decimal(amount), due_date=due, **facts)
        assert kept.keep(cast.account(number).pk, balance)

    return keep_balance


def numbers(client: Client, address: str) -> list[str]:
    rows = client.get(address).context["rows"]
    return [row.link.account.account_number for row in rows]


def test_the_sums_and_what_is_due_first_come_first(manager: Client, keep: Keep) -> None:
    keep("10000240", "10.10", -3)
    keep("10000230", "20.20", -9)
    keep("10000220", "0.05", 4)
    keep("10000210", "-7.00")
    keep("10000205", "0")
    page = manager.get("/")
    text = " ".join(page.content.decode().split())
    assert "$30.35" in text
    assert "40 accounts" in text
    assert "35 balances are still being checked." in text
    assert [row.link.account.account_number for row in page.context["rows"]][:3] == [
        "10000230",
        "10000240",
        "10000220",
    ]
    assert "−$7.00" in text


def test_the_order_is_the_one_that_is_announced(manager: Client, keep: Keep, cast: Cast) -> None:
    """The account that is shown first elsewhere has its place by due date."""
    keep("10000240", "10.10", -3)
    keep("10000230", "20.20", 4)
    cast.manager.links.filter(account=cast.account("10000230")).update(is_first=True)
    assert '<th scope="col" aria-sort="ascending"><a href="?sort=due">Due' in " ".join(
        manager.get("/").content.decode().split()
    )
    for address in ("/", "/?sort=due"):
        assert numbers(manager, address)[:2] == ["10000240", "10000230"]


def test_filters_count_and_show(manager: Client, keep: Keep, cast: Cast) -> None:
    keep("10000240", "10.10", -3, autopay=False)
    keep("10000220", "5.00", 4, autopay=True)
    keep("10000221", "5.00", 30)
    cast.manager.links.filter(account__account_number="10000203").update(state=State.REFUSED)
    text = re.sub(r"<[^>]+>|\s+", " ", manager.get("/").content.decode())
    for words in ("Overdue 1", "Due soon 1", "AutoPay off 1", "Not connected 1"):
        assert words in " ".join(text.split())
    assert numbers(manager, "/?show=overdue") == ["10000240"]
    assert numbers(manager, "/?show=soon") == ["10000220"]
    assert numbers(manager, "/?show=autopay_off") == ["10000240"]
    assert numbers(manager, "/?show=not_connected") == ["10000203"]
    assert len(numbers(manager, "/?show=elephants")) == 25


def test_what_waits_for_a_connection_is_one_line(manager: Client, cast: Cast) -> None:
    cast.manager.links.update(state=State.PENDING)
    text = " ".join(manager.get("/").content.decode().split())
    assert text.count("connected to the billing pages yet") == 1
    assert "40 accounts aren't connected to the billing pages yet." in text


def test_sorts_by_each_column(manager: Client, keep: Keep, cast: Cast) -> None:
    keep("10000240", "10.10", 3)
    keep("10000230", "99.00", 9)
    cast.manager.links.filter(account__account_number="10000233").update(nickname="A corner")
    assert numbers(manager, "/?sort=amount")[:2] == ["10000230", "10000240"]
    assert numbers(manager, "/?sort=due")[:2] == ["10000240", "10000230"]
    assert numbers(manager, "/?sort=name")[0] == "10000201"  # 1 Maple Court
    assert numbers(manager, "/?sort=number")[0] == "10000201"
    assert 'aria-sort="descending"' in manager.get("/?sort=amount").content.decode()


@pytest.fixture
def units(cast: Cast) -> None:
    """Units 17, 27, 37, and so on, and only at the end unit 7."""
    links = list(cast.manager.links.order_by("-account__account_number"))
    for place, link in enumerate(links):
        unit = 10 * place + 7
        UtilityAccount.objects.filter(pk=link.account_id).update(address=f"900 Elm St Unit {unit}")


@pytest.mark.usefixtures("units")
def test_unit_7_is_found_and_not_unit_17(manager: Client) -> None:
    found = manager.get("/?q=unit+7").context["rows"]
    assert [row.link.account.address for row in found] == ["900 Elm St Unit 7"]
    assert len(numbers(manager, "/?q=elm+unit")) == 25


def test_a_number_is_found_by_its_beginning_in_any_spelling(manager: Client, cast: Cast) -> None:
    assert numbers(manager, "/?q=1000-0233") == ["10000233"]
    assert set(numbers(manager, "/?q=1000023")) == {f"1000023{n}" for n in range(10)}
    assert numbers(manager, "/?q=Acct.+10000233") == ["10000233"]
    # The end of it, which bills show, if nothing begins with it.
    assert numbers(manager, "/?q=0233") == ["10000233"]


def test_a_name_is_found_whatever_its_accents(manager: Client, cast: Cast) -> None:
    account = cast.account("10000233")
    account.name = "Jardín Núñez"
    account.save()
    assert numbers(manager, "/?q=nunez+jardin") == ["10000233"]
    assert numbers(manager, "/?q=uñe") == ["10000233"]
    assert numbers(manager, "/?q=—") == []


def test_half_of_a_double_name_is_found_beside_a_street_of_the_same_name(
    manager: Client, cast: Cast
) -> None:
    for number, name, address in (
        ("10000232", "SMITH-JONES MARY", "9 Oak Street"),
        ("10000233", "PATRICK O'BRIEN", "12 Jones Street"),
    ):
        account = cast.account(number)
        account.name, account.address = name, address
        account.save()
    assert set(numbers(manager, "/?q=jones")) == {"10000232", "10000233"}
    assert numbers(manager, "/?q=smith-jones") == ["10000232"]
    assert numbers(manager, "/?q=o%E2%80%99brien+jones") == ["10000233"]


def test_the_one_that_is_meant_comes_first(manager: Client, keep: Keep, cast: Cast) -> None:
    links = cast.manager.links
    links.filter(account__account_number="10000233").update(nickname="Oak")
    links.filter(account__account_number="10000210").update(nickname="Oak Lodge")
    keep("10000210", "5.00", -30)
    assert numbers(manager, "/?q=oak") == ["10000233", "10000210"]


def test_pages_have_a_jump_that_keeps_what_was_asked(
    manager: Client, cast: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr(dashboard, "ROWS", 5)
    monkeypatch.setattr(paging, "ROWS", 5)
    page = manager.get("/?sort=amount&page=3").content.decode()
    assert "Page 3 of 8" in page
    assert '<input type="hidden" name="sort" value="amount">' in page
    assert "Go to page" in page
    assert "Page 8 of 8" in manager.get("/?sort=amount&page=8").content.decode()
    cast.manager.language = "es"
    cast.manager.save()
    spanish = manager.get("/?page=3").content.decode()
    assert ">Ir</button>" in spanish
    assert "Ejecutar" not in spanish  # the button for actions in the back office, also “Go”


def test_each_row_pays_its_own_account(manager: Client, cast: Cast) -> None:
    page = manager.get("/?q=10000233").content.decode()
    pk = cast.account("10000233").pk
    assert re.search(rf'<button class="[^"]*" form="pay" name="account" value="{pk}"', page)
    assert f'<input type="checkbox" name="account" value="{pk}"' in page


def test_all_that_is_asked_for_can_be_selected_on_every_page(manager: Client, cast: Cast) -> None:
    page = manager.get("/?q=maple").content.decode()
    assert 'href="?q=maple&amp;select=all"' in page
    chosen = manager.get("/?q=maple&select=all").content.decode()
    values = re.findall(r'name="account" value="(\d+)" data-cents', chosen)
    assert len(set(values)) == 40
    assert chosen.count(" checked>") == 25
    assert "40 accounts are selected." in chosen


def test_as_many_are_selected_as_can_be_paid_together(manager: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(dashboard, "MOST_SELECTED", 30)
    assert "Select the first 30" in manager.get("/").content.decode()
    page = manager.get("/?select=all").content.decode()
    values = re.findall(r'type="hidden" name="account" value="(\d+)" data-cents', page)
    assert (page.count(" checked>"), len(values)) == (25, 5)


def test_the_list_is_a_spreadsheet_too(manager: Client, keep: Keep, cast: Cast) -> None:
    keep("10000233", "1234.50", -1, autopay=True)
    cast.manager.links.filter(account__account_number="10000233").update(nickname="=1+1")
    answer = manager.get("/accounts/export/?show=overdue")
    assert answer["Content-Type"].startswith("text/csv")
    assert "no-store" in answer["Cache-Control"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(StringIO(text)))
    yesterday = cast.biller.today() - timedelta(days=1)
    assert rows[0][:4] == ["Account number", "Nickname", "Service address", "Balance"]
    assert rows[1][:6] == [
        "10000233",
        "'=1+1",
        "33 Maple Court",
        "1234.50",
        yesterday.isoformat(),
        "On",
    ]
    assert len(rows) == 2


def test_an_export_shows_nobody_elses_accounts(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    answer = client.get("/accounts/export/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert re.findall(r"100\d{5}", text) == ["10000101"]


def test_a_thousand_accounts_take_fewer_queries_than_one(client: Client, cast: Cast) -> None:
    many = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=f"2{n:07}", name="Maple Court")
        for n in range(1000)
    )
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=cast.neighbour, account=account, state=State.REGISTERED)
        for account in many
    )
    cast.laundry.links.update(state=State.REGISTERED)
    cast.neighbour.links.update(state=State.REGISTERED, balance_at=timezone.now())
    counts = []
    for member in (cast.laundry, cast.neighbour):
        client.force_login(member)
        client.get("/accounts/login/")  # the biller is kept now
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        counts.append(len(queries))
    assert counts == [7, 5]  # a list has no reminder, which takes more than the sums


@pytest.mark.parametrize("number", [1, 4])
def test_a_few_are_the_same_however_they_are_read(cast: Cast, number: int) -> None:
    """Without anything in the address, they are read as they are; otherwise by the list's query."""
    links = list(cast.manager.links.order_by("account_id"))
    LinkedAccount.objects.filter(pk__in=[link.pk for link in links[number + 1 :]]).delete()
    today = cast.biller.today()
    days = [today, None, today - timedelta(days=1), today, None]
    for link, due_on in zip(links[: number + 1], days, strict=False):
        link.due_on, link.is_first = due_on, link is links[min(3, number - 1)]
        link.state = State.PENDING if link is links[1] else State.REGISTERED
        link.save()
    LinkedAccount.objects.filter(pk=links[number].pk).update(needs_proof_since=timezone.now())
    few, many = (page_of(_asked(cast.manager, query)) for query in ("", "?x=1"))
    assert few.summary is None
    assert many.summary is not None
    assert list(few.links) == list(many.links)
    assert len(few.links) == number
    assert (few.number, few.to_prove, few.pending) == (many.number, many.to_prove, many.pending)
    assert few.to_prove == 1


@pytest.mark.parametrize("to_prove", [0, 3])
def test_a_first_page_is_the_same_however_it_is_read(cast: Cast, to_prove: int) -> None:
    """Without anything in the address, its rows have told already that they are many."""
    today = cast.biller.today()
    for number, link in enumerate(cast.manager.links.order_by("account_id")):
        due_on = today + timedelta(days=number * 7 % 20 - 10) if number % 2 else None
        LinkedAccount.objects.filter(pk=link.pk).update(due_on=due_on)
    first = [link.pk for link in page_of(_asked(cast.manager, "")).links]
    LinkedAccount.objects.filter(pk__in=first[:to_prove]).update(needs_proof_since=timezone.now())
    bare, asked = (page_of(_asked(cast.manager, query)) for query in ("", "?x=1"))
    assert list(bare.links) == list(asked.links)
    assert [link.pk for link in bare.links][: 25 - to_prove] == first[to_prove:]
    assert len(bare.links) == 25
    assert bare.links.has_next()
    assert bare.links.paginator.num_pages == asked.links.paginator.num_pages
    for name in ("number", "to_prove", "pending"):
        assert getattr(bare, name) == getattr(asked, name)
    both = [*bare.links, *page_of(_asked(cast.manager, "?page=2")).links]
    assert [link.pk for link in both] == list(
        cast.manager.links.filter(needs_proof_since=None)
        .order_by(*BY_DUE_DATE)
        .values_list("pk", flat=True)
    )


def _asked(member: Member, query: str) -> Any:
    request = RequestFactory().get(f"/{query}")
    request.session, request.member, request.biller = {}, member, member.biller  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "x" * 101, "q=((", "sort=nothing", "show=%27", "q=%5C", "page=-1"]
)
def test_nothing_that_is_asked_breaks_it(manager: Client, query: str) -> None:
    assert manager.get(f"/?{query}").status_code == 200
    assert manager.get(f"/accounts/export/?{query}").status_code == 200


def test_due_dates_are_the_billers(manager: Client, keep: Keep) -> None:
    keep("10000233", "5.00", 0)
    assert numbers(manager, "/?show=overdue") == []
    assert numbers(manager, "/?show=soon") == ["10000233"]
    assert LinkedAccount.objects.get(balance_cents=500).due_on > date(2020, 1, 1)
