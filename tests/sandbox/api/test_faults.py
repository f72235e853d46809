"""Faults switched on by the control API, as a client sees them."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
Switch = Callable[..., None]
USERS = ("POST", "/api/v1/remoteauth/RetrieveUsers", {"AccountNumber": "10000101"})
NEW_PASSWORD = {"EmailAddress": "laundry@example.com", "NewPassword": "another one"}


@pytest.fixture
def switch_on(sandbox: SandboxProcess) -> Switch:
    def switch(operation: str, kind: str, **more: Any) -> None:
        row = {"operation": operation, "kind": kind, **more}
        sandbox.control("POST", "/_control/api/faults", row)

    return switch


def password_changed(sandbox: SandboxProcess) -> bool:
    row = {"api_key": sandbox.api_key, "email": "laundry@example.com", "password": "another one"}
    changed: bool = sandbox.control("POST", "/_control/api/users/check", row)["matches"]
    return changed


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("unavailable", 503),
        ("too_many", 429),
        ("bad_gateway", 502),
        ("gateway_timeout", 504),
        ("server_error", 500),
        ("refused", 400),
        ("unauthorized", 401),
        ("redirect", 302),
        ("html", 200),
        ("success_false", 200),
        ("message_only", 200),
    ],
)
def test_a_fault_replaces_the_operation(
    call: Call, switch_on: Switch, sandbox: SandboxProcess, kind: str, status: int
) -> None:
    switch_on("update_password", kind, times=1)
    path = "/api/v1/remoteauth/UpdatePassword"
    answer = call("POST", path, NEW_PASSWORD, allow_redirects=False)
    assert answer.status_code == status
    assert not password_changed(sandbox)
    assert call("POST", path, NEW_PASSWORD).json() == {}
    [first, second] = sandbox.control("GET", "/_control/api/calls")
    assert (first["fault"], first["status"]) == (kind, status)
    assert (second["fault"], second["status"]) == ("", 200)


def test_an_outage_sends_retry_after(call: Call, switch_on: Switch) -> None:
    switch_on("*", "unavailable", seconds=120)
    assert call(*USERS).headers["Retry-After"] == "120"


def test_refusals_have_their_wording(call: Call, switch_on: Switch) -> None:
    switch_on("retrieve_users", "success_false", times=1)
    assert call(*USERS).json()["Success"] is False
    switch_on("cloud_payments", "message_only", times=1)
    refused = call("POST", "/cloudpaymentsapi/v2", {})
    assert refused.json() == {"Message": "Invalid Invoice Type ID", "Data": None}
    switch_on("retrieve_users", "html", times=1)
    page = call(*USERS)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "</html>" in page.text
    switch_on("remote_authentication", "wrong_password", times=1)
    right = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", right)
    assert (answer.status_code, answer.json()["Code"]) == (401, "InvalidCredentials")


def test_a_reset_before_anything_is_done(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    switch_on("update_password", "reset", times=1)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        call("POST", "/api/v1/remoteauth/UpdatePassword", NEW_PASSWORD)
    assert not password_changed(sandbox)
    [lost] = sandbox.control("GET", "/_control/api/calls")
    assert (lost["status"], lost["fault"]) == (None, "reset")


@pytest.mark.parametrize("kind", ["reset_after", "hang_after"])
def test_a_call_is_carried_out_but_the_response_is_lost(
    call: Call, switch_on: Switch, sandbox: SandboxProcess, kind: str
) -> None:
    switch_on("update_password", kind, times=1, seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        call("POST", "/api/v1/remoteauth/UpdatePassword", NEW_PASSWORD)
    assert password_changed(sandbox)


def test_a_reset_ends_a_connection_that_was_kept_alive(
    sandbox: SandboxProcess, switch_on: Switch
) -> None:
    url = f"{sandbox.url}/api/v1/biller/status"
    with requests.Session() as session:
        session.auth = (sandbox.api_key, "")
        assert session.get(url, timeout=10).ok
        switch_on("biller_status", "reset", times=1)
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=10)
        assert session.get(url, timeout=10).ok


def test_a_hanging_call_does_nothing_and_blocks_no_other(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    switch_on("update_password", "hang")
    with pytest.raises(requests.ReadTimeout):
        call("POST", "/api/v1/remoteauth/UpdatePassword", NEW_PASSWORD, timeout=0.5)
    assert call(*USERS).ok
    assert not password_changed(sandbox)


def test_clearing_the_faults_releases_hanging_calls(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    switch_on("retrieve_users", "hang", seconds=3600)
    ends: list[BaseException] = []

    def wait_for_the_end() -> None:
        try:
            call(*USERS, timeout=60)
        except requests.ConnectionError as end:
            ends.append(end)

    held = threading.Thread(target=wait_for_the_end)
    held.start()
    while not sandbox.control("GET", "/_control/api/calls"):
        time.sleep(0.01)
    while held.is_alive():  # it may be logged a moment before it hangs
        sandbox.control("DELETE", "/_control/api/faults")
        held.join(timeout=0.1)
    assert len(ends) == 1
    assert call(*USERS).ok


def test_corrupted_responses(call: Call, switch_on: Switch) -> None:
    whole = call(*USERS)
    switch_on("retrieve_users", "truncated", times=1)
    cut = call(*USERS)
    assert (cut.status_code, cut.text) == (200, whole.text[: len(whole.text) // 2])
    switch_on("retrieve_users", "empty", times=1)
    assert (call(*USERS).status_code, call(*USERS).text) == (200, whole.text)
    switch_on("retrieve_users", "wrong_type", times=1)
    assert call(*USERS).json() == []
    switch_on("retrieve_users", "wrapped", times=1)
    assert call(*USERS).json() == {"Data": whole.json()}


def test_an_empty_response_has_no_body(call: Call, switch_on: Switch) -> None:
    switch_on("retrieve_users", "empty")
    assert (call(*USERS).status_code, call(*USERS).content) == (200, b"")


def test_numbers_and_booleans_as_text(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    guid = sandbox.customer("10000101")["guid"]
    switch_on("*", "stringly")
    account = call("GET", f"/api/v1/cp/{guid}/account").json()
    assert (account["BalanceDue"], account["AutoPay"]) == ("84.20", "false")
    user = call(*USERS).json()["Users"][0]
    assert user["CustomerGuid"] == "{" + guid.upper() + "}"
    assert user["Registered"] == "true"


def test_latency_is_combined_with_another_fault(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    switch_on("*", "slow", seconds=0.2)
    switch_on("retrieve_users", "refused", times=1)
    assert call(*USERS).status_code == 400
    assert call(*USERS).status_code == 200
    for logged in sandbox.control("GET", "/_control/api/calls"):
        assert logged["ended"] - logged["started"] >= 0.2


def test_a_fault_with_two_uses_occurs_twice_among_concurrent_calls(
    call: Call, switch_on: Switch, sandbox: SandboxProcess
) -> None:
    switch_on("retrieve_users", "unavailable", times=2)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(call(*USERS).status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 6 + [503] * 2
    assert sandbox.control("GET", "/_control/api/faults") == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("invented", "slow"),
        ("account", "invented"),
        ("account", "wrong_password"),
        ("hosted_page", "truncated"),
    ],
)
def test_a_fault_that_cannot_occur_is_refused(switch_on: Switch, operation: str, kind: str) -> None:
    with pytest.raises(RuntimeError, match="400"):
        switch_on(operation, kind)
