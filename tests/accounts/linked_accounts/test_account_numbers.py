"""Account numbers as people type them, and as other systems write them."""

import csv
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import ratelimit
from accounts.models import Member, UtilityAccount
from accounts.ratelimit import Limit
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast

pytestmark = pytest.mark.any_database
CASES = Path(__file__).parents[2] / "cases" / "text" / "account_numbers.csv"


def cases() -> list[list[str]]:
    with CASES.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def account(biller: Biller, number: str) -> UtilityAccount:
    return biller.accounts.create(account_number=number, name="Ana Torres")


@pytest.mark.parametrize(("number", "typed", "found"), cases())
def test_a_number_finds_its_account_as_the_public_cases_say(
    biller: Biller, number: str, typed: str, found: str
) -> None:
    own = account(biller, number)
    assert biller.accounts.for_number(typed) == (own if found == "yes" else None)


@pytest.mark.parametrize(
    "typed",
    [
        *("1234", "Acct 0001234", "#001234", "00-12-34", "00012\u200b34"),
        *("Customer # 1234", "My account number: 1234", "Utility Account 1234"),
        *("No de cuenta 1234", "Account number is 1234", "El número de cuenta es: 1234"),
    ],
)
def test_zeros_and_words_do_not_matter_where_one_account_fits(biller: Biller, typed: str) -> None:
    own = account(biller, "001234")
    account(people.other_biller(), "1234")
    assert biller.accounts.for_number(typed) == own


def test_of_several_accounts_the_number_as_it_is_written_decides_or_nothing(biller: Biller) -> None:
    for number in ("1234", "01234", "12-99", "1-299"):
        account(biller, number)
    typed = ["1234", "1 234", "01234", "Acct 01234", "001234", "12-99", "1299", "1-299"]
    found = {each: biller.accounts.for_number(each) for each in typed}
    assert {each: str(one) if one else "" for each, one in found.items()} == {
        "1234": "1234", "1 234": "1234", "01234": "01234", "Acct 01234": "01234", "001234": "",
        "12-99": "12-99", "1299": "", "1-299": "1-299",
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["", "---", "Acct", "#", "\u200b", "\x00", "\ud800"])
def test_what_is_no_number_finds_nothing(biller: Biller, typed: str) -> None:
    account(biller, "--")
    assert biller.accounts.for_number(typed) is None


def test_the_normal_form_follows_the_number_however_it_is_saved(biller: Biller) -> None:
    one = account(biller, "00-a1")
    UtilityAccount.objects.bulk_create([UtilityAccount(biller=biller, account_number="０7b")])
    assert one.number_key == "A1"
    assert biller.accounts.get(number_key="7B").account_number == "０7b"
    one.account_number = "00-a2"
    one.save(update_fields=["account_number"])
    one.refresh_from_db()
    assert one.number_key == "A2"


def test_many_numbers_take_a_query_for_each_five_hundred(biller: Biller) -> None:
    numbers = [f"00{number:04}" for number in range(1, 901)]
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=number, name="Large") for number in numbers
    )
    with CaptureQueriesContext(connection) as queries:
        found = biller.accounts.for_numbers([f"{int(number)}" for number in numbers])
    assert len(queries) == 2
    assert [found[str(n)].account_number for n in (1, 900)] == ["000001", "000900"]
    assert len(found) == 900


def test_another_system_may_write_a_label_too(biller: Biller) -> None:
    plain, labeled = account(biller, "12-34"), account(biller, "NO5678")
    found = biller.accounts.for_numbers(["Account no. 1234", "NO5678", "Acct 9", "Cuenta: NO-5678"])
    assert {number: named.pk for number, named in found.items()} == {
        "Account no. 1234": plain.pk,
        "NO5678": labeled.pk,
        "Cuenta: NO-5678": labeled.pk,
    }


def test_another_system_names_the_account_only_if_no_other_fits(biller: Biller) -> None:
    own, padded = account(biller, "12-34"), account(biller, "05678")
    assert own.is_named("1234")
    assert padded.is_named("5678")
    assert padded.is_named("Acct # 5678")
    assert not padded.is_named("Acct # 56780")
    account(biller, "5678")
    assert not padded.is_named("5678")
    assert not padded.is_named("56780")


@pytest.mark.parametrize("typed", ["Acct. 1000-0104", "10000104 ", "１０００0104", "#0010000104"])
def test_a_member_links_an_account_by_any_spelling(client: Client, cast: Cast, typed: str) -> None:
    client.force_login(cast.laundry)
    answer = client.post("/accounts/link/", {"account_number": typed, "name": "Rosa Delgado"})
    assert answer.status_code == 302
    member = Member.objects.get(pk=cast.laundry.pk)
    assert member.links.filter(account__account_number="10000104").exists()


def test_other_spellings_give_no_more_tries(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {**ratelimit.LIMITS, "link": Limit("60/hour", "3/15minute", "60/hour")}
    monkeypatch.setattr(ratelimit, "LIMITS", limits)
    client.force_login(cast.laundry)
    statuses = [
        client.post("/accounts/link/", {"account_number": typed, "name": "Nobody"}).status_code
        for typed in ("10000104", "1000-0104", "Acct 10000104", "0010000104", "acct10000104")
    ]
    assert statuses == [200, 200, 200, 429, 429]


def test_a_member_searches_their_accounts_by_any_spelling(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    number = cast.manager.links.first().account.account_number
    page = client.get("/accounts/", {"q": f"{number[:4]}-{number[4:]}"}).content.decode()
    assert number in page
