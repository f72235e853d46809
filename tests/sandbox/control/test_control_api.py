"""The control API: saving and reading records, and reset."""

from typing import Any

import pytest
import requests

from tests.sandbox_process import SandboxProcess


def row(sandbox: SandboxProcess, **more: Any) -> dict[str, Any]:
    return {"api_key": sandbox.api_key, **more}


def test_demo_data_is_loaded(sandbox: SandboxProcess) -> None:
    state = sandbox.state()
    balances = {customer["account_number"]: customer["balance"] for customer in state["customers"]}
    assert balances["10000101"] == "84.20"
    assert balances["10000102"] == "0.00"
    assert balances["10000103"] == "-25.10"
    assert balances["10000104"] == "120.05"
    assert balances["10000106"] == "132.08"
    assert "10000105" not in balances
    maple = [c for c in state["customers"] if c["name"] == "Maple Court Management"]
    assert len(maple) == 40
    signs = {(float(c["balance"]) > 0) - (float(c["balance"]) < 0) for c in maple}
    assert signs == {-1, 0, 1}
    users = {user["email"]: len(user["accounts"]) for user in state["users"]}
    assert users == {"laundry@example.com": 1, "manager@example.com": 40, "mei.chen@example.org": 1}
    [laundry] = [u for u in state["users"] if u["email"] == "laundry@example.com"]
    assert [method["kind"] for method in laundry["methods"]] == ["card", "bank"]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("laundry@example.com", "copper kettle on the porch"),
        ("mei.chen@example.org", "a password of her own"),
        ("manager@example.com", "forty front doors to paint"),
    ],
)
def test_the_demo_users_have_their_passwords(
    sandbox: SandboxProcess, email: str, password: str
) -> None:
    credentials = row(sandbox, email=email, password=password)
    assert sandbox.control("POST", "/_control/api/users/check", credentials) == {"matches": True}


def test_thousands_of_customers_are_saved_in_one_call(sandbox: SandboxProcess) -> None:
    customers = [
        {
            "account_number": str(20000000 + number),
            "name": "Many Doors",
            "invoices": [{"number": f"{number}-1", "balance": "10.00", "due_date": "2026-12-24"}],
        }
        for number in range(2000)
    ]
    for _ in range(2):
        sent = row(sandbox, customers=customers)
        assert sandbox.control("POST", "/_control/api/customers", sent) == {"saved": 2000}
    customer = sandbox.customer("20001999")
    assert (customer["balance"], len(customer["invoices"])) == ("10.00", 1)
    assert customer["invoices"][0]["due_date"] == "2026-12-24"


def test_saving_a_customer_again_keeps_its_guid_and_user(sandbox: SandboxProcess) -> None:
    before = sandbox.customer("10000101")
    again = {
        "account_number": "10000101",
        "name": "Willows Laundry Inc.",
        "autopay": True,
        "paperless": True,
        "pay_by_text": "217-555-0101",
        "invoices": [{"number": "10000101-03", "balance": "90.00"}],
    }
    sandbox.control("POST", "/_control/api/customers", row(sandbox, customers=[again]))
    after = sandbox.customer("10000101")
    assert after["guid"] == before["guid"]
    assert after["registered_by"] == "laundry@example.com"
    assert (after["name"], after["balance"]) == ("Willows Laundry Inc.", "90.00")
    enrolled = (after["autopay"], after["paperless"], after["pay_by_text"])
    assert enrolled == (True, True, "217-555-0101")


def test_a_user_is_registered_and_deleted(sandbox: SandboxProcess) -> None:
    user = row(sandbox, email="Rosa@example.com", password="x" * 12, accounts=["10000104"])
    sandbox.control("POST", "/_control/api/users", user)
    assert sandbox.customer("10000104")["registered_by"] == "rosa@example.com"
    sandbox.control(
        "POST", "/_control/api/users", row(sandbox, email="rosa@example.com", password="y")
    )
    changed = row(sandbox, email="rosa@example.com", password="y")
    assert sandbox.control("POST", "/_control/api/users/check", changed) == {"matches": True}
    sandbox.control("DELETE", "/_control/api/users", row(sandbox, email="rosa@example.com"))
    assert sandbox.customer("10000104")["registered_by"] is None


def test_a_biller_is_changed_by_its_key(sandbox: SandboxProcess) -> None:
    change = row(sandbox, setting_129=False, token_seconds=60)
    biller = sandbox.control("POST", "/_control/api/billers", change)
    assert (biller["setting_129"], biller["token_seconds"]) == (False, 60)
    assert biller["name"] == "Springfield Water"


def test_one_part_of_the_state(sandbox: SandboxProcess) -> None:
    assert sandbox.state("users") == sandbox.state()["users"] != []
    with pytest.raises(RuntimeError, match=r"400.*unknown part cars; one of biller, customers"):
        sandbox.state("cars")


def test_reset_deletes_everything(sandbox: SandboxProcess) -> None:
    fault = {"operation": "*", "kind": "unavailable"}
    sandbox.control("POST", "/_control/api/faults", fault)
    requests.get(f"{sandbox.url}/api/v1/biller/status", timeout=10)
    sandbox.reset(seed=False)
    assert sandbox.control("GET", "/_control/api/faults") == []
    assert sandbox.control("GET", "/_control/api/calls") == []
    with pytest.raises(RuntimeError, match="404"):
        sandbox.state()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_control/api/billers", {"name": "No Key"}),
        ("/_control/api/billers", {"api_key": "k", "name": "Bad", "biller_guid": "not a guid"}),
        ("/_control/api/customers", {"customers": [{"name": "No Number"}]}),
        ("/_control/api/customers", {"customers": [{"account_number": "1", "invoices": [{}]}]}),
        ("/_control/api/users", {"email": "a@example.com", "password": "x", "accounts": ["9"]}),
    ],
)
def test_an_invalid_row_is_refused_with_a_message(
    sandbox: SandboxProcess, path: str, body: dict[str, Any]
) -> None:
    body = body if "billers" in path else row(sandbox, **body)
    answer = requests.post(sandbox.url + path, json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert "a@example.com" not in [user["email"] for user in sandbox.state("users")]


def test_the_control_api_refuses_other_sites(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.url}/_control/api/reset"
    for site in ["cross-site", "same-site"]:
        answer = requests.post(url, data="{}", headers={"Sec-Fetch-Site": site}, timeout=10)
        assert answer.status_code == 403
    assert sandbox.customer("10000101")
