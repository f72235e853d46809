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
from icsso.client.refusals import BROKEN, ERRORS
from icsso.client.transport import not_called
from icsso.client.wire.parts import OperationProfile

A = TypeVar("A", bound=Answer)
NO_CONTENT = 204
LONGEST_WORD = 20  # characters
LONGEST_REASON = 200  # characters: anything longer is no sentence for a customer
# A server that is busy now, or a gateway that gave up (each has statuses of its own from 520 on),
# may already have passed the request on.
OUTCOME_UNKNOWN = {502, 503, 504, *range(520, 531), 598, 599}
UNAVAILABLE = {429, *OUTCOME_UNKNOWN}
# Names of what a refusal says, as ASP.NET and others have them.
REASONS = ("Message", "ErrorMessage", "Error", "Errors", "ErrorDescription", "Detail")
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
    success = _said(body, "Success")
    if success is not None:
        return str(success).strip().lower() in {"false", "0", "no"}
    return not is_promised and _has_reason(body)


def _is_unclear(body: object, wire: OperationProfile) -> bool:
    """Whether a response that promises no fields has a message, or anything else, that may be a
    refusal."""
    if wire.succeeded or _said(body, "Success") is not None:
        return False
    if _has_reason(body):
        return True
    is_praised = bool(_reason(body))
    return not is_praised and isinstance(body, Mapping) and not _says_nothing(body)


def _says_nothing(body: Mapping[str, Any]) -> bool:
    return all(value in NOTHING_SAID for value in body.values())


def _has_reason(body: object) -> bool:
    reason = _reason(body)
    return bool(reason) and not re.fullmatch(SUCCESS, reason, re.IGNORECASE)


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
    return is_answer, unpacked(body)


def _is_in_words(response: requests.Response, text: str) -> bool:
    """Whether it is a sentence and no page: ASP.NET sends what a program returns as text like that.
    Of a path that does not exist, a gateway may say so in the same way."""
    is_text = response.headers.get("Content-Type", "").strip().lower().startswith("text/plain")
    begins = text.lstrip()[0]
    return is_text and begins.isalpha() and response.status_code not in {403, 404}


def unpacked(body: Any) -> Any:
    """Returns JSON that was written into text once more as what it says, and so of `Data`."""
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
    """Returns whether the text is JSON that could be an answer, and what it says."""
    try:
        # As Decimal: money must never become a float.
        body = json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return False, None
    return isinstance(body, Mapping | list | str | bool) or body is None, body


def _said(body: object, wanted: str) -> Any:
    """Returns a field about the call itself, from the top level or from `Data`. A bare true or
    false says whether it succeeded."""
    if isinstance(body, bool):
        return body if wanted == "Success" else None
    if not isinstance(body, Mapping):
        return None
    said, data = field(body, wanted), field(body, "Data")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if said is None and wanted == "Success" and isinstance(data, bool):
        return data
    return field(data, wanted) if said is None and isinstance(data, Mapping) else said


def _reason(body: object) -> str:
    """Returns what a refusal says. If it says SUCCESS and something else, then that."""
    said = [_words(_said(body, name)) for name in REASONS] + [_bare_words(body)]
    words = [text for text in said if text]
    refusals = [text for text in words if not re.fullmatch(SUCCESS, text, re.IGNORECASE)]
    return next(iter(refusals or words), "")


def _words(said: object) -> str:
    """Returns the first words of a text, a list, or an object, such as ASP.NET's of what is wrong
    with each field."""
    for _depth in range(3):
        if isinstance(said, Mapping):
            said = field(said, "Message") or next(iter(said.values()), None)
        elif isinstance(said, list):
            said = next(iter(said), None)
    is_said = isinstance(said, str | int | Decimal) and not isinstance(said, bool) and said != 0
    return plain_words(str(said))[:LONGEST_REASON] if is_said else ""


def _bare_words(body: object) -> str:
    """Returns the text of a body, or of a `Data`, that is nothing but text. What has no blank and
    is long, or is an address, is no sentence: it may be a token, and must not be shown."""
    data = field(body, "Data") if isinstance(body, Mapping) else body
    words = _words(data) if isinstance(data, str) else ""
    is_value = "://" in words or (" " not in words and len(words) > LONGEST_WORD)
    return "" if is_value else words


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
