"""REST operations: Remote Authentication."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
LAUNDRY = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
ROSA = {"EmailAddress": "rosa@example.com", "Password": "a window over the river"}


def registration(account_numbers: list[str], **changes: Any) -> dict[str, Any]:
    accounts = [{"AccountNumber": number} for number in account_numbers]
    return {"LoginTypeID": 1, **ROSA, "Accounts": accounts, **changes}


def password_is(sandbox: SandboxProcess, email: str, password: str) -> bool:
    row = {"api_key": sandbox.api_key, "email": email, "password": password}
    matches: bool = sandbox.control("POST", "/_control/api/users/check", row)["matches"]
    return matches


def test_a_registered_user_gets_a_token_that_expires(call: Call, sandbox: SandboxProcess) -> None:
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", LAUNDRY)
    assert answer.status_code == 200
    assert set(answer.json()) == {"RemoteAuthenticationToken", "ExpiresIn"}
    assert answer.json()["ExpiresIn"] == 1200
    user = next(u for u in sandbox.state("users") if u["email"] == "laundry@example.com")
    assert user["token_values"] == [answer.json()["RemoteAuthenticationToken"]]
    expiry = datetime.fromisoformat(user["tokens"][0])
    assert timedelta(minutes=19) < expiry - datetime.now(UTC) <= timedelta(minutes=20)


def test_another_password_is_invalid_credentials(call: Call) -> None:
    wrong = {**LAUNDRY, "Password": "Copper kettle on the porch"}
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", wrong)
    assert (answer.status_code, answer.json()["Code"]) == (401, "InvalidCredentials")
    assert "WWW-Authenticate" not in answer.headers


def test_an_unknown_address_is_not_registered(call: Call) -> None:
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", ROSA)
    assert (answer.status_code, answer.json()["Code"]) == (404, "NotRegistered")


def test_users_of_an_account_say_whether_it_is_registered(
    call: Call, sandbox: SandboxProcess
) -> None:
    for number, email, registered in [
        ("10000101", "laundry@example.com", True),
        ("10000104", "rosa.delgado@example.com", False),
    ]:
        answer = call("POST", "/api/v1/remoteauth/RetrieveUsers", {"AccountNumber": number})
        guid = sandbox.customer(number)["guid"]
        row = {"CustomerGuid": guid, "AccountNumber": number, "EmailAddress": email}
        assert answer.json() == {"Users": [{**row, "Registered": registered}]}


def test_an_account_that_does_not_exist_has_no_users(call: Call) -> None:
    body = {"AccountNumber": "10000105", "EmailAddress": "laundry@example.com"}
    answer = call("POST", "/api/v1/remoteauth/RetrieveUsers", body)
    assert (answer.status_code, answer.json()) == (200, {"Users": []})


def test_users_of_an_address_are_found_without_an_account_number(call: Call) -> None:
    body = {"EmailAddress": "Manager@Example.com"}
    users = call("POST", "/api/v1/remoteauth/RetrieveUsers", body).json()["Users"]
    assert [user["AccountNumber"] for user in users] == [str(n) for n in range(10000201, 10000241)]
    assert {user["Registered"] for user in users} == {True}


def test_users_without_account_or_email_are_refused(call: Call) -> None:
    assert call("POST", "/api/v1/remoteauth/RetrieveUsers", {}).status_code == 400


def test_user_accounts_name_number_customer_and_guid(call: Call, sandbox: SandboxProcess) -> None:
    body = {"EmailAddress": "laundry@example.com"}
    answer = call("POST", "/api/v1/remoteauth/RetrieveUserAccounts", body)
    guid = sandbox.customer("10000101")["guid"]
    account = {"AccountNumber": "10000101", "CustomerName": "Willows Laundry", "CustomerGuid": guid}
    assert answer.json() == {"Accounts": [account]}


@pytest.mark.parametrize("operation", ["RetrieveUserAccounts", "UpdatePassword"])
def test_an_unknown_user_is_refused(call: Call, operation: str) -> None:
    body = {"EmailAddress": "nobody@example.com", "NewPassword": "something else"}
    assert call("POST", f"/api/v1/remoteauth/{operation}", body).status_code == 400


def test_registering_gives_the_account_to_the_user(call: Call, sandbox: SandboxProcess) -> None:
    body = registration(["10000104"])
    answer = call("POST", "/api/v1/remoteauth/RegisterAccounts", body)
    assert answer.json() == {"Results": [{"AccountNumber": "10000104", "Registered": True}]}
    assert sandbox.customer("10000104")["registered_by"] == "rosa@example.com"
    assert call("POST", "/api/v1/remoteauth/RemoteAuthentication", ROSA).status_code == 200
    assert call("POST", "/api/v1/remoteauth/RegisterAccounts", body).json() == answer.json()


def test_registering_a_list_succeeds_or_fails_per_account(
    call: Call, sandbox: SandboxProcess
) -> None:
    body = registration(["10000104", "10000101", "10000105"])
    results = call("POST", "/api/v1/remoteauth/RegisterAccounts", body).json()["Results"]
    assert [result["Registered"] for result in results] == [True, False, False]
    assert "Message" not in results[0]
    assert results[1]["Message"] == "The account is registered by another user."
    assert results[2]["Message"] == "The account was not found."
    assert sandbox.customer("10000101")["registered_by"] == "laundry@example.com"


def test_no_user_is_created_when_no_account_is_registered(call: Call) -> None:
    call("POST", "/api/v1/remoteauth/RegisterAccounts", registration(["10000101"]))
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", ROSA)
    assert answer.json()["Code"] == "NotRegistered"


def test_a_known_address_with_another_password_is_a_conflict(
    call: Call, sandbox: SandboxProcess
) -> None:
    body = registration(["10000104"], EmailAddress="laundry@example.com")
    assert call("POST", "/api/v1/remoteauth/RegisterAccounts", body).status_code == 409
    assert sandbox.customer("10000104")["registered_by"] is None
    assert password_is(sandbox, "laundry@example.com", LAUNDRY["Password"])


@pytest.mark.parametrize(
    "changes",
    [
        {"LoginTypeID": 2},
        {"LoginTypeID": None},
        {"Accounts": []},
        {"Accounts": ["10000104"]},
        {"Password": ""},
        {"EmailAddress": "rosa"},
    ],
)
def test_an_incomplete_registration_is_refused(
    call: Call, sandbox: SandboxProcess, changes: dict[str, Any]
) -> None:
    answer = call(
        "POST", "/api/v1/remoteauth/RegisterAccounts", registration(["10000104"], **changes)
    )
    assert answer.status_code == 400
    assert answer.json()["Message"]
    assert sandbox.customer("10000104")["registered_by"] is None


def test_a_new_password_replaces_the_old_however_often_it_is_sent(
    call: Call, sandbox: SandboxProcess
) -> None:
    body = {"EmailAddress": "laundry@example.com", "NewPassword": " keeps its spaces "}
    for _ in range(2):
        answer = call("POST", "/api/v1/remoteauth/UpdatePassword", body)
        assert (answer.status_code, answer.json()) == (200, {})
    assert password_is(sandbox, "laundry@example.com", " keeps its spaces ")
    assert not password_is(sandbox, "laundry@example.com", LAUNDRY["Password"])


def test_changing_the_email_address_keeps_the_accounts(call: Call, sandbox: SandboxProcess) -> None:
    body = {"EmailAddress": "laundry@example.com", "NewEmailAddress": "willows@example.com"}
    answer = call("POST", "/api/v1/remoteauth/UpdateEmailAddress", body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert sandbox.customer("10000101")["registered_by"] == "willows@example.com"


def test_an_address_that_is_taken_is_a_conflict(call: Call, sandbox: SandboxProcess) -> None:
    body = {"EmailAddress": "laundry@example.com", "NewEmailAddress": "Manager@example.com"}
    assert call("POST", "/api/v1/remoteauth/UpdateEmailAddress", body).status_code == 409
    assert sandbox.customer("10000101")["registered_by"] == "laundry@example.com"
