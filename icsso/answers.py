"""From an HTTP answer to the promised payload, or to one of our errors (contract: "Errors")."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from icsso.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
    NotRegistered,
)

UNAVAILABLE = {429, 502, 503, 504}
# A gateway that gave up may have handed the request on before.
OUTCOME_UNKNOWN = {502, 504}
REFUSALS: Mapping[tuple[int, str], type[InvoiceCloudError]] = {
    (401, "invalidcredentials"): CredentialMismatch,
    (404, "notregistered"): NotRegistered,
}
REFUSALS_BY_STATUS: Mapping[int, type[InvoiceCloudError]] = {
    400: InvoiceCloudRejected,
    401: InvoiceCloudUnauthorized,
    409: AlreadyExists,
}


def checked(operation: str, response: requests.Response, text: str) -> Mapping[str, Any]:
    """The payload of a good answer, from the top level or from under `Data`."""
    status = response.status_code
    if status in UNAVAILABLE:
        raise InvoiceCloudUnavailable(
            operation,
            f"not available ({status})",
            status=status,
            retry_after=_seconds(response.headers.get("Retry-After")),
            outcome_unknown=status in OUTCOME_UNKNOWN,
        )
    body = _json(text)
    if status != 200:
        raise _refusal(operation, status, body or {})
    if body is None:
        raise InvoiceCloudProtocolError(operation, "answered no JSON object", status=status)
    if str(_field(body, "Success")).lower() == "false":
        raise InvoiceCloudRejected(operation, "refused", status=status, reason=_reason(body))
    data = _field(body, "Data")
    return data if isinstance(data, Mapping) else body


def _refusal(operation: str, status: int, body: Mapping[str, Any]) -> InvoiceCloudError:
    code = str(_field(body, "Code") or "").lower()
    # These two codes mean the customer only where a customer is authenticated.
    coded = REFUSALS.get((status, code)) if operation == "remote_authentication" else None
    kind = coded or REFUSALS_BY_STATUS.get(status, InvoiceCloudProtocolError)
    return kind(operation, f"refused ({status})", status=status, reason=_reason(body))


def _json(text: str) -> Mapping[str, Any] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None


def _field(body: Mapping[str, Any], wanted: str) -> Any:
    """A field by its name in any case: the server is ASP.NET."""
    return next((value for name, value in body.items() if name.lower() == wanted.lower()), None)


def _reason(body: Mapping[str, Any]) -> str:
    return str(_field(body, "Message") or _field(body, "ErrorMessage") or "")


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isdigit() else None
