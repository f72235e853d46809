"""Whether an operation may be called now: by its own limit (429) and by the breaker of its service.

A 429 says that the service is there and wants fewer calls, so it counts only for the operation it
answered: a dashboard that asks for too many balances must not stop a sign-in.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from icsso.client.errors import TOO_MANY, InvoiceCloudError, InvoiceCloudUnavailable
from icsso.client.resilience.circuit_breaker import Breaker
from icsso.client.resilience.retry import LONGEST_PAUSE

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """limit: counts only the 429s of one operation. service: shared by operations that fail
    together, and counts everything else."""

    limit: Breaker
    service: Breaker

    def admit(self, operation: str, caller: str, *, seconds: float) -> None:
        """Raises InvoiceCloudUnavailable if the operation must not be called now."""
        # The limit first: a call that it refuses must not take the probe of the whole service.
        if not _admits(self.limit, caller, seconds):
            raise _not_called(operation, "it asked for fewer calls", self.limit)
        if not _admits(self.service, caller, seconds):
            raise _not_called(operation, "it has not responded for some time", self.service)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Counts how the call ends. A refusal counts as a response, and so does an unreadable one:
        the service is there."""
        try:
            yield
        except InvoiceCloudError as error:
            with _even_without_store():
                self._note(error)
            raise
        with _even_without_store():
            self.limit.answered()
            self.service.answered()

    def _note(self, error: InvoiceCloudError) -> None:
        limited = error.status == TOO_MANY
        failing, well = (self.limit, self.service) if limited else (self.service, self.limit)
        well.answered()
        asked_for = error.retry_after if isinstance(error, InvoiceCloudUnavailable) else None
        if asked_for and asked_for > LONGEST_PAUSE:
            failing.told_to_wait(asked_for)
        elif isinstance(error, InvoiceCloudUnavailable) or (error.status or 0) >= 500:
            failing.failed()
        else:
            failing.answered()


def _not_called(operation: str, why: str, breaker: Breaker) -> InvoiceCloudUnavailable:
    return InvoiceCloudUnavailable(operation, f"not called: {why}", retry_after=round(breaker.rest))


def _admits(breaker: Breaker, caller: str, seconds: float) -> bool:
    with _even_without_store():
        return breaker.admits(caller, seconds=seconds)
    return True


@contextmanager
def _even_without_store() -> Iterator[None]:
    """If the cache is down, the result of a call must not be lost: it may be a payment."""
    try:
        yield
    except Exception:
        logger.exception("breaker: the cache does not respond")
