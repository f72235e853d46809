"""ViewCustomerRecord: whatever the SOAP service answers, and never more than a record."""

import logging
from datetime import date
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from icsso.client.soap import SoapReader
from tests.cast import BILLER_GUID
from tests.icsso.client.wire import BASE

URL = f"{BASE}/portal/webservices/CloudManagement.asmx"
KEY = "marker-of-the-web-service-key"
SPOKEN = "marker-of-what-invoice-cloud-said"
SOAP12, SOAP11 = (
    "http://www.w3.org/2003/05/soap-envelope",
    "http://schemas.xmlsoap.org/soap/envelope/",
)
SERVICE = "https://www.invoicecloud.com/portal/webservices/CloudManagement/"
FIELDS = """<CustomerID>77</CustomerID><AccountNumber>10000101</AccountNumber>
<CustomerName>Willows &amp; Laundry</CustomerName><EmailAddress>owner@example.com</EmailAddress>
<AutoPay>False</AutoPay><PaperInvoices>true</PaperInvoices><Registered>true</Registered>
<RegistrationDate>2024-03-01T09:30:00</RegistrationDate><LoginName>laundry@example.com</LoginName>"""


def reader() -> SoapReader:
    return SoapReader(base_url=BASE, biller_guid=BILLER_GUID, web_service_key=KEY)


def envelope(content: str, *, soap: str = SOAP12) -> str:
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{head}<s:Envelope xmlns:s="{soap}"><s:Body>{content}</s:Body></s:Envelope>'


def result(fields: str, *, namespace: str = SERVICE) -> str:
    inside = f"<ViewCustomerRecordResult>{fields}</ViewCustomerRecordResult>"
    return f'<ViewCustomerRecordResponse xmlns="{namespace}">{inside}</ViewCustomerRecordResponse>'


def view(body: str | bytes | Exception, *, status: int = 200, **options: Any) -> Any:
    with responses.RequestsMock() as wire:
        wire.add("POST", URL, body=body, status=status, **options)
        return reader().view_customer_record("10000101")


def error_of(body: str | bytes | Exception, *, status: int = 200, **options: Any) -> Any:
    with pytest.raises(InvoiceCloudError) as caught:
        view(body, status=status, **options)
    return caught.value


@responses.activate
def test_the_keys_are_in_the_body_and_the_api_key_is_not_sent() -> None:
    headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
    answer = envelope(result(""))
    responses.add("POST", URL, body=answer, match=[matchers.header_matcher(headers)])
    assert reader().view_customer_record("<&>") is None
    request = responses.calls[0].request
    said = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    assert f"<BillerGUID>{BILLER_GUID}</BillerGUID>" in said
    assert f"<WebServiceKey>{KEY}</WebServiceKey>" in said
    assert "<AccountNumber>&lt;&amp;&gt;</AccountNumber>" in said
    assert "Authorization" not in request.headers


def test_a_record_is_read() -> None:
    record = view(envelope(result(FIELDS)))
    assert (record.account_number, record.registered) == ("10000101", True)
    assert (record.name, record.customer_id) == ("Willows & Laundry", "77")
    assert record.registration_date == date(2024, 3, 1)
    assert (record.autopay, record.paper_invoices) == (False, True)


@pytest.mark.parametrize(
    "answer",
    [
        envelope(result(FIELDS), soap=SOAP11),
        envelope(result(FIELDS, namespace="urn:another")),
        envelope(result(f"<Record>{FIELDS}</Record>")),
        envelope(result(FIELDS.upper().replace("&AMP;", "&amp;"))),
        envelope(result("<Unknown>1</Unknown>" + FIELDS.replace("10000101", " 10000101 "))),
        envelope(result(FIELDS.replace("2024-03-01T09:30:00", "soon").replace("False", "perhaps"))),
        envelope(result(FIELDS.replace("<AccountNumber>10000101</AccountNumber>", ""))),
        "\ufeff" + envelope(result(FIELDS)),
    ],
    ids=["1.1", "namespace", "nested", "case", "unknown", "unreadable", "no number", "BOM"],
)
def test_it_is_read_however_it_is_written(answer: str) -> None:
    record = view(answer.encode())
    assert (record.account_number, record.registered) == ("10000101", True)
    assert record.login_name.lower() == "laundry@example.com"


