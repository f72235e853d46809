"""Retries a call after a temporary failure: with a short random pause, and never past its deadline.

Nothing is retried anywhere else. A call that hangs until the deadline is not retried, since no time
is left. A call that fails at once (a connection reset, 503) often works a moment later.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable

T = TypeVar("T")
LONGEST_PAUSE = 2.0  # seconds; if Invoice Cloud asks for more, it counts as unavailable
# "Full jitter": callers that failed together do not come back together.
JITTER = wait_random_exponential(multiplier=0.1, max=1.0)
LEAST = 0.01  # seconds: a socket needs more than zero


def repeated(
    attempt: Callable[[float], T], *, tries: int, seconds: float, is_repeatable: bool = True
) -> T:
    """Returns the result of the first successful attempt, or raises the error of the last one.

    attempt: gets the seconds that are left. tries: how many at most; 1 means no retries.
    is_repeatable: whether it may be made again after one that may have been carried out.
    """
    ends_at = time.monotonic() + seconds
    doubt = False

    def once() -> T:
        nonlocal doubt
        try:
            return attempt(max(LEAST, ends_at - time.monotonic()))
        except InvoiceCloudError as error:
            # If any attempt may have been carried out, the outcome stays unknown.
            doubt = error.outcome_unknown = doubt or error.outcome_unknown
            raise

    def is_over(state: RetryCallState) -> bool:
        next_at = time.monotonic() + state.upcoming_sleep
        return state.attempt_number >= tries or next_at >= ends_at

    return Retrying(
        retry=retry_if_exception(lambda error: _is_passing(error) and (is_repeatable or not doubt)),
        wait=_pause,
        stop=is_over,
        reraise=True,
    )(once)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, InvoiceCloudUnavailable) and (error.retry_after or 0) <= LONGEST_PAUSE


def _pause(state: RetryCallState) -> float:
    """Returns what Invoice Cloud asks for (`Retry-After`) plus a short random time."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after if isinstance(error, InvoiceCloudUnavailable) else None
    return (asked_for or 0) + JITTER(state)
