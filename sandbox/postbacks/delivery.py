"""Delivers postbacks over HTTP, to this machine alone."""

import http.client
import ipaddress
import threading
import time
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlencode, urlsplit

from django.db import connection

from sandbox.models import PostbackSent

TIMEOUT_SECONDS = 15
LONGEST_PAUSE_SECONDS = 30
CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# One more attempt was recorded somewhere; who waits for one looks again.
attempted = threading.Condition()


class NotDeliverable(Exception):
    pass


def in_background(postback: PostbackSent, *, delay: float, retries: int) -> None:
    """Tries until it gets a 2xx, pausing 0.5, 1, 2, 4 … seconds between attempts."""
    arguments = {"delay": delay, "retries": retries}
    threading.Thread(target=persist, args=[postback], kwargs=arguments, daemon=True).start()


def persist(postback: PostbackSent, *, delay: float, retries: int) -> None:
    time.sleep(delay)
    try:
        for repeat in range(retries + 1):
            if not attempt(postback):
                return
            time.sleep(min(0.5 * 2**repeat, LONGEST_PAUSE_SECONDS))
    finally:
        connection.close()


def wait_for_first_attempts(postbacks: list[PostbackSent]) -> None:
    """So that a postback sent before the return has really arrived before it."""
    ids = [postback.pk for postback in postbacks]
    untried = PostbackSent.objects.filter(pk__in=ids, attempts=[])
    with attempted:
        attempted.wait_for(lambda: not untried.exists(), timeout=TIMEOUT_SECONDS)


def attempt(postback: PostbackSent) -> bool:
    """Calls once and records how it went. True when it is worth another attempt."""
    record = {"at": datetime.now(UTC).isoformat(), "status": None, "error": ""}
    again = True
    try:
        record["status"] = status = call(postback)
        again = not 200 <= status < 300
    except NotDeliverable as refusal:
        record["error"], again = str(refusal), False
    except (OSError, http.client.HTTPException) as error:
        record["error"] = f"{type(error).__name__}: {error}"
    postback.attempts = [*postback.attempts, record]
    changes = {"attempts": postback.attempts, "status": record["status"]}
    still_there = PostbackSent.objects.filter(pk=postback.pk).update(**changes)
    with attempted:
        attempted.notify_all()
    return again and bool(still_there)


def call(postback: PostbackSent) -> int:
    url = urlsplit(postback.url)
    form = urlencode([(name, text) for name, text in postback.fields])
    in_query, in_body = postback.place != "body", postback.place != "query"
    query = "&".join(part for part in [url.query, form if in_query else ""] if part)
    target = (url.path or "/") + (f"?{query}" if query else "")
    server = connect(url)
    try:
        headers = {"Host": url.netloc, "User-Agent": "InvoiceCloud-Sandbox", **FORM}
        server.request("POST", target, body=form if in_body else "", headers=headers)
        return server.getresponse().status  # a redirect is an answer, and is not followed
    finally:
        server.close()


def connect(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme not in CONNECTIONS or not is_loopback(host):
        raise NotDeliverable("refused: postbacks go by http or https to this machine alone")
    # Not every system resolves names under .localhost, though all of them are this machine.
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
