"""From an HTTP answer to the promised payload, or to one of our errors (contract: "Errors")."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import responses as names_of_statuses
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import ValidationError
from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

from icsso.client.answers import (
    LABELS,
    REASONS,
    Answer,
    field,
    has_promised,
    is_null_at,
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
from icsso.client.refusals import BROKEN, ERRORS
from icsso.client.transport import not_called
from icsso.client.wire.parts import OperationProfile
from icsso.client.wire.reasons import (
    LONGEST_REASON,
    has_reason,
    has_reason_for_no_rows,
    reason_of,
    said,
    says_failed,
    says_nothing,
    says_only_nothing_found,
    status_said,
    success_said,
    words_of,
)
from icsso.client.wire.written import body_of

A = TypeVar("A", bound=Answer)
# A server that is busy now, or a gateway that gave up (each has statuses of its own from 520 on),
# may already have passed the request on.
OUTCOME_UNKNOWN = {408, 502, 503, 504, *range(520, 531), 598, 599}
LEAST_PAUSE = 1  # seconds after a 429 that names none: limits are counted by the second
UNAVAILABLE = {TOO_MANY, *OUTCOME_UNKNOWN}
# Only operations that change something can have an unknown outcome.
CHANGES = {
    "register_accounts",
    "update_password",
    "update_email_address",
    "create_customer_record",
    "cloud_payments",
}
MOVED = 301
NOT_FOUND = 404
# Moved for good, not offered in this way, or not taken in this form: waiting does not help, and
# nobody has looked at the customer.
MISPLACED = (MOVED, 308, 405, 406, 407, 411, 413, 414, 415, 417, 421, 426, 428, 431, 501, 505)
ERRORS_BY_STATUS: Mapping[int, type[InvoiceCloudError]] = {
    400: InvoiceCloudRejected,
    401: InvoiceCloudUnauthorized,
    409: AlreadyExists,
    **dict.fromkeys(MISPLACED, InvoiceCloudMisplaced),
}
# Fields in which a body states its status.
STATUSES = ("StatusCode", "HttpStatusCode")
# How ASP.NET and gateways report that a path does not exist.
NO_SUCH_PATH = re.compile(
    "no (http resource|action|type) was found|^missing authentication token", re.IGNORECASE
)
UNTOLD = "<untold>"  # for a page, or for data without a reason: not the same as an empty body
AROUND_PATH = re.compile(r"^(\w+:)?//[^/?#]*|[?#].*", re.DOTALL)
SIGN_IN_PAGE = re.compile(r"\b(log|sign)[-_]?(in|on)\b", re.IGNORECASE)


def checked(
    operation: str,
    promised: type[Answer],
    response: requests.Response,
    text: str,
    wire: OperationProfile,
) -> Mapping[str, Any]:
    """Returns the payload of a successful response, by the names of the contract."""
    is_answer, body = body_of(response, text)
    status = response.status_code
    if not 200 <= status < 300:
        raise _refusal(operation, response, text, body, wire)
    if not is_answer:
        raise InvoiceCloudProtocolError(operation, "the response is not JSON", status=status)
    payload = wire.found_in(body, payload_of(body, promised))
    is_found = has_promised(payload, promised)
    rows = field(payload, promised.rows)
    has_rows = bool(rows) or not promised.rows
    # If nothing is promised, the client asks what was done instead of relying on a word.
    needs_nothing = not promised.model_fields or (promised.may_be_empty and not promised.rows)
    is_left_out = not needs_nothing and not (is_found and has_rows)
    success = wire.is_success(body) if wire.succeeded else success_said(body)
    if success is None and is_left_out and says_failed(body):
        success = False
    if success is None and not has_rows:
        is_found = is_found and not has_reason_for_no_rows(body, rows)
    is_promised = is_found or not promised.model_fields
    is_reason = success is None and not is_promised and has_reason(body)
    meant = _meant(response, body, is_found=is_found and has_rows)
    is_empty_list = is_found and not has_rows and not promised.may_be_empty
    is_nobody = is_empty_list and meant == NOT_FOUND and says_only_nothing_found(body)
    is_another = meant != status and not is_nobody and not wire.succeeded
    if is_another or success is False or is_reason:
        raise _refusal(operation, response, text, body, wire)
    is_unclear = success is None and _is_unclear(body)
    if is_unclear and needs_nothing and not is_found:
        what, reason = "the response does not say whether it was done", reason_of(operation, body)
        raise InvoiceCloudIncomplete(operation, what, status=status, reason=reason)
    if is_promised or promised.may_be_empty:
        return payload
    is_told = said(body, "Message") is not None or is_null_at(body, "Data")
    if promised.rows and is_told and not is_unclear:
        return {promised.rows: []}  # {"Message": "SUCCESS", "Data": null}
    what = "the response has none of the promised fields"
    raise InvoiceCloudIncomplete(operation, what, status=status)


def unavailable(
    operation: str, response: requests.Response, status: int
) -> InvoiceCloudUnavailable | None:
    """Returns the error for a status that means that the service is unavailable, else None."""
    if status not in UNAVAILABLE:
        return None
    wait = _seconds(response.headers.get("Retry-After"))
    return InvoiceCloudUnavailable(
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


def _meant(response: requests.Response, body: object, *, is_found: bool = False) -> int:
    """Returns the status of a response, or the one that it means. A gateway or a framework may name
    it in the body alone (`Status` may be a field of what was promised). A redirect to the same path
    means that it has moved, and one to a sign-in page is ASP.NET's form of 401."""
    status = response.status_code
    if 300 <= status < 400:
        target = AROUND_PATH.sub("", response.headers.get("Location", ""))
        if SIGN_IN_PAGE.search(target):
            return 401
        asked = urlsplit(str(response.url)).path.lower()
        return MOVED if target.rstrip("/").lower() == asked.rstrip("/") else status
    if status >= 300 and status != 403:
        return status
    names = STATUSES if is_found else (*STATUSES, "Status")
    told = next((str(value) for name in names if (value := said(body, name))), "")
    if status < 300 and re.fullmatch("[45][0-9][0-9]", told):
        return int(told)
    words = "" if success_said(body) else words_of(body)
    return status_said(words) or status


