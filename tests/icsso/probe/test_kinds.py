"""Every value becomes its kind, and a name that could be a value does, too."""

from decimal import Decimal
from typing import Any

import pytest

from icsso.client.probe.kinds import described, kind_of, path_of

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
    body = {"Users": [{"Name": "Ana Torres", "Tags": ["a", {"Deep": 1}]}] * 5}
    assert described(body) == {
        "Users": [{"Name": "text:10", "Tags": ["text:1", {"Deep": "integer"}]}] * 3
    }


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
