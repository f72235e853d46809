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

from icsso.client.answers import (
    REASONS,
    Answer,
    field,
    has_promised,
    is_null_at,
    is_praise,
    payload_of,
)
from icsso.client.contract import REFUSALS
from icsso.client.errors import (
    TOO_MANY,
    AlreadyExists,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudMisplaced,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from icsso.client.parsing import boolean
from icsso.client.refusals import BROKEN, ERRORS
from icsso.client.transport import not_called
from icsso.client.wire.parts import OperationProfile
from icsso.client.wire.reasons import LONGEST_REASON, reason_of, said, words_of

A = TypeVar("A", bound=Answer)
NO_CONTENT = 204
# A server that is busy now, or a gateway that gave up (each has statuses of its own from 520 on),
# may already have passed the request on.
OUTCOME_UNKNOWN = {408, 502, 503, 504, *range(520, 531), 598, 599}
LEAST_PAUSE = 1  # seconds after a 429 that names none: limits are counted by the second
UNAVAILABLE = {TOO_MANY, *OUTCOME_UNKNOWN}
PRAISING = {"data", *map(str.lower, REASONS)}
# What is asked, and changes nothing, is in no doubt.
CHANGES = {
    "register_accounts",
    "update_password",
    "update_email_address",
    "create_customer_record",
    "cloud_payments",
}
NOTHING_SAID: tuple[object, ...] = ("", [], {}, None)
ERRORS_BY_STATUS: Mapping[int, type[InvoiceCloudError]] = {
    400: InvoiceCloudRejected,
    401: InvoiceCloudUnauthorized,
    # Moved for good, or offered otherwise: waiting does not help.
    301: InvoiceCloudMisplaced,
    308: InvoiceCloudMisplaced,
    405: InvoiceCloudMisplaced,
    406: InvoiceCloudMisplaced,
    409: AlreadyExists,
    415: InvoiceCloudMisplaced,
    501: InvoiceCloudMisplaced,
}
# How a gateway says, with status 200, that there is no service now.
AWAY = re.compile(
    r"\b(service|server|system|site)\b.{0,40}\b(unavailable|not available|down)\b|\bmaintenance\b",
    re.IGNORECASE,
)
# How ASP.NET says, with status 404 and in `Message`, that it has no such path.
NO_SUCH_PATH = re.compile(r"no (http resource|action|type) was found", re.IGNORECASE)


def checked(
    operation: str,
    promised: type[Answer],
    response: requests.Response,
    text: str,
    wire: OperationProfile,
) -> Mapping[str, Any]:
    """Returns the payload of a successful response, by the names of the contract."""
    check_available(operation, response)
    status = response.status_code
    is_answer, body = _body(response, text)
    if not 200 <= status < 300:
        raise _refusal(operation, status, body, wire)
    if not is_answer:
        raise InvoiceCloudProtocolError(operation, "the response is not JSON", status=status)
    payload = wire.found_in(body, payload_of(body, promised))
    is_promised = not promised.model_fields or has_promised(payload, promised)
    if promised.rows and field(payload, promised.rows) is None and _has_reason(body):
        is_promised = False  # null, and a reason: no empty list
    if _says_no(body, wire, is_promised=is_promised):
        raise _refusal(operation, status, body, wire)
    is_empty = promised.may_be_empty and not promised.rows and not is_promised
    if (is_empty or not promised.model_fields) and _is_unclear(body, wire):
        what, reason = "the response does not say whether it was done", reason_of(operation, body)
        raise InvoiceCloudIncomplete(operation, what, status=status, reason=reason)
    if is_promised or promised.may_be_empty:
        return payload
    is_told = said(body, "Message") is not None or is_null_at(body, "Data")
    if promised.rows and is_told and not _is_unclear(body, wire):
        return {promised.rows: []}  # {"Message": "SUCCESS", "Data": null}
    what = "the response has none of the promised fields"
    raise InvoiceCloudIncomplete(operation, what, status=status)


def check_available(operation: str, response: requests.Response) -> None:
    """Raises InvoiceCloudUnavailable for a status that says so."""
    status = response.status_code
    if status not in UNAVAILABLE:
        return
    wait = _seconds(response.headers.get("Retry-After"))
    raise InvoiceCloudUnavailable(
        operation,
        f"not available ({status})",
        status=status,
        retry_after=LEAST_PAUSE if wait is None and status == TOO_MANY else wait,
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
    words, code = words_of(body), str(said(body, "Code") or "")[:LONGEST_REASON]
    kind = _meaning(operation, status, words, code, wire) or _kind(status, words)
    what = "failed" if issubclass(kind, InvoiceCloudProtocolError) else "refused"
    reason = reason_of(operation, body)
    error = kind(operation, f"{what} ({status})", status=status, reason=reason)
    # Whatever it means: a server that broke may have changed something before.
    error.outcome_unknown = error.outcome_unknown or (status == BROKEN and operation in CHANGES)
    return error


def _meaning(
    operation: str, status: int, reason: str, code: str, wire: OperationProfile
) -> type[InvoiceCloudError] | None:
    """Returns what the wire profile and the contract say of this refusal."""
    if status > BROKEN:
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
    success = _success(body)
    return not is_promised and _has_reason(body) if success is None else not success


def _success(body: object) -> bool | None:
    """Returns what `Success` says; None if it says nothing, or nothing that is yes or no."""
    try:
        return boolean(said(body, "Success"))
    except ValueError:
        return None


def _is_unclear(body: object, wire: OperationProfile) -> bool:
    """Whether a response that need not say anything has a message, or anything else besides
    SUCCESS, that may be a refusal."""
    if wire.succeeded or _success(body) is not None:
        return False
    return isinstance(body, list) or _has_reason(body) or not _says_nothing(body)


def _says_nothing(body: object) -> bool:
    return not isinstance(body, Mapping) or all(
        value in NOTHING_SAID or (name.lower() in PRAISING and is_praise(str(value)))
        for name, value in body.items()
    )


def _has_reason(body: object) -> bool:
    words = words_of(body)
    return bool(words) and not is_praise(words)


def _body(response: requests.Response, text: str) -> tuple[bool, Any]:
    """Returns whether the text could be an answer, and what it says. No content is null, as ASP.NET
    has it, and an empty body an empty object."""
    if response.status_code == NO_CONTENT:
        return True, None
    if not text.strip():
        return True, {}
    is_answer, body = _json(text)
    if not is_answer and _is_in_words(response, text):
        return True, text
    body = unpacked(body)
    return is_answer and (body is None or isinstance(body, Mapping | list | str | bool)), body


def _is_in_words(response: requests.Response, text: str) -> bool:
    """Whether it is a sentence and no page: ASP.NET sends what a program returns as text like that.
    Of a path that does not exist, or of a service that is away, a gateway may say so in the same
    way."""
    is_text = response.headers.get("Content-Type", "").strip().lower().startswith("text/plain")
    begins = text.lstrip()[0]
    is_outage = response.status_code < 300 and AWAY.search(text)
    is_answer = response.status_code not in {403, 404} and not is_outage
    return is_text and begins.isalpha() and is_answer


def unpacked(body: Any) -> Any:
    """Returns JSON that was written into text once more as what it says, and so of `Data`, or of
    `d`, into which ASP.NET's script services put all they say."""
    if isinstance(body, Mapping) and [*body] == ["d"]:
        body = body["d"]
    if isinstance(body, str) and body.lstrip().startswith(("{", "[")):
        is_answer, inner = _json(body)
        return inner if is_answer else body
    if isinstance(body, Mapping) and isinstance(field(body, "Data"), str):
        return {
            name: unpacked(value) if name.lower() == "data" else value
            for name, value in body.items()
        }
    return body


def _json(text: str) -> tuple[bool, Any]:
    """Returns whether the text is JSON, and what it says."""
    try:
        # As Decimal: money must never become a float.
        body = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return False, None
    return True, body


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
