"""The clock: AutoPay and scheduled payments are made when their day has come."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests
from requests import Response

from tests.sandbox.pages import BAD_CARD, Visit, cloud_payments, visit, words
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
LAUNDRY = "laundry@example.com"  # owes 84.20 in five days


def turn(sandbox: SandboxProcess, days: int) -> Any:
    return sandbox.control("POST", "/_control/api/clock", {"days": days})


def today(sandbox: SandboxProcess) -> date:
    return date.fromisoformat(sandbox.control("GET", "/_control/api/clock")["today"])


def first_method(shown: Visit, name: str = "method") -> str:
    """The number of the first saved payment method, from the AutoPay page."""
    page = shown.get("autopay").text
    return page.split(f'name="{name}"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def start_autopay(sandbox: SandboxProcess) -> None:
    shown = visit(sandbox, LAUNDRY, "autopay")
    started = shown.post("autopay/10000101/start", {"method": first_method(shown)})
    assert "AutoPay is on." in words(started)


def test_the_clock_can_be_turned_ahead(sandbox: SandboxProcess) -> None:
    before = today(sandbox)
    assert turn(sandbox, 3) == {
        "today": (before + timedelta(days=3)).isoformat(),
        "days_ahead": 3,
        "payments": [],
    }
    turn(sandbox, 2)
    assert today(sandbox) == before + timedelta(days=5)
    sandbox.reset()
    assert today(sandbox) == before


@pytest.mark.parametrize("days", [-1, 367, "soon"])
def test_a_wrong_number_of_days_is_refused(sandbox: SandboxProcess, days: Any) -> None:
    with pytest.raises(RuntimeError, match="400"):
        turn(sandbox, days)


def test_autopay_pays_on_the_due_date(call: Call, sandbox: SandboxProcess) -> None:
    start_autopay(sandbox)
    assert turn(sandbox, 4)["payments"] == []
    [payment] = turn(sandbox, 10)["payments"]
    assert payment["lines"] == [
        {"account_number": "10000101", "invoice_number": "10000101-03", "amount": "84.20"}
    ]
    assert (payment["approved"], payment["automatic"], payment["user"]) == (True, True, LAUNDRY)
    paid = datetime.fromisoformat(payment["created_at"]) - datetime.now(UTC)
    assert timedelta(days=4, hours=23) < paid < timedelta(days=5, hours=1)
    customer = sandbox.customer("10000101")
    assert customer["balance"] == "0.00"
    answer = call("GET", f"/api/v1/cp/{customer['guid']}/account").json()
    assert answer["BalanceDue"] == 0
    assert turn(sandbox, 30)["payments"] == []


def test_a_payment_without_a_request_by_the_biller_is_not_posted_back(
    sandbox: SandboxProcess,
) -> None:
    cloud_payments(sandbox, PostBackURL=f"{sandbox.url}/nobody")
    start_autopay(sandbox)
    assert len(turn(sandbox, 5)["payments"]) == 1
    assert sandbox.state("postbacks") == []


def test_a_bill_in_the_past_is_paid_at_once(sandbox: SandboxProcess) -> None:
    start_autopay(sandbox)
    late = {"number": "late", "balance": "10.00", "due_in_days": -3}
    row = {"account_number": "10000101", "name": "Willows Laundry", "autopay": True}
    rows = {"api_key": sandbox.api_key, "customers": [{**row, "invoices": [late]}]}
    sandbox.control("POST", "/_control/api/customers", rows)
    [payment] = turn(sandbox, 0)["payments"]
    assert payment["amount"] == "10.00"


def test_a_declined_bill_is_tried_once(sandbox: SandboxProcess) -> None:
    shown = visit(sandbox, LAUNDRY, "payment-options")
    for action in re.findall(r"payment-options/\d+/remove", shown.landed.text):
        shown.post(action)
    shown.post("payment-options/add", BAD_CARD)
    start_autopay(sandbox)
    [declined] = turn(sandbox, 5)["payments"]
    assert (declined["approved"], declined["message"]) == (False, "Insufficient funds")
    assert turn(sandbox, 5)["payments"] == []
    assert sandbox.customer("10000101")["balance"] == "84.20"


def test_a_scheduled_payment_is_made_on_its_day(sandbox: SandboxProcess) -> None:
    shown = visit(sandbox, LAUNDRY, "scheduled-payments")
    page = shown.landed.text
    method = page.split('name="method"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    account = page.split('name="customer"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    day = (today(sandbox) + timedelta(days=2)).isoformat()
    form = {"customer": account, "method": method, "amount": "30.00", "date": day}
    assert "The payment is scheduled." in words(shown.post("scheduled-payments/add", form))
    assert turn(sandbox, 1)["payments"] == []
    [payment] = turn(sandbox, 1)["payments"]
    assert (payment["amount"], payment["account_number"]) == ("30.00", "10000101")
    customer = sandbox.customer("10000101")
    assert (customer["balance"], customer["scheduled_payments"]) == ("54.20", [])


def test_a_day_ends_the_lag_of_a_balance(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("lagging_balance")
    start_autopay(sandbox)
    guid = sandbox.customer("10000101")["guid"]
    turn(sandbox, 5)
    assert call("GET", f"/api/v1/cp/{guid}/account").json()["BalanceDue"] == 84.2
    turn(sandbox, 2)
    assert call("GET", f"/api/v1/cp/{guid}/account").json()["BalanceDue"] == 0


def test_the_panel_turns_the_clock(sandbox: SandboxProcess) -> None:
    shown = requests.post(f"{sandbox.url}/_control/clock", {"days": "7"}, timeout=10)
    assert "The clock is turned ahead" in shown.text
    assert sandbox.control("GET", "/_control/api/clock")["days_ahead"] == 7
