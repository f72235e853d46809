"""REST operations: biller status, Customers, Customer Portal, and what all operations share."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
HAROLD = {
    "AccountNumber": "10000105",
    "CustomerName": "Harold Becker",
    "Address1": "5 Canal Street",
    "Address2": "",
    "City": "Springfield",
    "State": "IL",
    "Zip": "62701",
    "Phone": "217-555-0105",
    "EmailAddress": "harold.becker@example.com",
}


def guid_of(sandbox: SandboxProcess, account_number: str) -> str:
    guid: str = sandbox.customer(account_number)["guid"]
    return guid


def test_a_customer_record_is_created_once(call: Call, sandbox: SandboxProcess) -> None:
    answer = call("POST", "/api/v1/customer/CreateCustomerRecord", HAROLD)
    assert answer.json() == {"CustomerGuid": guid_of(sandbox, "10000105")}
    customer = sandbox.customer("10000105")
    assert (customer["name"], customer["address"]) == ("Harold Becker", "5 Canal Street")
    assert (customer["balance"], customer["registered_by"]) == ("0.00", None)
    again = call("POST", "/api/v1/customer/CreateCustomerRecord", HAROLD)
    assert again.status_code == 409


@pytest.mark.parametrize("missing", ["AccountNumber", "CustomerName"])
def test_a_record_without_number_or_name_is_refused(
    call: Call, sandbox: SandboxProcess, missing: str
) -> None:
    answer = call("POST", "/api/v1/customer/CreateCustomerRecord", {**HAROLD, missing: ""})
    assert (answer.status_code, answer.json()) == (400, {"Message": f"{missing} is required."})
    assert sandbox.customer("10000105") is None


def test_the_guid_of_an_unknown_customer_is_refused(call: Call) -> None:
    for wanted in [{"AccountNumber": "10000105"}, {"EmailAddress": "x@example.com"}, {}]:
        answer = call("POST", "/api/v1/customer/RetrieveCustomerGuid", wanted)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("account_number", "balance", "due_in_days"),
    [
        ("10000101", 84.20, 5),
        ("10000102", 0.0, None),
        ("10000103", -25.10, None),
        ("10000104", 120.05, -14),
    ],
)
def test_an_account_has_balance_and_due_date(
    call: Call,
    sandbox: SandboxProcess,
    account_number: str,
    balance: float,
    due_in_days: int | None,
) -> None:
    account = call("GET", f"/api/v1/cp/{guid_of(sandbox, account_number)}/account").json()
    due = None
    if due_in_days is not None:
        day = datetime.now(ZoneInfo("America/New_York")).date() + timedelta(days=due_in_days)
        due = day.strftime("%m/%d/%Y")
    assert account == {
        "AccountNumber": account_number,
        "BalanceDue": balance,
        "DueDate": due,
        "AutoPay": False,
        "Paperless": False,
        "PayByText": False,
    }


def test_a_guid_is_found_in_any_case_and_in_braces(call: Call, sandbox: SandboxProcess) -> None:
    guid = "{" + guid_of(sandbox, "10000101").upper() + "}"
    assert call("GET", f"/api/v1/cp/{guid}/account").json()["AccountNumber"] == "10000101"


def test_a_biller_cannot_see_customers_of_another(call: Call, sandbox: SandboxProcess) -> None:
    row = {"api_key": "another-key", "name": "Another Water"}
    sandbox.control("POST", "/_control/api/billers", row)
    guid = guid_of(sandbox, "10000101")
    other: dict[str, Any] = {"auth": ("another-key", "")}
    assert call("GET", f"/api/v1/cp/{guid}/account", **other).status_code == 400
    wanted = {"AccountNumber": "10000101"}
    assert call("POST", "/api/v1/remoteauth/RetrieveUsers", wanted, **other).json()["Users"] == []


@pytest.mark.parametrize("auth", [None, ("another key", ""), ("", "")])
def test_a_call_without_the_api_key_is_refused(call: Call, auth: tuple[str, str] | None) -> None:
    answer = call("GET", "/api/v1/biller/status", auth=auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Basic"
    assert "Code" not in answer.json()


def test_a_password_in_addition_to_the_key_is_refused(call: Call, sandbox: SandboxProcess) -> None:
    answer = call("GET", "/api/v1/biller/status", auth=(sandbox.api_key, "x"))
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "\xff"])
def test_what_is_not_a_json_object_is_refused(sandbox: SandboxProcess, body: str) -> None:
    answer = requests.post(
        f"{sandbox.url}/api/v1/remoteauth/RetrieveUsers",
        data=body.encode("latin-1"),
        auth=(sandbox.api_key, ""),
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["Message"]


def test_unknown_addresses_and_methods_are_refused(call: Call) -> None:
    assert call("POST", "/api/v1/customer/Invented", {}).status_code == 404
    assert call("GET", "/api/v1/remoteauth/RetrieveUsers").status_code == 405
