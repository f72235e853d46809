"""What protects calls to Invoice Cloud: first a seat, then the guard, then retries."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from icsso.client.resilience.bulkhead import Bulkhead, Priority
from icsso.client.resilience.guard import Guard
from icsso.client.resilience.policies import POLICIES
from icsso.client.resilience.retry import repeated

T = TypeVar("T")


class Protection:
    """tries: how many times a call is made at most, if a repetition does no harm. guards: by
    operation; one without a guard is always called. By default, no limits apply."""

    def __init__(
        self,
        *,
        tries: int = 1,
        bulkhead: Bulkhead | None = None,
        guards: Mapping[str, Guard] | None = None,
    ) -> None:
        self._tries = tries
        self._bulkhead = bulkhead
        self._guards = guards or {}

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

        Raises InvoiceCloudBusy if no seat is free, and InvoiceCloudUnavailable while Invoice Cloud
        does not respond or has asked for fewer calls. Either way, nothing was sent.
        """
        ends_at = time.monotonic() + seconds
        guard = self._guards.get(operation)
        is_repeatable = POLICIES[operation].is_repeatable
        with self.seat(operation, priority=priority, seconds=seconds):
            if guard:
                guard.admit(operation, caller, seconds=seconds)
            with guard.watch() if guard else nullcontext():
                return repeated(
                    attempt,
                    tries=self._tries,
                    seconds=ends_at - time.monotonic(),
                    is_repeatable=is_repeatable,
                )

    def seat(
        self, operation: str, *, priority: Priority = Priority.FOREGROUND, seconds: float = 0
    ) -> AbstractContextManager[None]:
        """Holds only a seat, to wait for another thread's call. Raises InvoiceCloudBusy."""
        if self._bulkhead is None:
            return nullcontext()
        return self._bulkhead.seat(operation, priority=priority, seconds=seconds)
