"""No secret and nothing personal in a message, a log or what an exception drags along."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests
import responses

from icsso.billing.session import BillingSession, State
from icsso.client.contract import OPERATIONS, Authentication, CloudPayment
from icsso.client.errors import InvoiceCloudError
from inhance.logging.json_lines import JsonFormatter
from tests.icsso.client.wire import ADDRESSES, API_KEY, CALLS, EMAIL, PASSWORD, client

TOKEN = "marker-27-of-a-token"
SPOKEN = "marker-of-what-invoice-cloud-said"
MARKERS = (API_KEY, "YXBpLWtleS1vZi1zcHJpbmdmaWVsZDo=", PASSWORD, EMAIL, TOKEN, SPOKEN)
FAULTS = {
    "refused": {"status": 400, "json": {"Message": SPOKEN}},
    "mismatch": {"status": 401, "json": {"Code": "InvalidCredentials", "Message": SPOKEN}},
    "server error": {"status": 500, "body": SPOKEN},
    "html": {"body": f"<html>{SPOKEN} {TOKEN}</html>"},
    "not understood": {
        "json": {
            "Users": SPOKEN,
            "Results": SPOKEN,
            "Accounts": SPOKEN,
            "BalanceDue": SPOKEN,
            "CustomerGuid": SPOKEN,
            "BillerGUID": SPOKEN,
            "ExpiresIn": SPOKEN,
            "RemoteAuthenticationToken": TOKEN,
            "CloudPaymentURL": f"https://{SPOKEN}:pass@evil.example/{TOKEN}",
        }
    },
    "reset": {"body": requests.ConnectionError("Connection aborted.")},
    "time-out": {"body": requests.ReadTimeout()},
}
# What cannot be read there is left out, and the rest of the answer stands.
LEFT_OUT = {
    (operation, "not understood")
    for operation in ("remote_authentication", "create_customer_record", "account")
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all it drags along, suppressed or not."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@responses.activate
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", [name for name in OPERATIONS if "update" not in name])
def test_an_error_tells_no_secret(
    operation: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    method, address = ADDRESSES[operation]
    responses.add(method, address, **FAULTS[fault])  # type: ignore[arg-type]
    if (operation, fault) in LEFT_OUT:
        CALLS[operation](client())
        told = []
    else:
        with pytest.raises(InvoiceCloudError) as caught:
            CALLS[operation](client())
        error = caught.value
        assert list(chain(error)) == [error], "drags something along"
        told = [str(error), repr(error), "".join(traceback.format_exception(error))]
    told += [JsonFormatter().format(record) for record in caplog.records]
    told += [repr(record.__dict__) for record in caplog.records]
    for marker in MARKERS:
        assert not [text for text in told if marker in text], marker


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_good_call_tells_none_either(operation: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    method, address = ADDRESSES[operation]
    responses.add(method, address, json={"Users": [], "RemoteAuthenticationToken": TOKEN})
    with suppress(InvoiceCloudError):  # of another operation's payload: what counts is the log
        CALLS[operation](client())
    told = [repr(record.__dict__) for record in caplog.records]
    assert told
    assert not [text for text in told for marker in MARKERS if marker in text]


@responses.activate
def test_the_log_says_which_operation_failed_and_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    method, address = ADDRESSES["account"]
    responses.add(method, address, status=503)
    with pytest.raises(InvoiceCloudError):
        CALLS["account"](client())
    record = next(record for record in caplog.records if record.name == "icsso.client.connection")
    assert record.getMessage() == "invoice cloud call: account: not available (503)"
    assert record.levelname == "WARNING"
    assert (record.operation, record.status) == ("account", 503)  # type: ignore[attr-defined]


def test_answers_and_sessions_do_not_show_what_they_hold() -> None:
    held = [
        Authentication(token=TOKEN),
        CloudPayment(url=f"https://www.invoicecloud.com/{TOKEN}"),
        BillingSession(state=State.CONNECTED, token=TOKEN),
        client(),
    ]
    shown = repr(held) + "".join(str(thing) for thing in held)
    assert TOKEN not in shown
    assert API_KEY not in shown
