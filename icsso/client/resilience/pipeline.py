"""What stands between the client and Invoice Cloud: a seat, the breaker, then the repeats."""

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
    """tries: how often what may be repeated is tried at most. Left out: no limit, no breaker."""

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
        """attempt: one call on the wire, in the seconds it is given. seconds: for all of them.

        Raises InvoiceCloudBusy without a seat, InvoiceCloudUnavailable while the breaker is open:
        either way nothing has been sent.
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
        """A seat alone, for whoever waits on another thread's call. Raises InvoiceCloudBusy."""
        if self._bulkhead is None:
            return nullcontext()
        return self._bulkhead.seat(operation, priority=priority, seconds=seconds)


def _known_to_be_away(operation: str, breaker: Breaker) -> InvoiceCloudUnavailable:
    what = "not asked, it has not answered for some time"
    return InvoiceCloudUnavailable(operation, what, retry_after=round(breaker.rest))


def _admits(breaker: Breaker, caller: str, seconds: float) -> bool:
    with _even_without_store():
        return breaker.admits(caller, seconds=seconds)
    return True


@contextmanager
def _watched(breaker: Breaker) -> Iterator[None]:
    """Tells the breaker how it went. A refusal is an answer; what we could not read is one too,
    since somebody is there to give it."""
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
    """A cache that is away must not lose the answer of a call, which may be a payment."""
    try:
        yield
    except Exception:
        logger.exception("breaker: its store does not answer")
