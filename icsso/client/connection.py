"""One biller's connection to Invoice Cloud: makes one call as its wire profile says, and reads it.

Independent of Django. Never logs a body and never follows a redirect. `protection` decides whether
a call is made and whether it is retried.
"""

import logging
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import requests
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from icsso.client.answers import Answer
from icsso.client.contract import OPERATIONS
from icsso.client.egress import Egress
from icsso.client.errors import (
    TOO_MANY,
    Heard,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnavailable,
    Outcome,
    outcome_of,
)
from icsso.client.resilience.bulkhead import Priority
from icsso.client.resilience.pipeline import Protection
from icsso.client.resilience.policies import POLICIES
from icsso.client.responses import broken_off, checked, understood
from icsso.client.transport import pooled_session
from icsso.client.wire.profile import WireProfile
from icsso.client.wire.written import decoded

logger = logging.getLogger(__name__)
A = TypeVar("A", bound=Answer)
T = TypeVar("T")
LARGEST_ANSWER = 8 * 1024 * 1024  # bytes: 5,000 accounts are about half a megabyte


def ignored(call: Heard) -> None:
    """The `heard` of a connection whose calls count nowhere."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a connection makes its calls.

    connect_timeout, timeout: seconds to connect, and the limit for any whole call, including
    connecting, retries, and pauses.
    timeouts: seconds by operation name that differ from `policies`.
    wire: where this Invoice Cloud differs from the contract.
    egress: proxy, certificate authorities, and whether only public addresses are called.
    protection: bulkhead, circuit breakers, and retries; without it, every call is made once.
    heard: called after each call with how it ended and whether Invoice Cloud was there.
    """

    connect_timeout: float = 2.0
    timeout: float = 8.0
    timeouts: Mapping[str, float] = field(default_factory=dict)
    wire: WireProfile = field(default_factory=WireProfile)
    egress: Egress = field(default_factory=Egress)
    protection: Protection = field(default_factory=Protection)
    heard: Callable[[Heard], None] = ignored


