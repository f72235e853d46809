"""Cloud Payments V2: accepted and refused requests, and what a payment changes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from requests import Response

from tests.documents.design_document import SAMPLE
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]


def sample(*, customer: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    body = deepcopy(SAMPLE)
    body["Customers"][0] |= customer or {}
    return body | changes


def pay(sandbox: SandboxProcess, hosted: Response, **row: Any) -> Any:
    url = hosted.json()["Data"]["CloudPaymentURL"]
    return sandbox.control("POST", "/_control/api/payments", {"hosted_payment": url, **row})


def test_the_sample_request_gets_a_page_and_is_stored(call: Call, sandbox: SandboxProcess) -> None:
    answer = call("POST", "/cloudpaymentsapi/v2", SAMPLE)
    assert answer.status_code == 200
    assert answer.json()["Message"] == "SUCCESS"  # one public client looks at nothing else
    assert set(answer.json()) == {"Message", "Data"}
    assert set(answer.json()["Data"]) == {"CloudPaymentURL"}
    [hosted] = sandbox.state("hosted_payments")
    assert (
        answer.json()["Data"]["CloudPaymentURL"] == f"{sandbox.url}/cloudpayments/{hosted['key']}"
    )
    assert hosted["request"]["PageResultOptions"] == SAMPLE["PageResultOptions"]
    assert (hosted["user"], hosted["finished"]) == (None, False)
    [logged] = sandbox.control("GET", "/_control/api/calls")
    assert logged["body"] == SAMPLE


def test_an_unknown_customer_is_created_when_asked_for(call: Call, sandbox: SandboxProcess) -> None:
    new = {"AccountNumber": "10000105", "Name": "Harold Becker", "City": "Springfield"}
    assert call("POST", "/cloudpaymentsapi/v2", sample(customer=new)).ok
    customer = sandbox.customer("10000105")
    assert (customer["name"], customer["city"]) == ("Harold Becker", "Springfield")


def test_a_known_customer_is_not_changed(call: Call, sandbox: SandboxProcess) -> None:
    assert call("POST", "/cloudpaymentsapi/v2", sample(customer={"Name": "Somebody Else"})).ok
    assert sandbox.customer("10000101")["name"] == "Willows Laundry"


def test_an_unknown_customer_is_refused_otherwise(call: Call, sandbox: SandboxProcess) -> None:
    body = sample(customer={"AccountNumber": "10000105"}, CreateCustomerRecord=False)
    assert call("POST", "/cloudpaymentsapi/v2", body).status_code == 400
    assert sandbox.customer("10000105") is None


def test_a_token_says_whose_payment_it_is(call: Call, sandbox: SandboxProcess, token: str) -> None:
    body = sample(RemoteAuthenticationToken=token, CreateCustomerRecord=False)
    assert call("POST", "/cloudpaymentsapi/v2", body).ok
    [hosted] = sandbox.state("hosted_payments")
    assert hosted["user"] == "laundry@example.com"
    logged = sandbox.control("GET", "/_control/api/calls")[-1]
    assert logged["body"]["RemoteAuthenticationToken"] == "***"


def test_an_expired_or_unknown_token_is_refused(
    call: Call, sandbox: SandboxProcess, token: str
) -> None:
    row = {"api_key": sandbox.api_key, "email": "laundry@example.com"}
    sandbox.control("POST", "/_control/api/users/expire-tokens", row)
    for value in [token, "never-given"]:
        body = sample(RemoteAuthenticationToken=value)
        assert call("POST", "/cloudpaymentsapi/v2", body).status_code == 400
    assert sandbox.state("hosted_payments") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ViewMode": 2},
        {"ViewMode": None},
        {"Customers": None},
        {"Customers": []},
        {"AllowCCPayment": False, "AllowACHPayment": "false"},
        {"AllowSwipe": "perhaps"},
        {"ReturnURL": "/relative"},
        {"PostBackURL": "ftp://localhost/"},
        {"CSSUrl": "javascript:alert(1)"},
        {"customer": {"AccountNumber": ""}},
        {"customer": {"Invoices": []}},
        {"customer": {"Invoices": [{"InvoiceNumber": ""}]}},
        {"customer": {"Invoices": [{"InvoiceNumber": "1", "DueDate": "2026-11-23"}]}},
        {"customer": {"Invoices": [{"InvoiceNumber": "1", "BalanceDue": "a lot"}]}},
        {"customer": {"Invoices": [{"InvoiceNumber": "1", "BalanceDue": "NaN"}]}},
    ],
)
def test_a_wrong_request_is_refused(
    call: Call, sandbox: SandboxProcess, changes: dict[str, Any]
) -> None:
    answer = call("POST", "/cloudpaymentsapi/v2", sample(**changes))
    assert answer.status_code == 400
    assert answer.json()["Message"]
    assert sandbox.state("hosted_payments") == []


def test_an_approved_payment_lowers_the_balance_once(call: Call, sandbox: SandboxProcess) -> None:
    hosted = call("POST", "/cloudpaymentsapi/v2", sample(PostBackURL=""))
    lines = [{"invoice_number": "10000101-03", "amount": "50.00"}]
    payment = pay(sandbox, hosted, lines=lines)
    assert (payment["approved"], payment["amount"]) == (True, "50.00")
    with pytest.raises(RuntimeError, match="409"):
        pay(sandbox, hosted, lines=lines)
    assert sandbox.customer("10000101")["balance"] == "34.20"
    assert len(sandbox.state("payments")) == 1


def test_a_declined_payment_changes_no_balance_and_may_be_tried_again(
    call: Call, sandbox: SandboxProcess
) -> None:
    hosted = call("POST", "/cloudpaymentsapi/v2", sample(PostBackURL=""))
    lines = [{"invoice_number": "10000101-03", "amount": "84.20"}]
    assert pay(sandbox, hosted, lines=lines, approve=False)["approved"] is False
    assert sandbox.customer("10000101")["balance"] == "84.20"
    assert pay(sandbox, hosted, lines=lines)["approved"] is True
    assert sandbox.customer("10000101")["balance"] == "0.00"


def test_a_payment_on_the_account_pays_the_oldest_invoice_first(
    call: Call, sandbox: SandboxProcess
) -> None:
    body = sample(customer={"AccountNumber": "10000104"}, PostBackURL="")
    pay(sandbox, call("POST", "/cloudpaymentsapi/v2", body), lines=[{"amount": "70.00"}])
    invoices = sandbox.customer("10000104")["invoices"]
    assert [invoice["balance"] for invoice in invoices] == ["0.00", "50.05"]
    pay(sandbox, call("POST", "/cloudpaymentsapi/v2", body), lines=[{"amount": "60.00"}])
    invoices = sandbox.customer("10000104")["invoices"]
    assert [invoice["balance"] for invoice in invoices] == ["0.00", "0.00", "-9.95"]
