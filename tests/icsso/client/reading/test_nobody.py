"""Who counts as nobody: only whom Invoice Cloud says it does not know. Anybody else who counted as
unknown would be registered, over a known address as well."""

from typing import Any

import pytest
import responses

from icsso.client.errors import InvoiceCloudError, InvoiceCloudIncomplete, InvoiceCloudRejected
from tests.icsso.client.wire import ADDRESSES, CALLS, EMAIL, client, failure

ROW = {"AccountNumber": "1000-0101", "EmailAddress": EMAIL, "Registered": "Y"}


def answers(operation: str, body: Any, *, status: int = 200) -> None:
    responses.upsert(*ADDRESSES[operation], json=body, status=status)


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"Success": True, "Data": None}),
        (200, {"Data": None}),
        (200, {"d": {"Users": None}}),
        (200, {"Users": None, "StatusMessage": "Completed"}),
        (200, {"Users": [], "Description": "0 rows", "Succeeded": 0}),
        (200, {"Success": "N", "Message": "User does not exist."}),
        (404, {"Message": "The account number was not found."}),
        (404, {"Message": "Accounts do not exist"}),
        (200, {"Users": [], "Success": True, "Message": "Scheduled maintenance"}),
        (200, {"Users": [], "ErrorCode": 0, "ErrorMessage": "No error"}),
        (200, {"Users": [], "Error": "None", "Errors": []}),
        (200, {"Users": [], "Error": "False", "ErrorMessage": "0"}),
        (200, {"Users": [], "Errors": ["No users found."]}),
        (200, {"Users": [], "Message": "Request completed."}),
        (200, {"Users": [], "Error": {"Code": 0, "Message": None}, "ErrorCode": "0"}),
        (200, {"Users": [], "ErrorMessage": "No user found with this email address."}),
        (200, {"Users": [], "ErrorMessage": "Account not found: 1000-0101."}),
        (200, {"Users": [], "ErrorMessage": "No matching records.", "ErrorCode": 404}),
        (200, {"Users": [], "ErrorMessage": "No data found"}),
        (200, {"Users": [], "ErrorMessage": "No records were returned."}),
        (200, {"Users": [], "ErrorMessage": "The operation completed successfully."}),
        (200, {"Users": [], "Error": "not_found"}),
        (200, {"$id": "1", "Users": {"$id": "2", "$values": []}}),
        (200, {"Users": [], "Errors": ["No users found.", "Account not found."]}),
        (200, {"Users": [], "Status": "OK"}),
        (200, {"Users": [], "Status": "Completed", "Result": "None"}),
        (200, {"Users": [], "Status": "NotFound"}),
        (200, {"Users": [], "Status": 404}),
        (200, {"Users": [], "Result": "no_errors"}),
        (200, {"Users": [], "Message": "Completed without errors"}),
        (200, {"Users": [], "StatusCode": 404, "Message": "No users found."}),
        (200, {"Users": [], "Message": "Account number is invalid"}),
    ],
)
def test_nobody_however_it_is_said(status: int, body: Any) -> None:
    answers("retrieve_users", body, status=status)
    assert CALLS["retrieve_users"](client()) == ()


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"Data": None, "Status": "Failed"}),
        (200, {"Data": None, "ErrorCode": 500}),
        (200, {"Data": None, "Success": -1}),
        (200, {"Message": "SUCCESS", "Data": None, "Status": "Failed"}),
        (200, {"Data": {"Data": None}, "Status": "Error"}),
        (200, {"Registered": False}),
        (200, {"Registered": False, "Message": "System busy"}),
        (200, {"Data": {"Registered": False}, "Message": "Lookup failed"}),
        (200, [0]),
        (200, [False]),
        (200, {"Users": [0]}),
        (200, {"Users": [None]}),
        (200, {"Users": [ROW, None]}),
        (200, {"Users": [], "Error": "Timeout expired."}),
        (200, {"Data": [], "errors": ["Timeout expired."]}),
        (200, {"Users": None, "Message": "False"}),
        (200, {"Users": None, "Message": "0"}),
        (200, {"Users": [], "Error": True}),
        (200, {"Users": [], "Error": "true"}),
        (200, {"Users": None, "Error": True}),
        (200, {"Users": [], "Error": {"code": 500}}),
        (200, {"Users": [], "Errors": [{"code": "E5"}]}),
        (200, {"Users": [], "Errors": [{"title": "Timeout expired"}]}),
        (200, {"Users": [], "ErrorCode": 12}),
        (200, {"Users": [], "IsFaulted": True}),
        (200, {"Users": [], "ExceptionMessage": "Timeout expired."}),
        (200, {"Users": [], "Error": "No records were returned because of a timeout."}),
        (200, {"Users": [], "Error": "No data connection"}),
        (200, {"Users": [], "Error": "Not found", "ErrorDescription": "Connection closed."}),
        (200, {"$id": "1", "Users": {"$ref": "1"}}),
        # How it went, in a word under another name.
        (200, {"Users": [], "Status": "Failed"}),
        (200, {"Users": [], "Status": False}),
        (200, {"Users": [], "Result": "SERVER_ERROR"}),
        (200, {"Data": {"Users": [], "Outcome": "Lookup failed."}}),
        (200, {"Users": [], "ResponseStatus": "Database time-out"}),
        (200, {"Users": [], "Message": "An error has occurred."}),
        (200, {"Users": [], "StatusMessage": "Internal Server Error"}),
        # Of several errors, one that may hide somebody.
        (200, {"Users": [], "Errors": ["No users found.", "Timeout expired."]}),
        (200, {"Users": [], "errors": {"Users": ["Not found."], "Server": ["Timed out."]}}),
        (200, {"Users": [], "Errors": [{"Message": "Not found."}, {"Message": "Denied."}]}),
        # A word that praises is no proof.
        (200, {"Users": [], "Status": "OK", "ErrorMessage": "Database timeout"}),
        (200, {"Users": None, "Status": "Success", "ErrorMessage": "Database timeout"}),
        (200, {"Data": None, "Result": "Success", "Message": "Please contact support"}),
        (400, {"Message": "Unknown user."}),
        (400, {"Message": "Unknown account"}),
    ],
)
def test_silence_and_a_reason_are_not_nobody(status: int, body: Any) -> None:
    answers("biller_status", {"Active": True})
    answers("retrieve_users", body, status=status)
    with pytest.raises((InvoiceCloudIncomplete, InvoiceCloudRejected)):
        CALLS["retrieve_users"](client())
    assert type(failure("remote_authentication", status=401)) is InvoiceCloudRejected


