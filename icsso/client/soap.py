"""ViewCustomerRecord of Invoice Cloud's read-only SOAP service (contract: "Read-only SOAP").

A second source for whether an account exists, and who registered it. A SOAP library (zeep) builds
its calls from a WSDL, and Invoice Cloud's is not public. Independent of Django.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from html import escape
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError  # nosec B405  (types; defusedxml parses)

import requests
from defusedxml.ElementTree import fromstring
from pydantic import Field

from icsso.client.answers import AccountNumber, Answer, Boolean, Day, IfReadable, Words
from icsso.client.connection import Connection
from icsso.client.contract import User
from icsso.client.errors import (
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
)
from icsso.client.parsing import account_key, plain_words
from icsso.client.responses import LONGEST_REASON, check_available, understood

OPERATION = "view_customer_record"
PATH = "/portal/webservices/CloudManagement.asmx"
LARGEST_ANSWER = 256 * 1024  # characters: a record has about one thousand
HEADERS = {
    "Content-Type": "application/soap+xml; charset=utf-8",
    "Accept": "application/soap+xml, text/xml",
}
ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>
<ViewCustomerRecord xmlns="https://www.invoicecloud.com/portal/webservices/CloudManagement/">
<BillerGUID>{biller_guid}</BillerGUID>
<WebServiceKey>{key}</WebServiceKey>
<AccountNumber>{account_number}</AccountNumber>
</ViewCustomerRecord></soap:Body></soap:Envelope>"""


class ViewedRecord(Answer):
    """A customer as Invoice Cloud's SOAP service shows it. None: not said, or not readable."""

    account_number: AccountNumber = Field(alias="AccountNumber")
    registered: Boolean = Field(alias="Registered")
    login_name: Words = Field(alias="LoginName", default="")
    email: Words = Field(alias="EmailAddress", default="")
    registration_date: IfReadable[Day] = Field(alias="RegistrationDate", default=None)
    customer_id: Words = Field(alias="CustomerID", default="")
    name: Words = Field(alias="CustomerName", default="")
    address1: Words = Field(alias="Address1", default="")
    address2: Words = Field(alias="Address2", default="")
    city: Words = Field(alias="City", default="")
    state: Words = Field(alias="State", default="")
    zip: Words = Field(alias="Zip", default="")
    phone: Words = Field(alias="Phone", default="")
    autopay: IfReadable[Boolean] = Field(alias="AutoPay", default=None)
    paper_invoices: IfReadable[Boolean] = Field(alias="PaperInvoices", default=None)

    def as_user(self) -> User:
        """Returns the same as Retrieve Users does. The email address of a registered account is the
        login name: `EmailAddress` is the customer's, who need not have registered it."""
        email = self.login_name if self.registered else self.email
        return User(
            account_number=self.account_number, email=email or None, registered=self.registered
        )


class SoapReader(Connection):
    """The reader for one biller. Safe to share between threads.

    It raises the errors of `icsso.client.errors` and no others.
    """

    def __init__(self, *, biller_guid: UUID, web_service_key: str, **options: Any) -> None:
        """options: those of Connection."""
        super().__init__(api_key="", **options)
        self._headers = HEADERS  # the key is in the body, and the API key is not sent
        self._credentials = {"biller_guid": str(biller_guid), "key": web_service_key}

    def view_customer_record(self, account_number: str) -> ViewedRecord | None:
        """Returns the customer of an account, or None for an unknown account."""
        said = self._credentials | {"account_number": account_number}
        body = ENVELOPE.format_map({name: escape(value) for name, value in said.items()}).encode()
        wire = partial(self._session.post, self.base_url + PATH, data=body)
        return self.protected(OPERATION, wire, partial(_record, account_number))


def _record(asked: str, response: requests.Response, text: str) -> ViewedRecord | None:
    status = response.status_code
    check_available(OPERATION, response)
    if status in {401, 403}:
        raise InvoiceCloudUnauthorized(OPERATION, f"refused ({status})", status=status)
    root = _parsed(text, status)
    _check_refusal(root, status)
    if status != 200:
        raise InvoiceCloudProtocolError(OPERATION, f"failed ({status})", status=status)
    result = _first(root, "ViewCustomerRecordResult")
    if result is None and _first(root, "ViewCustomerRecordResponse") is None:
        what = "the response contains no result"
        raise InvoiceCloudProtocolError(OPERATION, what, status=status)
    fields = _fields(result) if result is not None else {}
    if not fields.get("accountnumber") and fields.get("customerid", "0") == "0":
        return None
    record = understood(OPERATION, ViewedRecord, {"accountnumber": asked} | fields)
    if account_key(record.account_number) != account_key(asked):
        what = "the response is about another account"
        raise InvoiceCloudProtocolError(OPERATION, what, status=status)
    return record


def _parsed(text: str, status: int) -> Element:
    """Accepts no document type, and so no entities and nothing from another file."""
    if len(text) <= LARGEST_ANSWER:
        with suppress(ParseError, ValueError):  # defusedxml's own errors are of the latter kind
            return fromstring(text, forbid_dtd=True)
    # Raised here, so that its context is no error of the parser that may quote what it read.
    raise InvoiceCloudProtocolError(OPERATION, "the response is not XML", status=status)


def _check_refusal(root: Element, status: int) -> None:
    """Raises InvoiceCloudRejected for a SOAP fault (1.1 or 1.2) and for `Success: false`."""
    fault = _first(root, "Fault")
    fields = _fields(root if fault is None else fault)
    if fault is None and fields.get("success", "").lower() != "false":
        return
    words = next(
        filter(None, map(fields.get, ("errormessage", "message", "text", "faultstring"))), ""
    )
    reason = plain_words(words)[:LONGEST_REASON]
    raise InvoiceCloudRejected(OPERATION, f"refused ({status})", status=status, reason=reason)


def _first(root: Element, name: str) -> Element | None:
    return next((one for one in root.iter() if _name(one) == name.lower()), None)


def _fields(root: Element) -> dict[str, str]:
    """Returns the texts inside an element by name, in lowercase; the first of a name counts."""
    fields: dict[str, str] = {}
    for name, text in _texts(root):
        fields.setdefault(name, text)
    return fields


def _texts(root: Element) -> Iterator[tuple[str, str]]:
    for one in root.iter():
        if not len(one) and (text := (one.text or "").strip()):
            yield _name(one), text


def _name(element: Element) -> str:
    """Returns the name without its namespace: which one is used is not known."""
    return str(element.tag).rpartition("}")[2].lower()
