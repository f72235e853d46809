"""ViewCustomerRecord of Invoice Cloud's read-only SOAP service (contract: "Read-only SOAP").

A second source for whether an account exists, and who registered it. A SOAP library (zeep) builds
its calls from a WSDL, and Invoice Cloud's is not public. Independent of Django.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from html import escape
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError  # nosec B405  (types; defusedxml parses)

import requests
from defusedxml.ElementTree import fromstring

from icsso.client.connection import Connection, Options
from icsso.client.errors import (
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
)
from icsso.client.parsing import account_key, plain_words
from icsso.client.responses import unavailable, understood
from icsso.client.wire.customer_record import CALL, VIEW_CUSTOMER_RECORD, ViewedRecord
from icsso.client.wire.parts import OperationProfile
from icsso.client.wire.reasons import LONGEST_REASON

OPERATION = "view_customer_record"
NAMESPACE = "https://www.invoicecloud.com/portal/webservices/CloudManagement/"
LARGEST_ANSWER = 256 * 1024  # characters: a record has about one thousand
DEEPEST = 8  # elements inside each other: a record has two
HEADERS = {
    "Content-Type": "application/soap+xml; charset=utf-8",
    "Accept": "application/soap+xml, text/xml",
}
ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>
<{call} xmlns="{namespace}">
{content}
</{call}></soap:Body></soap:Envelope>"""


class SoapReader(Connection):
    """The reader for one biller. Safe to share between threads.

    It raises the errors of `icsso.client.errors` and no others.
    """

    def __init__(
        self,
        *,
        base_url: str,
        biller_guid: UUID,
        web_service_key: str,
        options: Options | None = None,
    ) -> None:
        super().__init__(base_url=base_url, api_key="", options=options)
        self._headers = HEADERS  # the key is in the body, and the API key is not sent
        self._credentials = {"BillerGUID": str(biller_guid), "WebServiceKey": web_service_key}

    def view_customer_record(self, account_number: str) -> ViewedRecord | None:
        """Returns the customer of an account, or None for an unknown account."""
        profile = self.wire.operation(OPERATION)
        said = profile.written(self._credentials | {"AccountNumber": account_number})
        call = _call(profile)
        body = ENVELOPE.format(call=call, namespace=NAMESPACE, content=_elements(said)).encode()
        address = (profile.host or self.base_url) + (profile.path or VIEW_CUSTOMER_RECORD.path)
        wire = partial(self._session.post, address, data=body)
        return self.protected(OPERATION, wire, partial(_record, account_number, profile))


def _call(profile: OperationProfile) -> str:
    return profile.send.get(CALL) or CALL


def _elements(said: Mapping[str, Any]) -> str:
    """Returns the elements of a body; one that holds others has their names joined by dots."""
    return "\n".join(
        f"<{name}>{_elements(value) if isinstance(value, Mapping) else _text(value)}</{name}>"
        for name, value in said.items()
    )


def _text(value: object) -> str:
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _record(
    asked: str, profile: OperationProfile, response: requests.Response, text: str
) -> ViewedRecord | None:
    status = response.status_code
    if away := unavailable(OPERATION, response, status):
        raise away
    if status in {401, 403}:
        raise InvoiceCloudUnauthorized(OPERATION, f"refused ({status})", status=status)
    root = _parsed(text, status)
    _check_refusal(root, status)
    if status != 200:
        raise InvoiceCloudProtocolError(OPERATION, f"failed ({status})", status=status)
    call = _call(profile)
    result = _first(root, f"{call}Result")
    if result is None and _first(root, f"{call}Response") is None:
        what = "the response contains no result"
        raise InvoiceCloudProtocolError(OPERATION, what, status=status)
    fields = _found(result, profile) if result is not None else {}
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


def _found(result: Element, profile: OperationProfile) -> dict[str, Any]:
    """Returns the same by the contract's names, from wherever the profile says they stand."""
    found = profile.found_in(_nested(result), _fields(result))
    return {name.lower(): value for name, value in found.items()}


def _nested(root: Element, depth: int = 0) -> dict[str, Any]:
    inside: dict[str, Any] = {}
    for one in root if depth < DEEPEST else ():
        inside.setdefault(
            _name(one), _nested(one, depth + 1) if len(one) else (one.text or "").strip()
        )
    return inside


def _texts(root: Element) -> Iterator[tuple[str, str]]:
    for one in root.iter():
        if not len(one) and (text := (one.text or "").strip()):
            yield _name(one), text


def _name(element: Element) -> str:
    """Returns the name without its namespace: which one is used is not known."""
    return str(element.tag).rpartition("}")[2].lower()
