"""Variants: how a postback is sent and what it says."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.pages import cloud_payments
from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

Pay = Callable[..., Receiver]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def pay(sandbox: SandboxProcess, receiver: Receiver) -> Pay:
    """Rosa Delgado pays two invoices with these variants on; returns who got the postbacks."""

    def paid(*variants: str, approve: bool = True) -> Receiver:
        sandbox.vary(*variants)
        rosa = [{"AccountNumber": "10000104"}]
        page = cloud_payments(sandbox, PostBackURL=receiver.url, Customers=rosa)
        lines = [
            {"invoice_number": "10000104-01", "amount": "61.75"},
            {"invoice_number": "10000104-02", "amount": "1158.30"},
        ]
        row = {"hosted_payment": page, "lines": lines, "fee": "2.95", "approve": approve}
        sandbox.control("POST", "/_control/api/payments", row)
        receiver.wait_for(1)
        return receiver

    return paid


def fields(receiver: Receiver) -> dict[str, str]:
    return dict(receiver.bodies[0])


def test_in_the_query_string(pay: Pay) -> None:
    received = pay("postback_in_query")
    assert received.bodies == [[]]
    assert dict(received.queries[0])["PaymentAmount"] == "1,220.05"
    assert received.methods == ["POST"]


def test_by_get(pay: Pay, sandbox: SandboxProcess) -> None:
    received = pay("postback_by_get")
    assert received.methods == ["GET"]
    assert dict(received.queries[0])["Approved"] == "True"
    assert sandbox.wire_profile() == {}


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("postback_approved_word", "Approved", "Declined"),
        ("postback_approved_upper_case", "APPROVED", "DECLINED"),
    ],
)
@pytest.mark.parametrize("approve", [True, False])
def test_approval_texts(
    *, pay: Pay, sandbox: SandboxProcess, name: str, yes: str, no: str, approve: bool
) -> None:
    assert fields(pay(name, approve=approve))["Approved"] == (yes if approve else no)
    assert sandbox.wire_profile() == {"postback": {"approved": [yes], "declined": [no]}}


def test_other_names(pay: Pay, sandbox: SandboxProcess) -> None:
    received = fields(pay("postback_other_names"))
    assert (received["Amount"], received["Reference"]) == ("1,220.05", "reference-1")
    assert "PaymentGUID" not in received
    named = sandbox.wire_profile()["postback"]["fields"]
    assert named["PaymentGUID"] == "TransactionID"


def test_four_decimals(pay: Pay) -> None:
    received = fields(pay("postback_four_decimals"))
    assert (received["PaymentAmount"], received["ConvenienceFee"]) == ("1220.0500", "2.9500")


def test_a_narrow_space_in_times(pay: Pay) -> None:
    said = fields(pay("postback_narrow_space"))["PaymentDate"]
    assert said[-3:] in {"\u202fAM", "\u202fPM"}
    datetime.strptime(said.replace("\u202f", " "), "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007


def test_central_time(pay: Pay, sandbox: SandboxProcess) -> None:
    said = fields(pay("postback_in_central_time"))["PaymentDate"]
    there = datetime.strptime(said, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007
    on_the_wall = datetime.now(ZoneInfo("America/Chicago")).replace(tzinfo=None)
    assert abs(on_the_wall - there) < timedelta(minutes=5)
    assert sandbox.wire_profile() == {"postback": {"time_zone": "America/Chicago"}}


def test_few_fields(pay: Pay) -> None:
    received = fields(pay("postback_sparse"))
    assert "AccountNumber" not in received
    assert "ConvenienceFee" not in received
    assert {"BillerGUID", "PaymentGUID", "PaymentAmount", "Approved"} <= set(received)


def test_one_call_per_invoice(pay: Pay) -> None:
    received = pay("postback_per_invoice")
    received.wait_for(2)
    said = [dict(body) for body in received.bodies]
    assert {row["InvoiceNumber"] for row in said} == {"10000104-01", "10000104-02"}
    assert len({row["PaymentGUID"] for row in said}) == 1


def test_every_call_twice(pay: Pay) -> None:
    received = pay("postback_twice")
    received.wait_for(2)
    assert received.bodies[0] == received.bodies[1]


def test_in_chunks(pay: Pay) -> None:
    received = pay("postback_chunked")
    assert received.headers[0]["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in received.headers[0]
    assert fields(received)["PaymentAmount"] == "1,220.05"


def test_without_the_last_slash(pay: Pay) -> None:
    received = pay("postback_without_last_slash")
    assert received.url.endswith(received.paths[0] + "/")


def test_guids_and_times_follow_the_other_variants(pay: Pay) -> None:
    received: Any = fields(pay("guids_in_upper_case_and_braces"))
    assert received["BillerGUID"] == "{5F0C1D7E-3B52-4C1E-9A44-0D1F6C2B8E10}"