def _refusal(
    operation: str,
    response: requests.Response,
    text: str,
    body: object,
    wire: OperationProfile,
) -> InvoiceCloudError:
    status = _meant(response, body)
    words = words_of(body, (*REASONS, *LABELS))
    code = str(said(body, "Code") or "")[:LONGEST_REASON]
    told = words or (UNTOLD if text.strip() else "")
    kind = _meaning(operation, response.status_code, told, code, wire)
    if kind is None and (away := unavailable(operation, response, status)):
        return away
    kind = kind or _kind(status, words)
    what = "failed" if issubclass(kind, InvoiceCloudProtocolError) else "refused"
    if 300 <= response.status_code < 400:
        status = response.status_code
    reason = reason_of(operation, body)
    error = kind(operation, f"{what} ({status})", status=status, reason=reason)
    # Whatever it means: a server that broke may have changed something before.
    error.outcome_unknown = error.outcome_unknown or (status == BROKEN and operation in CHANGES)
    return error


def _meaning(
    operation: str, status: int, reason: str, code: str, wire: OperationProfile
) -> type[InvoiceCloudError] | None:
    """Returns what the wire profile and the contract say of this refusal."""
    if status > BROKEN or status in UNAVAILABLE:
        return None
    for refused in (*wire.refused, *REFUSALS.get(operation, ())):
        if refused.matches(status=status, reason=reason, code=code):
            return ERRORS[refused.means]
    return None


def _kind(status: int, words: str) -> type[InvoiceCloudError]:
    if status in ERRORS_BY_STATUS:
        return ERRORS_BY_STATUS[status]
    if status in {403, 404} and NO_SUCH_PATH.search(words):
        return InvoiceCloudMisplaced
    # Other statuses also mean that a request cannot be carried out, if they come with a reason.
    # Without one, or with just the name of the status, the answer is about a page that does not
    # exist, or it is a gateway's own.
    name = names_of_statuses.get(status, "").casefold()
    is_reason = words.rstrip(".").casefold() not in {"", name}
    is_refused = 200 <= status < 300 or (400 <= status < 500 and is_reason)
    return InvoiceCloudRejected if is_refused else InvoiceCloudProtocolError


def _is_unclear(body: object) -> bool:
    """Whether a response that need not say anything has a message, or anything else besides
    SUCCESS, that may be a refusal."""
    return isinstance(body, list) or has_reason(body) or not says_nothing(body)


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
