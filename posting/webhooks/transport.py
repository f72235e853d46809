"""One POST to a receiver: bounded in time and size, to public addresses only, never redirected."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

from icsso.billers.clients import egress
from icsso.client.transport import not_called, pooled_session
from posting.models.webhook_delivery import WebhookDelivery

Outcome = WebhookDelivery.Outcome

CONNECT_SECONDS, SECONDS = 3.0, 10.0
LARGEST_ANSWER = 16 * 1024  # bytes of it that are read
KEPT = 300  # characters of it that are kept
LONGEST_WAIT = timedelta(days=1)  # that a receiver can ask for
AGENT = "inHANCE-member-portal-webhooks/1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """retry_after: how long the receiver asks not to be called, if it says so."""

    outcome: WebhookDelivery.Outcome
    status: int | None = None
    text: str = ""
    retry_after: timedelta | None = None
    milliseconds: int = 0


def session() -> requests.Session:
    """Returns a session for one endpoint, with Invoice Cloud's proxy and certificate authorities.
    Because billers' staff enter the address, a separate setting determines whether it may be
    private."""
    return pooled_session(replace(egress(), public_only=settings.WEBHOOK_PUBLIC_ONLY))


def post(to: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Returns what the receiver answered. A receiver cannot cause an exception."""
    started = time.monotonic()
    sent = {
        **headers,
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": AGENT,
    }
    # `total` makes connecting and reading share one budget; types-requests does not know it.
    timeout: Any = Timeout(connect=CONNECT_SECONDS, total=SECONDS)
    try:
        response = to.post(
            url,
            data=body,
            headers=sent,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        )
        with response:
            return Answer(
                outcome=_outcome(response.status_code),
                status=response.status_code,
                text=_beginning(response),
                retry_after=_retry_after(response.headers.get("Retry-After", "")),
                milliseconds=_since(started),
            )
    except (requests.RequestException, HTTPError) as error:
        return Answer(outcome=_why_none(error), milliseconds=_since(started))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _outcome(status: int) -> WebhookDelivery.Outcome:
    known = {410: Outcome.GONE, 408: Outcome.BUSY, 425: Outcome.BUSY, 429: Outcome.BUSY}
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if 300 <= status < 400:
        return Outcome.REDIRECTED
    if status in known:
        return known[status]
    if status == 503:
        return Outcome.BUSY
    return Outcome.SERVER_ERROR if status >= 500 else Outcome.REFUSED


def _beginning(response: requests.Response) -> str:
    """Returns the first characters. The status has been received, so an answer that breaks off or
    takes too long afterward changes nothing."""
    try:
        # Read without decompression: a compressed answer was not requested and could unpack to any
        # size.
        read = response.raw.read(LARGEST_ANSWER, decode_content=False)
    except (HTTPError, OSError):
        read = b""
    text = " ".join(read.decode("utf-8", errors="replace").split())
    return "".join(sign for sign in text if sign.isprintable())[:KEPT]


def _retry_after(text: str) -> timedelta | None:
    """Reads seconds, or a date; at most a day."""
    if text.strip().isdecimal():
        return min(timedelta(seconds=int(text.strip()[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    left = moment - timezone.now()
    return min(left, LONGEST_WAIT) if left > timedelta() else None


def _why_none(error: Exception) -> WebhookDelivery.Outcome:
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    reason = getattr(reason, "original_error", reason)  # of urllib3's ProxyError
    said = not_called(reason)
    if "not public" in said:
        return Outcome.NOT_PUBLIC
    if "certificate" in said:
        return Outcome.NOT_TRUSTED
    if isinstance(reason, NewConnectionError):  # which is a TimeoutError to urllib3
        return Outcome.UNREACHABLE
    is_timeout = isinstance(error, requests.Timeout) or isinstance(reason, TimeoutError)
    return Outcome.TIMEOUT if is_timeout else Outcome.UNREACHABLE
