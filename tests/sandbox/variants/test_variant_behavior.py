"""Variants: what Invoice Cloud decides otherwise."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests import Response

from tests.sandbox.pages import cloud_payments, connect, token_of, visit, words
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
LAUNDRY = "laundry@example.com"
OWN, OTHER = "copper kettle on the porch", "a second password"


def register(call: Call, number: str, email: str = LAUNDRY, password: str = OTHER) -> Response:
    body = {
        "LoginTypeID": 1,
        "EmailAddress": email,
        "Password": password,
        "Accounts": [{"AccountNumber": number}],
    }
    return call("POST", f"{REMOTE}/RegisterAccounts", body)


def opens(call: Call, password: str) -> bool:
    body = {"EmailAddress": LAUNDRY, "Password": password}
    return call("POST", f"{REMOTE}/RemoteAuthentication", body).ok


def accounts(call: Call, email: str = LAUNDRY) -> list[str]:
    answer = call("POST", f"{REMOTE}/RetrieveUserAccounts", {"EmailAddress": email}).json()
    return [row["AccountNumber"] for row in answer["Accounts"]]


@pytest.mark.parametrize(
    ("name", "status", "passwords", "number"),
    [
        ("known_address_refused", 400, [True, False], 1),
        ("known_address_overwrites", 200, [False, True], 2),
        ("known_address_registers", 200, [True, False], 2),
        ("several_registrations", 200, [True, True], 2),
    ],
)
def test_a_known_address_with_another_password(
    *,
    call: Call,
    sandbox: SandboxProcess,
    name: str,
    status: int,
    passwords: list[bool],
    number: int,
) -> None:
    sandbox.vary(name)
    assert register(call, "10000104").status_code == status
    assert [opens(call, OWN), opens(call, OTHER)] == passwords
    assert len(accounts(call)) == number


def test_several_registrations_are_apart(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("several_registrations")
    register(call, "10000104")
    register(call, "10000103")  # the same password: the same registration
    own = [user for user in sandbox.state("users") if user["email"] == LAUNDRY]
    assert [user["accounts"] for user in own] == [["10000101"], ["10000103", "10000104"]]
    second = {"EmailAddress": LAUNDRY, "Password": OTHER}
    token = call("POST", f"{REMOTE}/RemoteAuthentication", second).json()
    form = {"RemoteAuthenticationToken": token["RemoteAuthenticationToken"], "ViewMode": "1"}
    page = words(connect(sandbox, form | {"RedirectID": "1"}))
    assert "10000104" in page
    assert "10000101" not in page
    row = {"api_key": sandbox.api_key, "email": LAUNDRY, "registration": 3, "password": "third"}
    sandbox.control("POST", "/_control/api/users", row)
    assert opens(call, "third")


def test_no_registration_before_the_first_bill(call: Call, sandbox: SandboxProcess) -> None:
    row: dict[str, Any] = {"account_number": "5550", "name": "Five Fifty"}
    customers = {"api_key": sandbox.api_key, "customers": [row]}
    sandbox.control("POST", "/_control/api/customers", customers)
    sandbox.vary("first_bill_needed")
    [result] = register(call, "5550", "new@example.com").json()["Results"]
    assert result["Registered"] is False
    assert result["Message"] == "We do not have a bill for this account yet."
    sandbox.vary("register_without_results")
    refused = register(call, "5550", "new@example.com")
    assert (refused.status_code, refused.json()) == (400, {"Message": result["Message"]})
    row["invoices"] = [{"number": "1", "balance": "10.00"}]
    sandbox.control("POST", "/_control/api/customers", customers)
    assert register(call, "5550", "new@example.com").json() == {}
    assert accounts(call, "new@example.com") == ["5550"]


def test_an_invited_user_has_a_row_too(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("invited_users")
    answer = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "10000101"}).json()
    assert [row["Registered"] for row in answer["Users"]] == [False, True]
    assert answer["Users"][0]["EmailAddress"] == "invited-10000101@example.com"
    nobody = call("POST", f"{REMOTE}/RetrieveUsers", {"AccountNumber": "none"}).json()
    assert nobody == {"Users": []}


def balance(call: Call, sandbox: SandboxProcess, number: str) -> Any:
    guid = sandbox.customer(number)["guid"]
    return call("GET", f"/api/v1/cp/{guid}/account").json()["BalanceDue"]


def test_credits_as_zero(call: Call, sandbox: SandboxProcess) -> None:
    assert balance(call, sandbox, "10000103") == -25.1
    sandbox.vary("credits_as_zero")
    assert balance(call, sandbox, "10000103") == 0
    assert balance(call, sandbox, "10000101") == 84.2


def test_a_balance_lags_behind_a_payment(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("lagging_balance")
    row = {"hosted_payment": cloud_payments(sandbox), "lines": [{"amount": "84.20"}]}
    sandbox.control("POST", "/_control/api/payments", row)
    assert balance(call, sandbox, "10000101") == 84.2
    sandbox.control("DELETE", "/_control/api/variants")
    assert balance(call, sandbox, "10000101") == 0


def test_request_validation(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("request_validation")
    assert register(call, "10000104", "rosa@example.com", "less < more").status_code == 400
    assert register(call, "10000104", "rosa@example.com", "more > less").ok


def test_a_token_ends_early(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary(token_ends_early=1)
    body = {"EmailAddress": LAUNDRY, "Password": OWN}
    assert call("POST", f"{REMOTE}/RemoteAuthentication", body).json()["ExpiresIn"] == 1200
    ended = token_of(sandbox, LAUNDRY)
    time.sleep(1.1)
    sandbox.vary(token_ends_early=60)
    assert "Sign in" in words(visit(sandbox, LAUNDRY, RemoteAuthenticationToken=ended).landed)
    assert "Open invoices" in words(visit(sandbox, LAUNDRY).landed)  # with a new token


def test_a_token_ends_when_a_control_says_so_and_its_page_with_it(sandbox: SandboxProcess) -> None:
    sandbox.vary("token_ends_early")
    shown = visit(sandbox, LAUNDRY)
    assert "Open invoices" in words(shown.get("bills"))
    user = {"api_key": sandbox.api_key, "email": LAUNDRY}
    sandbox.control("POST", "/_control/api/users/expire-tokens", user)
    assert "Sign in" in words(shown.get("bills"))
    sandbox.control("DELETE", "/_control/api/variants")
    shown = visit(sandbox, LAUNDRY)
    sandbox.control("POST", "/_control/api/users/expire-tokens", user)
    assert "Open invoices" in words(shown.get("bills"))  # only the token has ended
    sandbox.control("POST", "/_control/api/users/expire-tokens", {**user, "pages": True})
    assert shown.get("bills").status_code == 410


def test_a_rate_limit_of_one_operation(call: Call, sandbox: SandboxProcess) -> None:
    assert sandbox.vary("rate_limit") == {"rate_limit": {"account": 2}}
    path = f"/api/v1/cp/{sandbox.customer('10000101')['guid']}/account"
    assert [call("GET", path).status_code for _ in range(2)] == [200, 200]
    # On a slow machine, a new second may have begun.
    further = [call("GET", path) for _ in range(8)]
    refused = [answer.headers["Retry-After"] for answer in further if answer.status_code == 429]
    assert set(refused) == {"1"}
    assert call("GET", "/api/v1/biller/status").ok
    sandbox.vary(rate_limit={"biller_status": 0})
    assert call("GET", "/api/v1/biller/status").status_code == 429


def test_a_payment_page_on_another_host(sandbox: SandboxProcess) -> None:
    sandbox.vary("hosted_page_on_other_host")
    address = cloud_payments(sandbox)
    [origin] = sandbox.wire_profile()["hosts"]
    assert address.startswith(f"{origin}/cloudpayments/")
    assert origin != sandbox.url
    assert requests.get(address, timeout=10).ok


@pytest.mark.parametrize(("view_mode", "stays"), [(1, True), (0, False)])
def test_no_way_back_from_a_frame(sandbox: SandboxProcess, view_mode: int, stays: bool) -> None:
    sandbox.vary("no_way_back")
    address = cloud_payments(sandbox, ViewMode=view_mode)
    name = "10000101~10000101-03"
    paid = requests.post(f"{address}/approve", {name: "84.20"}, timeout=10)
    assert ("Thank you for your payment!" in paid.text) == stays
    assert ("/return" in paid.text) == (not stays)
    assert ("http-equiv" in paid.text) == (not stays)


def test_back_at_once(sandbox: SandboxProcess) -> None:
    sandbox.vary("back_at_once")
    address = cloud_payments(sandbox)
    name = "10000101~10000101-03"
    declined = requests.post(f"{address}/decline", {name: "84.20"}, timeout=10)
    assert declined.url.endswith("/result")
    paid = requests.post(f"{address}/approve", {name: "84.20"}, timeout=10)
    assert paid.url == f"{sandbox.url}/back-at-the-portal"


def test_the_framed_pages_need_a_cookie(sandbox: SandboxProcess) -> None:
    sandbox.vary("cookie_in_frame")
    token = token_of(sandbox, LAUNDRY)
    form = {"RemoteAuthenticationToken": token, "ViewMode": "1", "RedirectID": "1"}
    moved = connect(sandbox, form, allow_redirects=False)
    cookie = moved.headers["Set-Cookie"]
    assert "SameSite=None" in cookie
    page = sandbox.url + moved.headers["Location"]
    assert "Sign in" in words(requests.get(page, timeout=10))
    with_cookie = requests.get(page, headers={"Cookie": cookie.split(";")[0]}, timeout=10)
    assert "Open invoices" in words(with_cookie)
