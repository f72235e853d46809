"""What protects calls to Invoice Cloud: first a seat, then the circuit breaker, then retries."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable
from icsso.client.resilience.bulkhead import Bulkhead, Priority
from icsso.client.resilience.circuit_breaker import Breaker
from icsso.client.resilience.policies import POLICIES, Service
from icsso.client.resilience.retry import LONGEST_PAUSE, repeated

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Protection:
    """tries: how many times a repeatable call is made at most. By default, no limits apply."""

    def __init__(
        self,
        *,
        tries: int = 1,
        bulkhead: Bulkhead | None = None,
        breakers: Mapping[Service, Breaker] | None = None,
    ) -> None:
        self._tries = tries
        self._bulkhead = bulkhead
        self._breakers = breakers or {}

    def call(
        self,
        operation: str,
        attempt: Callable[[float], T],
        *,
        seconds: float,
        caller: str,
        priority: Priority,
    ) -> T:
        """attempt: makes one HTTP call in the seconds given. seconds: for all attempts together.

        Raises InvoiceCloudBusy if no seat is free, and InvoiceCloudUnavailable while the breaker is
        open. Either way, nothing was sent.
        """
        ends_at = time.monotonic() + seconds
        policy = POLICIES[operation]
        breaker = self._breakers.get(policy.service) if policy.service else None
        tries = self._tries if policy.is_repeatable else 1
        with self.seat(operation, priority=priority, seconds=seconds):
            if breaker and not _admits(breaker, caller, seconds):
                raise _known_to_be_away(operation, breaker)
            with _watched(breaker) if breaker else nullcontext():
                return repeated(attempt, tries=tries, seconds=ends_at - time.monotonic())

    def seat(
        self, operation: str, *, priority: Priority = Priority.FOREGROUND, seconds: float = 0
    ) -> AbstractContextManager[None]:
        """Holds only a seat, to wait for another thread's call. Raises InvoiceCloudBusy."""
        if self._bulkhead is None:
            return nullcontext()
        return self._bulkhead.seat(operation, priority=priority, seconds=seconds)


def _known_to_be_away(operation: str, breaker: Breaker) -> InvoiceCloudUnavailable:
    what = "not called: it has not responded for some time"
    return InvoiceCloudUnavailable(operation, what, retry_after=round(breaker.rest))


def _admits(breaker: Breaker, caller: str, seconds: float) -> bool:
    with _even_without_store():
        return breaker.admits(caller, seconds=seconds)
    return True


@contextmanager
def _watched(breaker: Breaker) -> Iterator[None]:
    """Reports the result to the breaker. A refusal counts as a response, and so does an unreadable
    one: the service is there."""
    try:
        yield
    except InvoiceCloudError as error:
        with _even_without_store():
            _tell(breaker, error)
        raise
    with _even_without_store():
        breaker.answered()


def _tell(breaker: Breaker, error: InvoiceCloudError) -> None:
    asked_for = error.retry_after if isinstance(error, InvoiceCloudUnavailable) else None
    if asked_for and asked_for > LONGEST_PAUSE:
        breaker.told_to_wait(asked_for)
    elif isinstance(error, InvoiceCloudUnavailable) or (error.status or 0) >= 500:
        breaker.failed()
    else:
        breaker.answered()


@contextmanager
def _even_without_store() -> Iterator[None]:
    """If the cache is down, the result of a call must not be lost: it may be a payment."""
    try:
        yield
    except Exception:
        logger.exception("breaker: the cache does not respond")
