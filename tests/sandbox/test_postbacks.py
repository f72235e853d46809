"""Postbacks, as a biller's server receives them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from requests import Response

from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
Pay = Callable[..., Any]

EIGHTEEN = [
    "BillerGUID",
    "PaymentDate",
    "InvoiceNumber",
    "Approved",
    "CustomerName",
    "CustomerAddress",
    "CustomerCity",
    "CustomerState",
    "CustomerZip",
    "PaymentGUID",
    "PaymentAmount",
    "PaymentDescription",
    "PaymentTypeID",
    "CardType",
    "PaymentMessage",
    "BillerReference",
    "ConvenienceFee",
    "RemoteIP",
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def pay(call: Call, sandbox: SandboxProcess, receiver: Receiver) -> Pay:
    """Rosa Delgado pays on a new hosted page; `settings` are postback settings."""

    def hosted(*, url: str = "", settings: dict[str, Any] | None = None, **row: Any) -> Any:
        sandbox.control("POST", "/_control/api/postback-settings", settings or {})
        body = {
            "ViewMode": 1,
            "PostBackURL": url or receiver.url,
            "BillerReference": "reference-17",
            "Customers": [{"AccountNumber": "10000104"}],
        }
        page = call("POST", "/cloudpaymentsapi/v2", body).json()["Data"]["CloudPaymentURL"]
        lines = [{"invoice_number": "10000104-01", "amount": "61.75"}]
        row = {"hosted_payment": page, "lines": lines, **row}
        return sandbox.control("POST", "/_control/api/payments", row)

    return hosted


def test_an_approved_payment_sends_all_fields(
    pay: Pay, receiver: Receiver, sandbox: SandboxProcess
) -> None:
    payment = pay(lines=[{"amount": "1234.50"}], fee="2.95")
    [body] = receiver.bodies  # received before the response to the payment
    assert receiver.queries == [[]]
    fields = dict(body)
    assert list(fields) == [*EIGHTEEN, "AccountNumber"]
    assert fields["BillerGUID"] == "5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10"
    assert fields["Approved"] == "True"
    assert fields["PaymentGUID"] == payment["guid"]
    assert fields["PaymentAmount"] == "1,234.50"
    assert fields["ConvenienceFee"] == "2.95"
    assert fields["BillerReference"] == "reference-17"
    assert fields["AccountNumber"] == "10000104"
    assert (fields["CustomerName"], fields["CustomerZip"]) == ("Rosa Delgado", "62701")
    assert re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M", fields["PaymentDate"])
    [sent] = sandbox.state("postbacks")
    assert (sent["status"], sent["fields"]) == (200, fields)


def test_a_declined_payment_says_false(pay: Pay, receiver: Receiver) -> None:
    pay(approve=False)
    assert dict(receiver.bodies[0])["Approved"] == "False"


@pytest.mark.parametrize("place", ["body", "query", "both"])
def test_the_settings_choose_between_body_and_query(
    pay: Pay, receiver: Receiver, place: str
) -> None:
    pay(url=f"{receiver.url}?clientKey=001", settings={"place": place})
    full = 19
    assert len(receiver.bodies[0]) == (0 if place == "query" else full)
    assert receiver.queries[0][0] == ("clientKey", "001")
    assert len(receiver.queries[0]) == 1 + (0 if place == "body" else full)


def test_copies_are_identical_and_invoices_can_be_sent_separately(
    pay: Pay, receiver: Receiver
) -> None:
    lines = [
        {"invoice_number": "10000104-01", "amount": "61.75"},
        {"invoice_number": "10000104-02", "amount": "58.30"},
    ]
    settings = {"copies": 2, "per_invoice": True, "shuffle": True}
    pay(settings=settings, lines=lines, fee="2.95")
    calls = sorted(tuple(sorted(body)) for body in receiver.bodies)
    assert len(calls) == 4
    assert calls[0] == calls[1]
    assert calls[2] == calls[3]
    [one, two] = [dict(call) for call in calls[::2]]
    assert one["PaymentGUID"] == two["PaymentGUID"]
    assert {one["PaymentAmount"], two["PaymentAmount"]} == {"61.75", "58.30"}
    assert {one["ConvenienceFee"], two["ConvenienceFee"]} == {"2.95", "0.00"}


def test_fields_are_changed_omitted_and_added(pay: Pay, receiver: Receiver) -> None:
    pay(settings={"overrides": {"Approved": "TRUE", "CardType": None, "Extra": "new"}})
    fields = dict(receiver.bodies[0])
    assert (fields["Approved"], fields["Extra"]) == ("TRUE", "new")
    assert "CardType" not in fields


@pytest.mark.parametrize("refusal", [503, 404, 302])
def test_a_postback_is_retried_until_2xx(
    pay: Pay, receiver: Receiver, sandbox: SandboxProcess, refusal: int
) -> None:
    receiver.answers = [refusal, refusal, 204]
    pay()
    receiver.wait_for(3)
    assert receiver.bodies[0] == receiver.bodies[1] == receiver.bodies[2]
    for _ in range(500):  # the third response is recorded a moment after it was sent
        [sent] = sandbox.state("postbacks")
        if len(sent["attempts"]) == 3:
            break
    assert [attempt["status"] for attempt in sent["attempts"]] == [refusal, refusal, 204]


def test_nothing_is_sent_when_the_settings_say_never(
    pay: Pay, receiver: Receiver, sandbox: SandboxProcess
) -> None:
    pay(settings={"when": "never"})
    assert sandbox.state("postbacks") == []
    assert receiver.bodies == []


@pytest.mark.parametrize("url", ["http://192.0.2.1/postback", "https://portal.example.com/"])
def test_another_machine_is_never_called(pay: Pay, sandbox: SandboxProcess, url: str) -> None:
    pay(url=url)
    [sent] = sandbox.state("postbacks")
    assert sent["status"] is None
    assert "this machine only" in sent["attempts"][0]["error"]
    assert len(sent["attempts"]) == 1


def test_a_postback_is_sent_again_or_with_any_fields(
    pay: Pay, receiver: Receiver, sandbox: SandboxProcess
) -> None:
    payment = pay()
    [sent] = sandbox.state("postbacks")
    again = sandbox.control("POST", f"/_control/api/postbacks/{sent['id']}/send")
    assert (again["status"], receiver.bodies[0]) == (200, receiver.bodies[1])
    forged = {
        "hosted_payment": payment["hosted_payment"],
        "like": sent["id"],
        "fields": {"PaymentAmount": "9,999.99", "AccountNumber": None},
        "place": "query",
    }
    assert sandbox.control("POST", "/_control/api/postbacks", forged)["status"] == 200
    fields = dict(receiver.queries[2])
    assert fields["PaymentAmount"] == "9,999.99"
    assert fields["PaymentGUID"] == payment["guid"]
    assert "AccountNumber" not in fields
    bare = {"hosted_payment": payment["hosted_payment"], "fields": {"Approved": "True"}}
    sandbox.control("POST", "/_control/api/postbacks", bare)
    assert receiver.bodies[3] == [("Approved", "True")]


@pytest.mark.parametrize(
    "settings", [{"when": "sometimes"}, {"place": "header"}, {"return_method": "PUT"}, {"x": 1}]
)
def test_unknown_settings_are_refused(sandbox: SandboxProcess, settings: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.control("POST", "/_control/api/postback-settings", settings)