@pytest.mark.parametrize(
    "content",
    [
        result(""),
        result("<CustomerID>0</CustomerID><AccountNumber /><Registered>false</Registered>"),
        f'<ViewCustomerRecordResponse xmlns="{SERVICE}" />',
    ],
)
def test_an_unknown_account_is_none(content: str) -> None:
    assert view(envelope(content)) is None


def test_whoever_registered_it_is_named_by_the_login_and_not_by_the_customers_email() -> None:
    assert view(envelope(result(FIELDS))).as_user().email == "laundry@example.com"
    without = FIELDS.replace("<LoginName>laundry@example.com</LoginName>", "")
    assert view(envelope(result(without))).as_user().email is None
    unregistered = without.replace("<Registered>true", "<Registered>false")
    user = view(envelope(result(unregistered))).as_user()
    assert (user.registered, user.email) == (False, "owner@example.com")


FAULT12 = f"<s:Fault><s:Code/><s:Reason><s:Text>{SPOKEN}</s:Text></s:Reason></s:Fault>"
FAULT11 = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{SPOKEN}</faultstring></s:Fault>"
SAID_NO = f"<Success>false</Success><ErrorMessage>{SPOKEN}</ErrorMessage>"


@pytest.mark.parametrize(
    ("content", "status"),
    [(FAULT12, 500), (FAULT11, 500), (FAULT12, 200), (result(SAID_NO), 200)],
    ids=["1.2", "1.1", "1.2 with 200", "no success"],
)
def test_a_refusal_has_its_reason_and_the_log_does_not(
    content: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = error_of(envelope(content), status=status)
    assert type(error) is InvoiceCloudRejected
    assert error.reason == SPOKEN
    assert SPOKEN not in caplog.text + str(error)
    assert KEY not in caplog.text + repr(reader())


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "1"><!ENTITY b "&a;0000&a;0&a;">]>'
    + envelope(result(FIELDS.replace("10000101", "&b;"))).partition("?>")[2]
)
FILE = (
    '<!DOCTYPE f [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    + envelope(
        result(
            "<AccountNumber>10000101</AccountNumber><Registered>1</Registered>"
            "<LoginName>&f;</LoginName>"
        )
    ).partition("?>")[2]
)


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        FILE,
        "<!DOCTYPE html><html><body>We are down for maintenance</body></html>",
        "<html><body>We are down for maintenance</body></html>",
        "",
        "[]",
        envelope(result(FIELDS))[:300],
        envelope(result(FIELDS.replace("<Registered>true</Registered>", ""))),
        envelope(result(FIELDS.replace("10000101", "10000102"))),
        envelope(result("<Name>" + "x" * 300_000 + "</Name>")),
        envelope(result("<a>" * 40_000 + "</a>" * 40_000)).replace("</a>", "</b>", 1),
        b"\xff\xfe" * 200,
    ],
    ids=map(str, range(12)),
)
def test_what_cannot_be_understood_is_a_protocol_error(body: str | bytes) -> None:
    assert isinstance(error_of(body), InvoiceCloudProtocolError)


def test_deep_nesting_does_no_harm() -> None:
    assert view(envelope(result("<a>" * 30_000 + "</a>" * 30_000))) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, InvoiceCloudUnauthorized),
        (403, InvoiceCloudUnauthorized),
        (404, InvoiceCloudProtocolError),
        (302, InvoiceCloudProtocolError),
        (429, InvoiceCloudUnavailable),
        (503, InvoiceCloudUnavailable),
    ],
)
def test_a_status_is_the_error_it_is_elsewhere(status: int, kind: type[InvoiceCloudError]) -> None:
    error = error_of(envelope(""), status=status, headers={"Retry-After": "7"})
    assert isinstance(error, kind)
    assert getattr(error, "retry_after", 7) == 7


@pytest.mark.parametrize(
    "failure", [requests.ReadTimeout(), requests.ConnectionError("Connection aborted.")]
)
def test_no_answer_is_an_outage(failure: Exception) -> None:
    assert isinstance(error_of(failure), InvoiceCloudUnavailable)
