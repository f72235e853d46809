"""PUT /api/v1/accounts: the same reading, repairs, and consequences as a file."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import CustomerChange
from api.models import Scope
from cis.models import AccountImport
from tests.api.using import ACCOUNTS, Program, token_of
from tests.cast import Cast

ANN = {
    "account_number": "777",
    "name": "Ann Burns",
    "address": "1 Elm Street",
    "city": "Shelbyville",
    "state": "IL",
    "zip": "62565",
}


@pytest.fixture
def program(cast: Cast) -> Program:
    return Program(token_of(cast.biller, Scope.WRITE_ACCOUNTS, name="Billing 9"))


def results(program: Program, *accounts: dict[str, Any], **further: Any) -> list[Any]:
    answer = program.put(*accounts, **further)
    assert answer.status_code == 200, answer.content
    found = answer.json()["results"]  # type: ignore[attr-defined]
    assert [each["account_number"] for each in found] == [a["account_number"] for a in accounts]
    return [(each["result"], *each["messages"]) for each in found]


def test_accounts_are_created_changed_and_left_as_they_are(cast: Cast, program: Program) -> None:
    bob = {"account_number": "778", "name": "Bob Burns"}
    assert results(program, ANN, bob) == [("created",), ("created",)]
    assert results(program, ANN, bob) == [("unchanged",), ("unchanged",)]
    moved = {**ANN, "address": "9 Oak Street"}
    assert results(program, moved, bob) == [("changed",), ("unchanged",)]
    ann = cast.biller.accounts.get(account_number="777")
    assert (ann.address, ann.zip) == ("9 Oak Street", "62565")


def test_what_is_left_out_stays_and_what_is_null_goes(cast: Cast, program: Program) -> None:
    results(program, ANN)
    short = {"account_number": "777", "name": "Ann Burns"}
    assert results(program, short, {**ANN, "account_number": "778"}) == [
        ("unchanged",),
        ("created",),
    ]
    assert results(program, {**short, "city": None, "zip": ""}) == [("changed",)]
    ann = cast.biller.accounts.get(account_number="777")
    assert (ann.address, ann.city, ann.zip) == ("1 Elm Street", "", "")


def test_each_account_has_its_own_result_and_stops_no_other(cast: Cast, program: Program) -> None:
    assert results(
        program,
        {"account_number": "", "name": "No Number"},
        {**ANN, "zip": "62565 Main", "phone": "none of yours"},
        {"account_number": "778", "name": "\u0000"},
        {"account_number": "7.8E+12", "name": "Carl"},
        {"account_number": "779", "name": "Dora Diaz"},
        {"account_number": "777", "name": "Ann Burns"},
    ) == [
        ("rejected", "account_number: This field cannot be blank."),
        (
            "created",
            "zip: more than a ZIP code; the rest was left out",
            "phone: not a phone number; left empty",
        ),
        ("rejected", "it contains unprintable characters"),
        ("rejected", "a spreadsheet program rounded the account number"),
        ("created",),
        ("rejected", "an earlier row has the same account number"),
    ]


def test_a_number_in_another_spelling_is_the_same_account(cast: Cast, program: Program) -> None:
    cast.biller.accounts.create(account_number="0012-34", name="Ann Burns", city="Town")
    [(result, message)] = results(
        program, {"account_number": "12-34", "name": "Ann Burns", "city": "Shelbyville"}
    )
    assert result == "changed"
    assert "the longer number was kept" in message
    assert cast.biller.accounts.get(account_number="0012-34").city == "Shelbyville"


def test_another_customers_name_means_the_same_as_in_a_file(cast: Cast, program: Program) -> None:
    account = cast.account("10000101")
    assert results(program, {"account_number": "10000101", "name": "Priya Shah"}) == [("changed",)]
    assert CustomerChange.objects.get(account=account).after == "Priya Shah"
    assert not cast.laundry.links.filter(account=account).exists()


def test_names_in_the_wrong_rows_are_doubted_until_it_is_said_that_they_are_right(
    cast: Cast, program: Program
) -> None:
    swapped = [
        {"account_number": f"10000{200 + number}", "name": f"Person Number{number}"}
        for number in range(1, 21)
    ]
    answer = program.put(*swapped)
    assert answer.status_code == 409
    assert "new_customers_anyway" in answer.json()["detail"]  # type: ignore[attr-defined]
    assert cast.account("10000201").name == "Maple Court Management"
    assert results(program, *swapped, new_customers_anyway=True) == [("changed",)] * 20


def test_posted_through_is_kept_and_a_bad_one_stops_nothing(cast: Cast, program: Program) -> None:
    tomorrow_week = (timezone.localdate() + timedelta(days=8)).isoformat()
    assert results(
        program,
        {**ANN, "posted_through": "2026-11-27"},
        {**ANN, "account_number": "778", "posted_through": "last week"},
        {**ANN, "account_number": "779", "posted_through": tomorrow_week},
    ) == [
        ("created",),
        ("created", "posted_through: not a date; left empty"),
        ("created", "posted_through: a date in the future; left empty"),
    ]
    found = cast.biller.accounts.filter(account_number__startswith="77").order_by("account_number")
    assert list(found.values_list("posted_through", flat=True)) == [date(2026, 11, 27), None, None]
    assert results(program, {**ANN, "posted_through": "2026-11-27"}) == [("unchanged",)]


def test_a_posted_through_that_cannot_be_read_keeps_the_one_before(
    cast: Cast, program: Program
) -> None:
    results(program, {**ANN, "posted_through": "2026-11-27"})
    said = "posted_through: not a date that can be used; left as it was"
    assert results(program, {**ANN, "posted_through": "last week"}) == [("unchanged", said)]
    said = "posted_through: earlier than the known date; the earlier date was used"
    assert results(program, {**ANN, "posted_through": "2026-11-26"}) == [("changed", said)]
    account = cast.biller.accounts.get(account_number="777")
    assert account.posted_through == date(2026, 11, 26)


def test_two_spellings_of_one_account_in_different_words(cast: Cast, program: Program) -> None:
    name = cast.account("10000101").name
    assert results(
        program,
        {"account_number": "1000-0101", "name": name, "phone": "(217) 555-0123"},
        {"account_number": "10000101", "name": name, "city": "Shelbyville"},
    )[1] == ("rejected", "an earlier row has the same account number")


def moved(cast: Cast, first: int, last: int, **facts: str) -> list[dict[str, str]]:
    return [
        {"account_number": f"{90000 + number}", "name": "KOWALSKI ANNA", **facts}
        for number in range(first, last)
    ]


@pytest.fixture
def forty(cast: Cast) -> None:
    for number in range(40):
        cast.biller.accounts.create(account_number=f"{90000 + number}", name="SMITH JOHN")


def test_names_are_doubted_over_a_whole_day(cast: Cast, forty: None, program: Program) -> None:
    assert results(program, *moved(cast, 0, 8)) == [("changed",)] * 8
    answer = program.put(*moved(cast, 8, 16))
    assert answer.status_code == 409
    assert "within a day" in answer.json()["detail"]  # type: ignore[attr-defined]
    assert results(program, *moved(cast, 0, 8)) == [("unchanged",)] * 8
    assert len(results(program, *moved(cast, 8, 16), new_customers_anyway=True)) == 8
    assert results(program, *moved(cast, 16, 17)) == [("changed",)]  # they were right


def test_what_was_pushed_earlier_is_forgotten(cast: Cast, forty: None, program: Program) -> None:
    results(program, *moved(cast, 0, 8))
    AccountImport.objects.update(started_at=timezone.now() - timedelta(hours=25))
    assert len(results(program, *moved(cast, 8, 16))) == 8


def test_names_are_doubted_over_a_whole_request(cast: Cast, forty: None, program: Program) -> None:
    sets = [{}, {"city": "X"}, {"state": "IL"}, {"city": "X", "state": "IL"}]
    sent = [
        each
        for place, facts in enumerate(sets)
        for each in moved(cast, place * 9, place * 9 + 9, **facts)
    ]
    answer = program.put(*sent)
    assert answer.status_code == 409
    assert "36 of the first 36" in answer.json()["detail"]  # type: ignore[attr-defined]


def test_who_pushed_what_is_in_the_list_of_imports(cast: Cast, program: Program) -> None:
    results(program, ANN, {"account_number": "", "name": "x"})
    results(program, ANN)  # changes nothing
    run = AccountImport.objects.get()
    assert (run.file_name, run.created, run.rejected) == ("API: Billing 9", 1, 1)
    assert run.ended_at is not None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 415, "not-json"),
        ("{", 400, "not-json"),
        ("é".encode("latin-1"), 400, "not-json"),
        ("[]", 422, "invalid-request"),
        ("{}", 422, "invalid-request"),
        ('{"accounts": []}', 422, "invalid-request"),
        ('{"accounts": [{"account_number": 777, "name": "Ann"}]}', 422, "invalid-request"),
        ('{"accounts": [{"account_number": "777"}]}', 422, "invalid-request"),
        (
            '{"accounts": [{"account_number": "7", "name": "A", "nmae": ""}]}',
            422,
            "invalid-request",
        ),
        (
            json.dumps({"accounts": [{"account_number": "7", "name": "A"}] * 1001}),
            422,
            "invalid-request",
        ),
        ("[" * 100_000, 400, "not-json"),
        (json.dumps({"accounts": "x" * 1_100_000}), 413, "too-large"),
    ],
    ids=range(12),
)
def test_a_body_that_is_not_as_described_changes_nothing(
    cast: Cast, program: Program, body: str | bytes, status: int, code: str
) -> None:
    before = cast.biller.accounts.count()
    answer = program.client.put(ACCOUNTS, body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, code)  # type: ignore[attr-defined]
    assert cast.biller.accounts.count() == before


def test_a_fault_is_named_by_its_place(program: Program) -> None:
    answer = program.put(ANN, {"account_number": 777, "name": "Ann"})
    [fault] = answer.json()["errors"]  # type: ignore[attr-defined]
    assert fault["pointer"] == "/accounts/1/account_number"


def test_only_json_is_taken(program: Program) -> None:
    answer = program.client.put(ACCOUNTS, "accounts=1", content_type="text/plain")
    assert answer.status_code == 415
