"""Delivers postbacks over HTTP, to this machine only."""

import http.client
import ipaddress
import json
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from django.db import connection

from sandbox.models import PostbackSent
from sandbox.variants.services import current_wire

from .fields import FieldList

TIMEOUT_SECONDS = 15
LONGEST_PAUSE_SECONDS = 30
BOUNDARY = "----------------------------8de2d0a7c3b1f40"  # as .NET writes one
CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}

# Notified whenever an attempt was recorded.
attempt_recorded = threading.Condition()


class NotDeliverable(Exception):
    """The URL is not one that this sandbox may call."""


def start(postback: PostbackSent, *, delay: float, retries: int) -> None:
    """Starts a thread that delivers the postback. `delay` is in seconds."""
    arguments = {"delay": delay, "retries": retries}
    threading.Thread(target=deliver, args=[postback], kwargs=arguments, daemon=True).start()


def deliver(postback: PostbackSent, *, delay: float, retries: int) -> None:
    """Repeats the attempt until a 2xx response, pausing 0.5, 1, 2, 4, … seconds in between. What
    was deleted by a reset, or taken when it was sent by hand, is not sent any more."""
    time.sleep(delay)
    open_ones = PostbackSent.objects.filter(pk=postback.pk).exclude(status__range=(200, 299))
    try:
        for number in range(retries + 1):
            if not open_ones.exists() or not attempt(postback):
                return
            time.sleep(min(0.5 * 2**number, LONGEST_PAUSE_SECONDS))
    finally:
        connection.close()


def wait_for_first_attempts(postbacks: list[PostbackSent]) -> None:
    """Makes sure that postbacks to be sent before the return have arrived by then."""
    ids = [postback.pk for postback in postbacks]
    untried = PostbackSent.objects.filter(pk__in=ids, attempts=[])
    with attempt_recorded:
        attempt_recorded.wait_for(lambda: not untried.exists(), timeout=TIMEOUT_SECONDS)


def attempt(postback: PostbackSent) -> bool:
    """Calls PostBackURL once and records the outcome. Returns whether to try again."""
    record = {"at": datetime.now(UTC).isoformat(), "status": None, "error": ""}
    again = True
    try:
        record["status"] = status = send(postback)
        again = not 200 <= status < 300
    except NotDeliverable as refusal:
        record["error"], again = str(refusal), False
    except (OSError, http.client.HTTPException) as error:
        record["error"] = f"{type(error).__name__}: {error}"
    postback.attempts = [*postback.attempts, record]
    changes = {"attempts": postback.attempts, "status": record["status"]}
    still_there = PostbackSent.objects.filter(pk=postback.pk).update(**changes)
    with attempt_recorded:
        attempt_recorded.notify_all()
    return again and bool(still_there)


def send(postback: PostbackSent) -> int:
    """Returns the HTTP status of the response. Raises NotDeliverable, OSError, or HTTPException."""
    wire = current_wire().postback
    url = urlsplit(postback.url if wire.last_slash else postback.url.removesuffix("/"))
    form = urlencode([(name, text) for name, text in postback.fields])
    in_query, in_body = postback.place != "body", postback.place != "query"
    query = "&".join(part for part in [url.query, form if in_query else ""] if part)
    target = (url.path or "/") + (f"?{query}" if query else "")
    server = connect(url)
    try:
        content_type, encoded = encode_fields(postback.fields, wire.encoding)
        headers = {
            "Host": url.netloc,
            "User-Agent": "InvoiceCloud-Sandbox",
            "Content-Type": content_type,
        }
        body: Any = encoded.encode() if in_body else b""
        if wire.chunked:
            body = iter([body])  # without a length, http.client sends it in chunks
        server.request(wire.method, target, body=body, headers=headers)
        return server.getresponse().status  # redirects are not followed
    finally:
        server.close()


def encode_fields(fields: FieldList, encoding: str) -> tuple[str, str]:
    """Returns the content type and the body. As JSON, booleans are no text."""
    if encoding == "json":
        values = {"True": True, "False": False}
        return "application/json", json.dumps({n: values.get(text, text) for n, text in fields})
    if encoding == "multipart":
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in fields
        ]
        return f"multipart/form-data; boundary={BOUNDARY}", "".join(parts) + f"--{BOUNDARY}--\r\n"
    return "application/x-www-form-urlencoded", urlencode([(name, text) for name, text in fields])


def connect(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme not in CONNECTIONS or not is_loopback(host):
        raise NotDeliverable("refused: postbacks are sent to this machine only, by http or https")
    # Names under .localhost mean this machine, but not every system resolves them.
    host = "127.0.0.1" if host.endswith(".localhost") else host
    try:
        return CONNECTIONS[url.scheme](host, url.port, timeout=TIMEOUT_SECONDS)
    except ValueError as error:
        raise NotDeliverable(f"refused: {error}") from error


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
