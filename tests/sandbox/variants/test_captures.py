"""A capture of another Invoice Cloud, which the sandbox then imitates with its own data."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from requests import Response

from tests.sandbox_process import MANAGE, SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
LAUNDRY = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
WRONG = {**LAUNDRY, "Password": "not this one"}


def exchange(operation: str, body: Any, *, status: int = 200, **request: Any) -> dict[str, Any]:
    response = {"status": status, "content_type": "", "headers": [], "body": body}
    return {"step": operation, "operation": operation, "request": request, "response": response}


def capture(*exchanges: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "exchanges": list(exchanges)}


@pytest.fixture
def load(sandbox: SandboxProcess) -> Callable[..., Any]:
    def load(*exchanges: dict[str, Any], profile: Any = None) -> Any:
        body = {"capture": capture(*exchanges), "profile": profile}
        return sandbox.control("POST", "/_control/api/captures", body)

    return load


Load = Callable[..., Any]
USERS = {
    "Data": [
        {
            "LoginName": "null",
            "accountNumber": "integer",
            "CustomerGUID": "guid:braces",
            "Registered": "boolean:text",
            "LastSeen": "date:M/d/yyyy h:mm:ss tt",
            "Note": "text:5",
        },
        {"LoginName": "email", "accountNumber": "integer"},
    ]
}


def test_a_list_in_the_captured_shape(call: Call, sandbox: SandboxProcess, load: Load) -> None:
    told = load(exchange("retrieve_users", USERS), exchange("single_sign_on", "html:900"))
    assert told == {"imitated": ["retrieve_users"], "ignored": ["single_sign_on"]}
    answer = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "10000101"})
    assert answer.json() == {
        "Data": [
            {
                "LoginName": "laundry@example.com",
                "accountNumber": 10000101,
                "CustomerGUID": "{" + sandbox.customer("10000101")["guid"] + "}",
                "Registered": "True",
                "LastSeen": "1/5/2027 3:04:05 PM",  # made up
                "Note": "xxxxx",
            }
        ]
    }
    nobody = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "none"})
    assert nobody.json() == {"Data": []}


def test_null_for_an_empty_list(call: Call, load: Load) -> None:
    load(
        exchange("retrieve_users", {"Users": "null"}),
        exchange("retrieve_users", {"Users": [{"AccountNumber": "text:8"}]}),
    )
    nobody = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "none"})
    assert nobody.json() == {"Users": None}
    known = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "10000101"})
    assert known.json() == {"Users": [{"AccountNumber": "10000101"}]}


def test_a_list_of_which_only_the_empty_one_was_seen(call: Call, load: Load) -> None:
    load(exchange("retrieve_users", []))
    nobody = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "none"})
    assert nobody.json() == []
    [row] = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "10000101"}).json()
    assert (row["AccountNumber"], row["Registered"]) == ("10000101", True)


@pytest.mark.parametrize(
    ("kinds", "balance", "due"),
    [
        (("money:2", "date:M/d/yyyy"), "84.20", "{0.month}/{0.day}/{0.year}"),
        (("money:4", "date:MM/dd/yyyy"), "84.2000", "{0:%m/%d/%Y}"),
        (("money:number:2", "date:yyyy-MM-dd"), 84.2, "{0:%Y-%m-%d}"),
        (("digits:2", "date:yyyy-MM-ddTHH:mm:ss"), "84.20", "{0:%Y-%m-%d}T00:00:00"),
        (("money:2", "text:12"), "84.20", "xxxxxxxxxxxx"),
        (("money:2", "null"), "84.20", ""),
    ],
)
def test_kinds_of_values(
    *, call: Call, sandbox: SandboxProcess, load: Load, kinds: Any, balance: object, due: str
) -> None:
    customer = sandbox.customer("10000101")
    day = datetime.fromisoformat(customer["invoices"][-1]["due_date"]).replace(tzinfo=UTC)
    said = {"BalanceDue": kinds[0], "DueDate": kinds[1], "PaperInvoices": "boolean", "Pin": "empty"}
    load(exchange("account", {"Data": said}, method="GET", path="/api/v9/cp/{CustomerGuid}/now"))
    answer = call("GET", f"/api/v9/cp/{customer['guid']}/now").json()["Data"]
    assert answer == {
        "BalanceDue": balance,
        "DueDate": due.format(day) or None,
        "PaperInvoices": True,
        "Pin": "",
    }
    assert call("GET", f"/api/v1/cp/{customer['guid']}/account").status_code == 404


def test_a_path_with_a_hidden_part_is_not_taken_over(call: Call, load: Load) -> None:
    load(exchange("biller_status", {"Active": "boolean"}, method="GET", path="/api/{part}/status"))
    assert call("GET", "/api/v1/biller/status").json() == {"Active": True}


def test_success_and_failure_of_an_authentication(call: Call, load: Load) -> None:
    load(
        exchange("remote_authentication", {"Message": "text:20", "Token": "null"}),
        exchange(
            "remote_authentication",
            {"Message": "text:7", "RemoteAuthenticationToken": "text:43", "Success": "boolean"},
        ),
    )
    right = call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY)
    assert right.json()["Message"] == "SUCCESS"
    assert right.json()["Success"] is True
    assert len(right.json()["RemoteAuthenticationToken"]) > 20
    wrong = call("POST", f"{REMOTE}/RemoteAuthentication", WRONG)
    assert wrong.status_code == 200
    assert wrong.json() == {"Message": "The password is not correct.", "Token": None}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, {"ErrorMessage": "text:30", "Success": "boolean", "Id": "guid:upper"}, None),
        (404, "html:1234", "<!DOCTYPE html>"),
        (401, "empty", ""),
    ],
)
def test_failures_are_worded_as_captured(
    *, call: Call, load: Load, status: int, body: Any, said: str | None
) -> None:
    load(exchange("remote_authentication", body, status=status))
    wrong = call("POST", f"{REMOTE}/RemoteAuthentication", WRONG)
    assert wrong.status_code == status
    if said is None:
        assert wrong.json() == {
            "ErrorMessage": "The password is not correct.",
            "Success": False,
            "Id": "0D3A6C9F-1B2E-4F57-8A90-1C2D3E4F5A6B",
        }
    else:
        assert wrong.text[: len(said) or None] == said
    assert call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY).ok


def test_a_refusal_and_an_empty_success(call: Call, load: Load) -> None:
    load(
        exchange("update_password", "empty", status=204),
        exchange("update_password", {"Message": "text:9"}, status=422),
        exchange("update_password", {"Message": "text:9"}, status=503),
    )
    known = {"EmailAddress": "laundry@example.com", "NewPassword": "another one"}
    done = call("POST", f"{REMOTE}/UpdatePassword", known)
    assert (done.status_code, done.content) == (204, b"")
    unknown = {**known, "EmailAddress": "nobody@example.com"}
    refused = call("POST", f"{REMOTE}/UpdatePassword", unknown)
    assert (refused.status_code, refused.json()) == (422, {"Message": "The user was not found."})


def test_a_refusal_that_only_its_names_tell(call: Call, load: Load) -> None:
    load(
        exchange("update_email_address", {"Status": "text:6", "Message": "text:23"}),
        exchange("update_email_address", {"Status": "text:9", "Result": "null"}),
    )
    path = f"{REMOTE}/UpdateEmailAddress"
    known = {"EmailAddress": "laundry@example.com", "NewEmailAddress": "new@example.com"}
    assert call("POST", path, known).json() == {"Status": "xxxxxxxxx", "Result": None}
    taken = {"EmailAddress": "new@example.com", "NewEmailAddress": "manager@example.com"}
    refused = call("POST", path, taken)
    assert (refused.status_code, refused.json()["Status"]) == (200, "xxxxxx")
    assert refused.json()["Message"] == "The new email address is already registered."


def test_a_refusal_instead_of_a_list(call: Call, load: Load) -> None:
    load(
        exchange("retrieve_user_accounts", {"Message": "text:23"}),
        exchange("retrieve_user_accounts", {"Accounts": [{"AccountNumber": "digits:8"}]}),
    )
    path = f"{REMOTE}/RetrieveUserAccounts"
    refused = call("POST", path, {"EmailAddress": "nobody@example.com"})
    assert (refused.status_code, refused.json()) == (200, {"Message": "The user was not found."})
    known = call("POST", path, {"EmailAddress": "laundry@example.com"})
    assert known.json() == {"Accounts": [{"AccountNumber": "10000101"}]}


def test_names_that_the_profile_of_the_capture_explains(call: Call, load: Load) -> None:
    shape = {"status": "text:9", "Result": {"Items": [{"Acct": "text:8", "Unreg": "boolean"}]}}
    profile = {
        "operations": {
            "retrieve_users": {
                "send": {"AccountNumber": "Acct", "EmailAddress": None},
                "read": {
                    "Users": "Result.Items",
                    "Users.AccountNumber": "Acct",
                    "Users.Registered": "!Unreg",
                },
                "succeeded": {"Status": "Succeeded"},
            }
        }
    }
    sent = {"method": "PUT", "path": "/api/v2/users"}
    load(exchange("retrieve_users", shape, **sent), profile=profile)
    answer = call("PUT", "/api/v2/users", {"Acct": "10000101"})
    assert answer.json() == {
        "status": "Succeeded",
        "Result": {"Items": [{"Acct": "10000101", "Unreg": False}]},
    }


def test_registration_without_results(call: Call, load: Load) -> None:
    load(exchange("register_accounts", {"Message": "text:7"}, status=201))
    body = {"LoginTypeID": 1, **LAUNDRY, "Accounts": [{"AccountNumber": "10000104"}]}
    answer = call("POST", f"{REMOTE}/RegisterAccounts", body)
    assert (answer.status_code, answer.json()) == (201, {"Message": "SUCCESS"})
    unknown = {**body, "Accounts": [{"AccountNumber": "none"}]}
    assert call("POST", f"{REMOTE}/RegisterAccounts", unknown).status_code == 400


def test_a_payment_page_as_captured(call: Call, load: Load) -> None:
    load(exchange("cloud_payments", {"message": "text:7", "data": {"cloudPaymentURL": "url"}}))
    body = {"ViewMode": 1, "Customers": [{"AccountNumber": "10000101"}]}
    answer = call("POST", "/cloudpaymentsapi/v2", body).json()
    assert answer["message"] == "SUCCESS"
    assert "/cloudpayments/" in answer["data"]["cloudPaymentURL"]


def test_captures_are_listed_and_forgotten(call: Call, sandbox: SandboxProcess, load: Load) -> None:
    plain = call("GET", "/api/v1/biller/status").json()
    load(exchange("biller_status", {"Data": {"Active": "boolean:text"}}))
    listed = sandbox.control("GET", "/_control/api/captures")
    assert listed == [{"operation": "biller_status", "exchanges": 1}]
    assert call("GET", "/api/v1/biller/status").json() == {"Data": {"Active": "True"}}
    sandbox.control("DELETE", "/_control/api/captures")
    assert call("GET", "/api/v1/biller/status").json() == plain


@pytest.mark.parametrize("body", [{}, {"format": 2}, {"format": 1, "exchanges": [{}]}])
def test_what_is_not_a_capture_is_refused(sandbox: SandboxProcess, body: object) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.control("POST", "/_control/api/captures", body)


def test_the_command_loads_a_file(call: Call, sandbox: SandboxProcess, tmp_path: Path) -> None:
    file = tmp_path / "capture.json"
    file.write_text(json.dumps(capture(exchange("biller_status", {"active": "boolean"}))))
    environment = {**os.environ, "SANDBOX_DATABASE": str(sandbox.database)}
    command = [sys.executable, str(MANAGE), "load_capture", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "Answers as captured: biller_status\n"
    assert call("GET", "/api/v1/biller/status").json() == {"active": True}
    file.write_text("{}")
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, "not a capture" in refused.stderr) == (1, True)
