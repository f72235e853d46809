"""Variants: how the portal is to call, and how it is to open a framed page."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests import Response

from tests.sandbox.pages import token_of, words
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
LAUNDRY = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
NEW_PASSWORD = {"EmailAddress": "laundry@example.com", "NewPassword": "another one"}
PAGE = {"ViewMode": 1, "Customers": [{"AccountNumber": "10000101"}]}
RECORD = {"AccountNumber": "10000999", "CustomerName": "New Customer"}


def test_other_paths(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("other_paths")
    assert call("GET", "/api/v1/biller/status").status_code == 404
    assert call("GET", "/api/v2/biller/status").json()["Active"] is True
    guid = sandbox.customer("10000101")["guid"]
    assert call("GET", f"/api/v2/cp/{guid}/account").json()["BalanceDue"] == 84.2
    profile = sandbox.wire_profile()["operations"]
    assert profile["account"] == {"path": "/api/v2/cp/{CustomerGuid}/account"}
    assert "cloud_payments" not in profile


def test_other_methods(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("other_methods")
    path = f"{REMOTE}/UpdatePassword"
    assert call("POST", path, NEW_PASSWORD).status_code == 405
    assert call("PUT", path, NEW_PASSWORD).json() == {}
    assert sandbox.wire_profile()["operations"]["update_password"] == {"method": "PUT"}


def test_another_host(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("rest_on_other_host")
    assert call("GET", "/api/v1/biller/status").status_code == 404
    host = sandbox.wire_profile()["operations"]["biller_status"]["host"]
    key = (sandbox.api_key, "")
    assert requests.get(f"{host}/api/v1/biller/status", auth=key, timeout=10).ok


def test_other_names(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("other_names_sent")
    refused = call("POST", f"{REMOTE}/RemoteAuthentication", LAUNDRY)
    assert refused.json()["Message"] == "EmailAddress is required."
    named = {"username": LAUNDRY["EmailAddress"], "Pwd": LAUNDRY["Password"]}
    assert call("POST", f"{REMOTE}/RemoteAuthentication", named).ok
    body = {
        "LoginTypeID": 1,
        "UserName": "rosa@example.com",
        "Pwd": "a window over the river",
        "Accounts": [{"AcctNumber": "10000104"}],
    }
    assert call("POST", f"{REMOTE}/RegisterAccounts", body).json()["Results"][0]["Registered"]
    unnamed = {**body, "Accounts": [{"AccountNumber": "10000105"}]}
    assert call("POST", f"{REMOTE}/RegisterAccounts", unnamed).status_code == 400
    profile = sandbox.wire_profile()["operations"]["register_accounts"]
    assert profile["send"]["Accounts.AccountNumber"] == "AcctNumber"
    # The log must not show a password for its new name.
    assert "copper kettle" not in str(sandbox.control("GET", "/_control/api/calls")[1:])


def test_a_flag_that_is_refused(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("swipe_refused")
    refused = call("POST", "/cloudpaymentsapi/v2", {**PAGE, "AllowSwipe": True})
    assert (refused.status_code, "AllowSwipe" in refused.json()["Message"]) == (400, True)
    assert call("POST", "/cloudpaymentsapi/v2", {**PAGE, "AllowSwipe": False}).ok
    assert call("POST", "/cloudpaymentsapi/v2", PAGE).ok
    profile = sandbox.wire_profile()["operations"]
    assert profile == {"cloud_payments": {"set": {"AllowSwipe": False}}}


def test_a_field_that_is_refused(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("address2_refused")
    path = "/api/v1/customer/CreateCustomerRecord"
    assert call("POST", path, {**RECORD, "Address2": ""}).status_code == 400
    assert call("POST", path, RECORD).ok
    profile = sandbox.wire_profile()["operations"]
    assert profile == {"create_customer_record": {"send": {"Address2": None}}}


def open_page(
    sandbox: SandboxProcess, method: str, path: str, fields: dict[str, Any]
) -> requests.Response:
    sent: dict[str, Any] = {"params" if method == "GET" else "data": fields}
    return requests.request(method, sandbox.url + path, timeout=10, **sent)


@pytest.mark.parametrize(
    ("name", "method", "path", "token", "page", "profile"),
    [
        (
            "sso_by_get",
            "GET",
            "/cloudssoconnect",
            "RemoteAuthenticationToken",
            "RedirectID",
            {"method": "GET"},
        ),
        (
            "sso_at_other_address",
            "POST",
            "/sso/connect.aspx",
            "RemoteAuthenticationToken",
            "RedirectID",
            {"address": "/sso/connect.aspx"},
        ),
        (
            "sso_with_other_names",
            "POST",
            "/cloudssoconnect",
            "Token",
            "PageID",
            {"fields": {"RemoteAuthenticationToken": "Token", "RedirectID": "PageID"}},
        ),
    ],
)
def test_single_sign_on(
    *,
    sandbox: SandboxProcess,
    name: str,
    method: str,
    path: str,
    token: str,
    page: str,
    profile: object,
) -> None:
    value = token_of(sandbox, "laundry@example.com")
    plain = {"RemoteAuthenticationToken": value, "ViewMode": "1", "RedirectID": "2"}
    assert "Paperless" in words(open_page(sandbox, "POST", "/cloudssoconnect", plain))
    sandbox.vary(name)
    assert "Paperless" not in words(open_page(sandbox, "POST", "/cloudssoconnect", plain))
    fields = {token: value, "ViewMode": "1", page: "2"}
    assert "Paperless" in words(open_page(sandbox, method, path, fields))
    assert sandbox.wire_profile() == {"sso": profile}