class Connection:
    """The connection of one biller. Safe to share between threads.

    base_url: scheme and host, e.g. `https://www.invoicecloud.com`.
    api_key: the biller's API key, sent as the HTTP Basic user name with an empty password.
    It raises the errors of `icsso.client.errors` and no others.
    """

    takes_other_method = True

    def __init__(self, *, base_url: str, api_key: str, options: Options | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._options = options or Options()
        # Built here: for a key it cannot encode, requests would put the key into its error message.
        self._headers = {"Authorization": "Basic " + b64encode(f"{api_key}:".encode()).decode()}
        self._session = pooled_session(self._options.egress)
        self._asked_for: dict[str, str] = {}  # method by operation; shared by all copies
        self._ends_at: float | None = None
        self._caller = ""
        self._priority = Priority.FOREGROUND

    @property
    def wire(self) -> WireProfile:
        return self._options.wire

    def within(self, seconds: float) -> Self:
        """Returns a client with the same pool, for several calls that share this time limit.

        They belong together: if one of them may probe whether Invoice Cloud is back, all may.
        """
        hurried = copy(self)
        hurried._ends_at = time.monotonic() + seconds
        hurried._caller = uuid4().hex
        return hurried

    def with_priority(self, priority: Priority) -> Self:
        """Returns a client with the same pool for calls of this priority."""
        ranked = copy(self)
        ranked._priority = priority
        return ranked

    def seat(self) -> AbstractContextManager[None]:
        """Holds a seat while a thread waits for another thread's call. Raises InvoiceCloudBusy."""
        return self._options.protection.seat("waiting")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url})"

    def call(
        self,
        operation: str,
        promised: type[A],
        body: Mapping[str, Any] | None = None,
        **in_path: str,
    ) -> A:
        """Returns Invoice Cloud's answer to an operation of `contract.OPERATIONS`.

        body: by the names of the contract. in_path: the values of placeholders in the path.
        """
        profile, known = self.wire.operation(operation), OPERATIONS[operation]
        path = (profile.path or known.path).format(
            **{name: quote(value, safe="") for name, value in in_path.items()}
        )
        method = profile.method or self._asked_for.get(operation, known.method)
        sent = None if body is None and not profile.set else profile.written(body or {})
        place: dict[str, Any] = {"params": sent} if method == "GET" else {"json": sent}
        address = (profile.host or self.base_url) + path
        wire = partial(self._request, operation, method, address, **place)

        def read(response: requests.Response, text: str) -> A:
            return understood(
                operation, promised, checked(operation, promised, response, text, profile)
            )

        return self.protected(operation, wire, read)

    def _request(self, operation: str, method: str, address: str, **sent: Any) -> requests.Response:
        """Returns the response to one request. It is made by the other method if the server refuses
        this one and says so: nothing was carried out, and a wire profile need not name it. From
        then on, this connection uses that one."""
        started = time.monotonic()
        response = self._session.request(method, address, **sent)
        other = _other_method(method, response) if self.takes_other_method else ""
        if not other:
            return response
        response.close()
        self._asked_for[operation] = other
        logger.warning(
            "invoice cloud call: %s refused, called with %s from now on",
            method,
            other,
            extra={"operation": operation},
        )
        left = max(0.001, sent["timeout"].total - (time.monotonic() - started))
        sent["timeout"] = Timeout(connect=self._options.connect_timeout, total=left)
        return self._session.request(other, address, **sent)

    def protected(
        self,
        operation: str,
        wire: Callable[..., requests.Response],
        read: Callable[[requests.Response, str], T],
    ) -> T:
        """Returns what `read` makes of the response. wire: sends one request."""
        return self._options.protection.call(
            operation,
            lambda seconds: self._attempt(operation, wire, read, seconds),
            seconds=self._seconds_left(operation),
            caller=self._caller or uuid4().hex,
            priority=self._priority,
        )

    def _attempt(
        self,
        operation: str,
        wire: Callable[..., requests.Response],
        read: Callable[[requests.Response, str], T],
        seconds: float,
    ) -> T:
        started = time.monotonic()
        status: int | None = None
        available = False
        level, said, outcome = logging.INFO, "answered", Outcome.ANSWERED
        try:
            response, text = self._send(operation, wire, seconds)
            status, available = response.status_code, True
            return read(response, text)
        except InvoiceCloudError as error:
            if isinstance(error, InvoiceCloudUnavailable):
                available = error.status == TOO_MANY
            # Refusals happen every day; anything else may need an operator's attention.
            level = logging.INFO if isinstance(error, InvoiceCloudRejected) else logging.WARNING
            said, outcome = str(error), outcome_of(error)
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            logger.log(
                level,
                "invoice cloud call: %s",
                said,
                extra={"operation": operation, "status": status, "milliseconds": milliseconds},
            )
            self._options.heard(Heard(operation, outcome, milliseconds, available))

    def _send(
        self, operation: str, wire: Callable[..., requests.Response], seconds: float
    ) -> tuple[requests.Response, str]:
        failure: InvoiceCloudError
        try:
            response = wire(
                headers=self._headers,
                # `total` makes connecting and reading share one budget.
                timeout=Timeout(connect=self._options.connect_timeout, total=seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return response, _read(operation, response)
        except (requests.RequestException, HTTPError) as error:
            failure = broken_off(operation, error)
        # Raised outside the `except`, so that its context does not hold the request with the
        # API key and the customer's password.
        raise failure

    @property
    def is_limited(self) -> bool:
        """Whether its calls share a time limit."""
        return self._ends_at is not None

    def seconds_for(self, operation: str) -> float:
        """Returns the seconds one call of this operation may take."""
        own = self._options.timeouts.get(operation, POLICIES[operation].seconds)
        return min(self._options.timeout, own)

    def _seconds_left(self, operation: str) -> float:
        seconds = self.seconds_for(operation)
        if self._ends_at is None:
            return seconds
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise InvoiceCloudUnavailable(operation, "not called: no time is left")
        return min(left, seconds)


def _other_method(method: str, response: requests.Response) -> str:
    """Returns the method that a server with status 405 asks for. Never GET, which would put what is
    sent into an address."""
    offered = {one.strip().upper() for one in response.headers.get("Allow", "").split(",")}
    others = offered & {"POST", "PUT"} - {method}
    return others.pop() if response.status_code == 405 and method != "GET" and others else ""


def _read(operation: str, response: requests.Response) -> str:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise InvoiceCloudProtocolError(operation, "the response is too large")
    return decoded(body, response.headers.get("Content-Type", ""))
