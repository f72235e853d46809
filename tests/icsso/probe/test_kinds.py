"""Every value becomes its kind, and a name that could be a value does, too."""

import json
from decimal import Decimal
from typing import Any

import pytest

from icsso.client.probe.kinds import described, kind_of, path_of
from icsso.client.probe.names import is_name

GUID = "0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        ("", "empty"),
        (True, "boolean"),
        ("False", "boolean:text"),
        (84, "integer"),
        (Decimal("84.20"), "money:number:2"),
        (Decimal("84.2000"), "money:number:4"),
        ("84.20", "money:2"),
        ("$1,234.50", "money:2"),
        (".50", "money:2"),
        ("(84.2000)", "money:4"),
        ("12.50-", "money:2"),
        (GUID, "guid"),
        (GUID.upper(), "guid:upper"),
        ("{" + GUID + "}", "guid:braces"),
        ("{" + GUID.upper() + "}", "guid:braces:upper"),
        ("11/3/2026", "date:M/d/yyyy"),
        ("11/23/2026 3:04:05 PM", "date:M/d/yyyy h:mm:ss tt"),
        ("11/23/2026 3:04:05\u202fPM", "date:M/d/yyyy h:mm:ss tt"),
        ("2026-11-23", "date:yyyy-MM-dd"),
        ("2026-11-23T00:00:00", "date:yyyy-MM-ddTHH:mm:ss"),
        ("laundry@example.com", "email"),
        ("https://www.invoicecloud.com/x", "url"),
        ("10000101", "digits:8"),
        ("Willows Laundry", "text:15"),
        ("12-3456-00", "text:10"),
    ],
)
def test_a_value_becomes_its_kind(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_names_stay_and_lists_are_cut() -> None:
    body = {"Users": [{"Name": "Ana Torres", "Tags": ["a", {"Level": 1}]}] * 5}
    assert described(body) == {
        "Users": [{"Name": "text:10", "Tags": ["text:1", {"Level": "integer"}]}] * 3
    }


@pytest.mark.parametrize(
    "name",
    [
        *("AccountNumber", "accountnumber", "account_number", "Address2", "$type"),
        *("RemoteAuthenticationToken", "LoginName", "Result", "authToken", "acct_nbr", "CustNo"),
    ],
)
def test_a_name_made_of_the_words_of_fields_stays(name: str) -> None:
    assert is_name(name)
    assert described({name: 1}) == {name: "integer"}


CANARIES = [
    *("LINDQVIST", "Lindqvist_George", "OBrien", "Kowalski-Price", "RosaDelgado", "willows"),
    *("ABC-123", "A10000101", "WTR-0012-AB", "W12", "MapleCourt", "MapleCourt1", "swordfish"),
]


@pytest.mark.parametrize("canary", CANARIES)
def test_letters_used_as_keys_of_a_map_do_not_stay(canary: str) -> None:
    body = {
        "Accounts": {canary: {"AccountNumber": canary, "BalanceDue": "84.20"}},
        "Data": [{"Owners": {canary: True}}, {canary: [{canary: canary}]}],
        canary: None,
    }
    kept = json.dumps(described(body)).lower()
    assert canary.lower() not in kept
    assert "money:2" in kept
    assert "accountnumber" in kept


def test_of_a_map_one_entry_of_each_kind_stays() -> None:
    body = {"Accounts": {"WTR-AA": {"Name": "x"}, "WTR-BB": {"Name": "yy"}, "WTR-CCC": 1}}
    assert described(body) == {"Accounts": {"{text:6}": {"Name": "text:1"}, "{text:7}": "integer"}}


@pytest.mark.parametrize(
    "name", ["10000101", GUID, "Ana Torres", "laundry@example.com", "x" * 61, "CopperKettle"]
)
def test_a_name_that_could_be_a_value_does_not_stay(name: str) -> None:
    (kept,) = described({name: 1}, secrets=["copperkettle"])
    assert name.lower() not in str(kept).lower()


def test_a_path_keeps_known_names_only() -> None:
    known = {"api", "v1", "cp", "account"}
    assert path_of(f"https://h/api/v1/cp/{GUID}/account?x=1", known) == (
        "/api/v1/cp/{CustomerGuid}/account"
    )
    assert path_of(f"https://h/api/v1/cp/%7B{GUID}%7D/account", known) == (
        "/api/v1/cp/{CustomerGuid}/account"
    )
    assert path_of("https://h/portal/(S(abc))/account", known) == "/{part}/{part}/account"
