"""Variants: how refusals are worded."""

from collections.abc import Callable
from typing import Any

import pytest
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
WRONG = "Invalid email address or password."
LAUNDRY = {"EmailAddress": "laundry@example.com", "Password": "not this one"}
NOBODY = {"EmailAddress": "nobody@example.com", "Password": "not this one"}
UNKNOWN_CUSTOMER = ("POST", "/api/v1/customer/RetrieveCustomerGuid", {"AccountNumber": "none"})
NOT_FOUND = "The customer was not found."
PASSWORD = "POST", f"{REMOTE}/UpdatePassword"
NO_INVOICE_TYPE = {"ViewMode": 1, "Customers": [{"AccountNumber": "no such account"}]}
CONFLICTS = [
    (
        "/api/v1/customer/CreateCustomerRecord",
        {"AccountNumber": "10000101", "CustomerName": "Willows Laundry"},
        "The account already exists.",
    ),
    (
        f"{REMOTE}/RegisterAccounts",
        {"LoginTypeID": 1, **LAUNDRY, "Accounts": [{"AccountNumber": "10000101"}]},
        "The email address is registered with another password.",
    ),
    (
        f"{REMOTE}/UpdateEmailAddress",
        {"EmailAddress": "laundry@example.com", "NewEmailAddress": "manager@example.com"},
        "The new email address is already registered.",
    ),
]


@pytest.mark.parametrize("who", [LAUNDRY, NOBODY])
@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("credentials_401_message", 401, {"Message": WRONG}),
        ("credentials_200_message", 200, {"Message": WRONG}),
        ("credentials_200_null_token", 200, {"RemoteAuthenticationToken": None}),
        ("credentials_200_success_false", 200, {"Success": False, "Message": WRONG}),
        ("credentials_400", 400, {"Message": WRONG}),
        ("credentials_403", 403, {"Message": WRONG}),
        ("credentials_404", 404, {"Message": WRONG}),
    ],
)
def test_a_failed_authentication_is_the_same_for_all_reasons(
    *, call: Call, sandbox: SandboxProcess, name: str, status: int, body: object, who: Any
) -> None:
    sandbox.vary(name)
    answer = call("POST", f"{REMOTE}/RemoteAuthentication", who)
    assert (answer.status_code, answer.json()) == (status, body)


def test_a_failed_authentication_without_words(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("credentials_401_empty")
    answer = call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY)
    assert (answer.status_code, answer.content) == (401, b"")
    sandbox.vary("credentials_404_html")
    answer = call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_wrong_key_is_still_told_from_a_wrong_password(
    call: Call, sandbox: SandboxProcess
) -> None:
    sandbox.vary("credentials_200_message", "rejection_200_success_false")
    answer = call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY, auth=("wrong", ""))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("rejection_200_success_false", 200, {"Success": False, "Message": NOT_FOUND}),
        ("rejection_200_success_text", 200, {"Success": "False", "ErrorMessage": NOT_FOUND}),
        ("rejection_404", 404, {"Message": NOT_FOUND}),
        ("rejection_422", 422, {"Message": NOT_FOUND}),
        ("rejection_200_status_text", 200, {"Status": "Failed", "Message": NOT_FOUND}),
    ],
)
def test_a_rejection(
    call: Call, sandbox: SandboxProcess, name: str, status: int, body: object
) -> None:
    sandbox.vary(name)
    answer = call(*UNKNOWN_CUSTOMER)
    assert (answer.status_code, answer.json()) == (status, body)


def test_a_status_text_in_every_answer(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("rejection_200_status_text")
    assert call("GET", "/api/v1/biller/status").json()["Status"] == "Succeeded"
    new = {"EmailAddress": "laundry@example.com", "NewPassword": "another one"}
    assert call(*PASSWORD, new).json() == {"Status": "Succeeded"}
    profile = sandbox.wire_profile()["operations"]
    assert profile["update_password"] == {"succeeded": {"Status": "Succeeded"}}


def test_a_payment_page_refused_by_its_message(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("page_refused_by_message")
    answer = call("POST", "/cloudpaymentsapi/v2", NO_INVOICE_TYPE)
    assert answer.status_code == 200
    assert answer.json() == {"Message": "The account no such account was not found.", "Data": None}


def test_a_payment_page_without_a_message(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("page_without_message")
    known = {"ViewMode": 0, "Customers": [{"AccountNumber": "10000101"}]}
    assert set(call("POST", "/cloudpaymentsapi/v2", known).json()) == {"Data"}


@pytest.mark.parametrize(("path", "body", "reason"), CONFLICTS)
def test_what_exists_already(
    call: Call, sandbox: SandboxProcess, path: str, body: Any, reason: str
) -> None:
    assert call("POST", path, body).status_code == 409
    sandbox.vary("conflict_400")
    answer = call("POST", path, body)
    assert (answer.status_code, answer.json()) == (400, {"Message": reason})
    sandbox.vary("conflict_200_success_false")
    answer = call("POST", path, body)
    assert (answer.status_code, answer.json()) == (200, {"Success": False, "Message": reason})


def test_the_profile_knows_what_exists_already_by_its_text(sandbox: SandboxProcess) -> None:
    refused = sandbox.wire_profile("conflict_400")["operations"]
    assert set(refused) == {
        "create_customer_record",
        "register_accounts",
        "update_email_address",
    }
    [known] = refused["register_accounts"]["refused"]
    assert (known["status"], known["means"]) == (400, "already_exists")