@responses.activate
@pytest.mark.parametrize("operation", ["register_accounts", "retrieve_user_accounts"])
def test_an_error_beside_an_empty_list_is_a_refusal(operation: str) -> None:
    answers("retrieve_users", [])
    body = {"Results": [], "Accounts": [], "Error": "Timeout expired."}
    assert type(failure(operation, json=body)) is InvoiceCloudRejected


@responses.activate
def test_a_user_without_accounts_has_an_empty_list() -> None:
    answers("retrieve_user_accounts", {"Accounts": [], "ErrorMessage": "User has no accounts."})
    assert CALLS["retrieve_user_accounts"](client()) == ()


@responses.activate
@pytest.mark.parametrize("status", [500, "503", 401])
def test_a_status_beside_an_empty_list_means_what_it_means(status: object) -> None:
    answers("retrieve_users", {"Users": [], "Status": status})
    with pytest.raises(InvoiceCloudError):
        CALLS["retrieve_users"](client())


@responses.activate
@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("retrieve_users", {"Users": [], "Message": "No HTTP resource was found that matches."}),
        ("retrieve_users", {"Users": [], "Message": "Contact support."}),
        ("retrieve_users", {"Users": [ROW]}),
        ("register_accounts", {"Results": []}),
        ("account", {"AccountNumber": "10000101", "BalanceDue": 0}),
        ("remote_authentication", {"RemoteAuthenticationToken": "token-27"}),
    ],
)
def test_404_in_a_body_is_nobody_only_beside_an_empty_list(operation: str, body: Any) -> None:
    answers("biller_status", {"Active": True})
    answers("retrieve_users", [ROW])
    answers(operation, body | {"StatusCode": 404})
    with pytest.raises(InvoiceCloudError):
        CALLS[operation](client())


@responses.activate
@pytest.mark.parametrize("status", ["OK", "Success", True])
def test_a_word_of_praise_hides_no_refusal(status: object) -> None:
    body = {"Message": "Address is in use", "Status": status}
    answers("retrieve_users", [])
    assert isinstance(failure("register_accounts", json=body), InvoiceCloudRejected)
    body = {"Accounts": None, "Message": "Login is locked", "Status": status}
    assert isinstance(failure("retrieve_user_accounts", json=body), InvoiceCloudRejected)


@responses.activate
def test_a_word_about_what_was_found_is_no_refusal() -> None:
    """An account's status is about the account."""
    answers("retrieve_users", {"Users": [ROW], "Status": "Failed"})
    assert len(CALLS["retrieve_users"](client())) == 1
