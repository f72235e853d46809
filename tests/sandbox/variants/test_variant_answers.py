"""Variants: where payloads stand, and the names and values in them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
USERS = ("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "10000101"})
NOBODY = ("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "no such account"})
ACCOUNTS = ("POST", f"{REMOTE}/RetrieveUserAccounts", {"EmailAddress": "laundry@example.com"})
LAUNDRY = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
TOKEN = ("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY)
STATUS = ("GET", "/api/v1/biller/status")
PASSWORD = (
    "POST",
    f"{REMOTE}/UpdatePassword",
    {"EmailAddress": "laundry@example.com", "NewPassword": "copper kettle on the porch"},
)
PAGE = (
    "POST",
    "/cloudpaymentsapi/v2",
    {"ViewMode": 1, "Customers": [{"AccountNumber": "10000101"}]},
)
REGISTER = (
    "POST",
    f"{REMOTE}/RegisterAccounts",
    {
        "LoginTypeID": 1,
        "EmailAddress": "rosa@example.com",
        "Password": "a window over the river",
        "Accounts": [{"AccountNumber": "10000104"}],
    },
)
NEW = {"AccountNumber": "10000999", "CustomerName": "New Customer"}
CREATE = ("POST", "/api/v1/customer/CreateCustomerRecord", NEW)
GUID = ("POST", "/api/v1/customer/RetrieveCustomerGuid", {"AccountNumber": "10000101"})
Bill = Callable[[str], Any]


@pytest.fixture
def account(call: Call, sandbox: SandboxProcess) -> Bill:
    """Returns the answer of `account` for a customer who owes this balance."""
    due = (datetime.now(UTC).date() + timedelta(days=5)).isoformat()

    def ask(balance: str = "84.20") -> Any:
        bill = {"number": "1", "balance": balance, "due_date": due}
        row = {"account_number": "5550", "name": "Five Fifty", "invoices": [bill]}
        rows = {"api_key": sandbox.api_key, "customers": [row]}
        sandbox.control("POST", "/_control/api/customers", rows)
        guid = sandbox.customer("5550")["guid"]
        return call("GET", f"/api/v1/cp/{guid}/account").json()

    return ask


def test_under_data(call: Call, sandbox: SandboxProcess) -> None:
    plain = [call(*asked).json() for asked in (STATUS, GUID, USERS)]
    sandbox.vary("payload_data")
    wrapped = [call(*asked).json() for asked in (STATUS, GUID, USERS)]
    assert wrapped == [{"Data": payload} for payload in plain]
    assert call(*PASSWORD).json() == {"Data": None}


def test_a_list_as_data(call: Call, sandbox: SandboxProcess) -> None:
    users, status = call(*USERS).json(), call(*STATUS).json()
    sandbox.vary("payload_data_list")
    assert call(*USERS).json() == {"Data": users["Users"]}
    assert call(*STATUS).json() == status


def test_a_bare_list(call: Call, sandbox: SandboxProcess) -> None:
    users, accounts = call(*USERS).json()["Users"], call(*ACCOUNTS).json()["Accounts"]
    sandbox.vary("payload_bare_list")
    assert call(*USERS).json() == users
    assert call(*ACCOUNTS).json() == accounts
    assert call(*NOBODY).json() == []
    assert call(*REGISTER).json() == [{"AccountNumber": "10000104", "Registered": True}]


def test_under_result(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("payload_result")
    assert set(call(*TOKEN).json()["Result"]) == {"RemoteAuthenticationToken", "ExpiresIn"}
    page = call(*PAGE).json()
    assert (page["Message"], set(page["Result"])) == ("SUCCESS", {"CloudPaymentURL"})
    read = sandbox.wire_profile("payload_result")["operations"]
    assert read["remote_authentication"]["read"] == {
        "RemoteAuthenticationToken": "Result.RemoteAuthenticationToken",
        "ExpiresIn": "Result.ExpiresIn",
    }
    assert read["retrieve_users"]["read"] == {"Users": "Result.Users"}


@pytest.mark.parametrize(
    ("places", "answer"),
    [
        ([], {"Users": None}),
        (["payload_data"], {"Data": {"Users": None}}),
        (["payload_data_list"], {"Data": None}),
        (["payload_bare_list"], None),
    ],
)
def test_null_for_an_empty_list(
    call: Call, sandbox: SandboxProcess, places: list[str], answer: object
) -> None:
    sandbox.vary("null_for_empty_lists", *places)
    assert call(*NOBODY).json() == answer


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("names_camel", "billerGUID", "customerGuid"),
        ("names_lower", "billerguid", "customerguid"),
        ("names_upper", "BILLERGUID", "CUSTOMERGUID"),
    ],
)
def test_the_case_of_names(
    call: Call, sandbox: SandboxProcess, name: str, first: str, second: str
) -> None:
    sandbox.vary(name)
    assert next(iter(call(*STATUS).json())) == first
    [rows] = call(*USERS).json().values()
    assert next(iter(rows[0])) == second
    assert "essage" in str(call(*PAGE).json()) or "MESSAGE" in str(call(*PAGE).json())


def test_other_names(call: Call, sandbox: SandboxProcess, account: Bill) -> None:
    sandbox.vary("other_names_read")
    [user] = call(*USERS).json()["Items"]
    assert user["Unregistered"] is False
    assert "Registered" not in user
    assert "Token" in call(*TOKEN).json()
    assert call(*ACCOUNTS).json()["Items"][0]["AcctNumber"] == "10000101"
    assert call(*REGISTER).json()["Results"][0]["Failed"] is False
    assert set(call(*CREATE).json()) == set(call(*GUID).json()) == {"Id"}
    assert account("84.20")["AmountDue"] == 84.2
    profile = sandbox.wire_profile()["operations"]
    assert profile["retrieve_users"] == {
        "read": {"Users": "Items", "Users.Registered": "!Unregistered"}
    }


def test_the_names_of_the_older_services(
    call: Call, sandbox: SandboxProcess, account: Bill
) -> None:
    sandbox.vary("login_name", "paper_invoices")
    [user] = call(*USERS).json()["Users"]
    assert user["LoginName"] == "laundry@example.com"
    assert "EmailAddress" not in user
    told = account("84.20")
    assert told["PaperInvoices"] is True  # this customer gets paper
    assert "Paperless" not in told


@pytest.mark.parametrize(
    ("name", "asked", "left"),
    [
        ("biller_status_without_guid", STATUS, {"Active": True}),
        ("create_without_guid", CREATE, {}),
        ("register_without_results", REGISTER, {}),
        (
            "users_without_optional_fields",
            USERS,
            {"Users": [{"AccountNumber": "10000101", "Registered": True}]},
        ),
        (
            "accounts_without_optional_fields",
            ACCOUNTS,
            {"Accounts": [{"AccountNumber": "10000101"}]},
        ),
    ],
)
def test_what_is_left_out(
    call: Call, sandbox: SandboxProcess, name: str, asked: tuple[Any, ...], left: object
) -> None:
    sandbox.vary(name)
    assert call(*asked).json() == left


def test_an_account_with_its_balance_only(sandbox: SandboxProcess, account: Bill) -> None:
    sandbox.vary("account_without_optional_fields")
    assert set(account("84.20")) == {"BalanceDue", "DueDate"}


def test_register_without_results_refuses_all_if_one_fails(
    call: Call, sandbox: SandboxProcess
) -> None:
    sandbox.vary("register_without_results")
    method, path, body = REGISTER
    numbers = [{"AccountNumber": "10000104"}, {"AccountNumber": "no such account"}]
    answer = call(method, path, {**body, "Accounts": numbers})
    assert (answer.status_code, answer.json()["Message"]) == (400, "The account was not found.")
    assert sandbox.customer("10000104")["registered_by"] is None


def test_how_long_a_token_lives(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("expires_in_missing")
    assert set(call(*TOKEN).json()) == {"RemoteAuthenticationToken"}
    sandbox.vary("expires_in_as_text")
    assert call(*TOKEN).json()["ExpiresIn"] == "1200"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("guids_in_braces", "{%s}"),
        ("guids_in_upper_case", "%s"),
        ("guids_in_upper_case_and_braces", "{%s}"),
    ],
)
def test_guids(call: Call, sandbox: SandboxProcess, name: str, written: str) -> None:
    guid = call(*GUID).json()["CustomerGuid"]
    sandbox.vary(name)
    guid = guid.upper() if "upper" in name else guid
    assert call(*GUID).json()["CustomerGuid"] == written % guid
    assert call("GET", f"/api/v1/cp/{written % guid}/account").ok


@pytest.mark.parametrize(
    ("name", "registered"), [("booleans_as_text", "True"), ("booleans_as_numbers", 1)]
)
def test_booleans(call: Call, sandbox: SandboxProcess, name: str, registered: object) -> None:
    sandbox.vary(name)
    assert call(*USERS).json()["Users"][0]["Registered"] == registered


def test_account_numbers_as_numbers(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("account_numbers_as_numbers")
    assert call(*USERS).json()["Users"][0]["AccountNumber"] == 10000101


@pytest.mark.parametrize(
    ("name", "owed", "cents", "credit"),
    [
        ("money_as_text", "84.20", "0.50", "-25.10"),
        ("money_with_four_decimals", "84.2000", "0.5000", "-25.1000"),
        ("money_without_leading_zero", "84.20", ".50", "-25.10"),
        ("credits_with_trailing_minus", "84.20", "0.50", "25.10-"),
        ("credits_in_parentheses", "84.20", "0.50", "(25.10)"),
        ("money_in_all_odd_forms", "84.2000", ".5000", "25.1000-"),
        ("money_as_us_text", "$84.20", "$0.50", "-$25.10"),
    ],
)
def test_money(
    *, sandbox: SandboxProcess, account: Bill, name: str, owed: str, cents: str, credit: str
) -> None:
    sandbox.vary(name)
    balances = [account(balance)["BalanceDue"] for balance in ["84.20", "0.50", "-25.10"]]
    assert balances == [owed, cents, credit]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("dates_short", "{0.month}/{0.day}/{0.year}"),
        ("dates_iso", "{0:%Y-%m-%d}"),
        ("dates_iso_with_time", "{0:%Y-%m-%d}T00:00:00"),
        ("dates_with_narrow_space", "{0.month}/{0.day}/{0.year} 12:00:00\u202fAM"),
        ("due_date_unreadable", "Upon receipt"),
    ],
)
def test_dates(sandbox: SandboxProcess, account: Bill, name: str, written: str) -> None:
    sandbox.vary(name)
    due = datetime.now(UTC).date() + timedelta(days=5)
    assert account("84.20")["DueDate"] == written.format(due)
