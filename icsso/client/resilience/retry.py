"""Repeats a call that failed in passing: after a short random pause, and never beyond its time.

The one place where anything is repeated. What hangs until its time is up is not, since no time
is left; what fails at once (a connection reset, 503) often works a moment later.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable

T = TypeVar("T")
LONGEST_PAUSE = 2.0  # seconds; who is told to wait longer is told that it is not available now
# "Full jitter": callers that failed together do not come back together.
JITTER = wait_random_exponential(multiplier=0.1, max=1.0)
LEAST = 0.01  # seconds: no socket takes less


def repeated(attempt: Callable[[float], T], *, tries: int, seconds: float) -> T:
    """What the first good attempt gives, or the error of the last one.

    attempt: gets the seconds that are left for it. tries: at most; 1 is no repeating.
    """
    ends_at = time.monotonic() + seconds
    doubt = False

    def once() -> T:
        nonlocal doubt
        try:
            return attempt(max(LEAST, ends_at - time.monotonic()))
        except InvoiceCloudError as error:
            # An attempt that may have been carried out stays in doubt, whatever the next one met.
            doubt = error.outcome_unknown = doubt or error.outcome_unknown
            raise

    return Retrying(
        retry=retry_if_exception(_is_passing),
        wait=_pause,
        stop=stop_after_attempt(tries) | stop_before_delay(seconds),
        reraise=True,
    )(once)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, InvoiceCloudUnavailable) and (error.retry_after or 0) <= LONGEST_PAUSE


def _pause(state: RetryCallState) -> float:
    """What Invoice Cloud asks for (`Retry-After`), and a random moment on top."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after if isinstance(error, InvoiceCloudUnavailable) else None
    return (asked_for or 0) + JITTER(state)
