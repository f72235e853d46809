"""From an HTTP answer to the promised payload, or to one of our errors (contract: "Errors")."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from pydantic import ValidationError
from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

from icsso.client.answers import Answer, field, has_promised, payload_of
from icsso.client.contract import REFUSALS, SUCCESS
from icsso.client.errors import (
    AlreadyExists,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudMisplaced,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from icsso.client.parsing import plain_words
from icsso.client.refusals import ERRORS
from icsso.client.transport import not_called
from icsso.client.wire.parts import OperationProfile

A = TypeVar("A", bound=Answer)
LONGEST_REASON = 200  # characters: anything longer is no sentence for a customer
UNAVAILABLE = {429, 502, 503, 504}
# A server that is busy now, or a gateway that gave up, may already have passed the request on.
OUTCOME_UNKNOWN = {502, 503, 504}
ERRORS_BY_STATUS: Mapping[int, type[InvoiceCloudError]] = {
    400: InvoiceCloudRejected,
    401: InvoiceCloudUnauthorized,
    405: InvoiceCloudMisplaced,
    406: InvoiceCloudMisplaced,
    409: AlreadyExists,
    415: InvoiceCloudMisplaced,
    501: InvoiceCloudMisplaced,
}
# How ASP.NET says, with status 404 and in `Message`, that it has no such path.
NO_SUCH_PATH = re.compile(r"no (http resource|action|type) was found", re.IGNORECASE)


def checked(
    operation: str,
    promised: type[Answer],
    response: requests.Response,
    text: str,
    wire: OperationProfile,
) -> Mapping[str, Any]:
    """Returns the payload of a successful response, by the names of the contract.

    An empty body counts as an empty object.
    """
    check_available(operation, response)
    status = response.status_code
    is_json, body = _json(text) if text.strip() else (True, {})
    if not 200 <= status < 300:
        raise _refusal(operation, status, body, wire)
    if not is_json:
        raise InvoiceCloudProtocolError(operation, "the response is not JSON", status=status)
    payload = wire.found_in(body, payload_of(body, promised))
    is_promised = not promised.model_fields or has_promised(payload, promised)
    if promised.rows and field(payload, promised.rows) is None and _has_reason(body):
        is_promised = False  # null, and a reason: no empty list
    if _says_no(body, wire, is_promised=is_promised):
        raise _refusal(operation, status, body, wire)
    if not promised.model_fields and (isinstance(body, list) or _is_unclear(body, wire)):
        what = "the response does not say whether it was carried out"
        raise InvoiceCloudIncomplete(operation, what, status=status, reason=_reason(body))
    if is_promised or promised.may_be_empty:
        return payload
    if promised.rows and _said(body, "Message") is not None:
        return {promised.rows: []}  # {"Message": "SUCCESS", "Data": null}
    what = "the response has none of the promised fields"
    raise InvoiceCloudIncomplete(operation, what, status=status)


def check_available(operation: str, response: requests.Response) -> None:
    """Raises InvoiceCloudUnavailable for a status that says so."""
    status = response.status_code
    if status not in UNAVAILABLE:
        return
    raise InvoiceCloudUnavailable(
        operation,
        f"not available ({status})",
        status=status,
        retry_after=_seconds(response.headers.get("Retry-After")),
        outcome_unknown=status in OUTCOME_UNKNOWN,
    )


def understood(operation: str, promised: type[A], payload: Mapping[str, Any]) -> A:
    try:
        return promised.model_validate(payload)
    except ValidationError as error:
        # The values are left out on purpose: they may be personal.
        fields = {str(part["loc"][0]) for part in error.errors() if part["loc"]}
    what = f"the response has no usable {', '.join(sorted(fields)) or 'body'}"
    # Raised outside the `except`: its context must not be pydantic's error with the values.
    raise InvoiceCloudIncomplete(operation, what, status=200)


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
    reason = getattr(reason, "original_error", reason)  # of urllib3's ProxyError
    if why := not_called(reason):
        return InvoiceCloudUnavailable(operation, f"not called: {why}")
    # Either refused before anything was sent, or interrupted later: only the first is certain.
    unsent = isinstance(reason, ConnectTimeoutError)  # and NewConnectionError, its subclass
    return InvoiceCloudUnavailable(operation, "the connection failed", outcome_unknown=not unsent)


def _refusal(
    operation: str, status: int, body: object, wire: OperationProfile
) -> InvoiceCloudError:
    reason, code = _reason(body), str(_said(body, "Code") or "")[:LONGEST_REASON]
    kind = _meaning(operation, status, reason, code, wire) or _kind(status, reason)
    what = "failed" if issubclass(kind, InvoiceCloudProtocolError) else "refused"
    return kind(operation, f"{what} ({status})", status=status, reason=reason)


def _meaning(
    operation: str, status: int, reason: str, code: str, wire: OperationProfile
) -> type[InvoiceCloudError] | None:
    """Returns what the wire profile and the contract say of this refusal."""
    if status >= 500:
        return None
    for refused in (*wire.refused, *REFUSALS.get(operation, ())):
        if refused.matches(status=status, reason=reason, code=code):
            return ERRORS[refused.means]
    return None


def _kind(status: int, reason: str) -> type[InvoiceCloudError]:
    if status in ERRORS_BY_STATUS:
        return ERRORS_BY_STATUS[status]
    if status == 404 and NO_SUCH_PATH.search(reason):
        return InvoiceCloudMisplaced
    # Another status of a request that cannot be carried out, if it comes with a reason. Without
    # one it is a page that does not exist or a gateway's own.
    is_refused = status < 300 or (400 <= status < 500 and reason)
    return InvoiceCloudRejected if is_refused else InvoiceCloudProtocolError


def _says_no(body: object, wire: OperationProfile, *, is_promised: bool) -> bool:
    """Whether a response with status 200 is a refusal: `Success: false`, or a reason where the
    promised payload should be."""
    if wire.succeeded:
        return not wire.is_success(body)
    success = _said(body, "Success")
    if success is not None:
        return str(success).strip().lower() in {"false", "0", "no"}
    return not is_promised and _has_reason(body)


def _is_unclear(body: object, wire: OperationProfile) -> bool:
    """Whether a response that promises no fields has a message that may be a refusal."""
    return not wire.succeeded and _said(body, "Success") is None and _has_reason(body)


def _has_reason(body: object) -> bool:
    said = (str(_said(body, "Message") or "").strip(), _bare_words(body).strip())
    is_refusal = any(one and not re.fullmatch(SUCCESS, one, re.IGNORECASE) for one in said)
    return is_refusal or bool(_said(body, "ErrorMessage"))


def _json(text: str) -> tuple[bool, Any]:
    """Returns whether the text is JSON that could be an answer, and what it says."""
    try:
        # As Decimal: money must never become a float.
        body = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return False, None
    return isinstance(body, Mapping | list | str) or body is None, body


def _said(body: object, wanted: str) -> Any:
    """Returns a field about the call itself, from the top level or from `Data`."""
    if not isinstance(body, Mapping):
        return None
    said, data = field(body, wanted), field(body, "Data")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    return field(data, wanted) if said is None and isinstance(data, Mapping) else said


def _reason(body: object) -> str:
    words = _said(body, "Message") or _said(body, "ErrorMessage") or _bare_words(body)
    return plain_words(str(words))[:LONGEST_REASON]


def _bare_words(body: object) -> str:
    """Returns the text of a body, or of a `Data`, that is nothing but text."""
    data = field(body, "Data") if isinstance(body, Mapping) else body
    return data if isinstance(data, str) else ""


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
