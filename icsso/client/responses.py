"""From an HTTP answer to the promised payload, or to one of our errors (contract: "Errors")."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from pydantic import ValidationError
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from icsso.client.contract import Answer
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
    NotRegistered,
)
from icsso.client.parsing import plain_words
from icsso.client.transport import NotPublic

A = TypeVar("A", bound=Answer)
LONGEST_REASON = 200  # characters: anything longer is no sentence for a customer
UNAVAILABLE = {429, 502, 503, 504}
# A gateway that gave up may already have passed the request on.
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


def checked(
    operation: str, promised: type[Answer], response: requests.Response, text: str
) -> Mapping[str, Any]:
    """Returns the payload of a successful response, from the top level or from `Data`.

    Where no fields are expected (`Answer` itself), an empty body counts as an empty object.
    """
    status = response.status_code
    if status in UNAVAILABLE:
        raise InvoiceCloudUnavailable(
            operation,
            f"not available ({status})",
            status=status,
            retry_after=_seconds(response.headers.get("Retry-After")),
            outcome_unknown=status in OUTCOME_UNKNOWN,
        )
    body = {} if promised is Answer and not text.strip() else _json(text)
    if not 200 <= status < 300:
        raise _refusal(operation, status, body or {})
    if body is None:
        raise InvoiceCloudProtocolError(
            operation, "the response is not a JSON object", status=status
        )
    if str(_said(body, "Success")).lower() == "false":
        raise InvoiceCloudRejected(operation, "refused", status=status, reason=_reason(body))
    data = _field(body, "Data")
    return data if isinstance(data, Mapping) else body


def understood(operation: str, promised: type[A], payload: Mapping[str, Any]) -> A:
    try:
        return promised.model_validate(payload)
    except ValidationError as error:
        # The values are left out on purpose: they may be personal.
        fields = {str(part["loc"][0]) for part in error.errors() if part["loc"]}
    what = f"the response has no usable {', '.join(sorted(fields)) or 'body'}"
    # Raised outside the `except`: its context must not be pydantic's error with the values.
    raise InvoiceCloudProtocolError(operation, what, status=200)


def broken_off(operation: str, error: Exception) -> InvoiceCloudError:
    """Returns the error for a response that did not arrive completely."""
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return InvoiceCloudProtocolError(operation, "the response has a broken encoding")
    if isinstance(error, requests.ConnectTimeout):
        return InvoiceCloudUnavailable(operation, "the connection timed out")
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError):
        return InvoiceCloudUnavailable(operation, "the response timed out", outcome_unknown=True)
    reason = getattr(cause, "reason", None)
    if isinstance(reason, NotPublic):
        return InvoiceCloudUnavailable(operation, "not called: its address is not public")
    # Either refused before anything was sent, or interrupted later: only the first is certain.
    unsent = isinstance(reason, NewConnectionError)
    return InvoiceCloudUnavailable(operation, "the connection failed", outcome_unknown=not unsent)


def _refusal(operation: str, status: int, body: Mapping[str, Any]) -> InvoiceCloudError:
    code = str(_said(body, "Code") or "").lower()
    # These two codes are about the customer only where a customer is authenticated.
    coded = REFUSALS.get((status, code)) if operation == "remote_authentication" else None
    kind = coded or REFUSALS_BY_STATUS.get(status, InvoiceCloudProtocolError)
    what = "failed" if kind is InvoiceCloudProtocolError else "refused"
    return kind(operation, f"{what} ({status})", status=status, reason=_reason(body))


def _json(text: str) -> Mapping[str, Any] | None:
    try:
        # As Decimal: money must never become a float.
        body = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def _field(body: Mapping[str, Any], wanted: str) -> Any:
    """Returns a field by its name in any case: the server is ASP.NET."""
    return next((value for name, value in body.items() if name.lower() == wanted.lower()), None)


def _said(body: Mapping[str, Any], wanted: str) -> Any:
    """Returns a field about the call itself, from the top level or from `Data`."""
    said, data = _field(body, wanted), _field(body, "Data")
    return _field(data, wanted) if said is None and isinstance(data, Mapping) else said


def _reason(body: Mapping[str, Any]) -> str:
    words = _said(body, "Message") or _said(body, "ErrorMessage") or ""
    return plain_words(str(words))[:LONGEST_REASON]


def _seconds(header: str | None) -> int | None:
    """Returns `Retry-After` in seconds; it is a number or a date."""
    if not header:
        return None
    try:
        if header.isdecimal():
            return int(header)
        wait = parsedate_to_datetime(header) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(0, round(wait.total_seconds()))
