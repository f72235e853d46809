"""The circuit breaker: a service that does not answer is left alone, and looked after now and then.

It opens after so many failures in a row, whatever the time between them: payments are far too few
for percentages. Why it is not a library's: docs/decisions/0019-breaker.md.
"""

import logging
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger(__name__)
NOBODY = ""
TOLD_TO_WAIT = "nobody: told to wait"
LONGEST_WAIT = 300.0  # seconds, however long the service asks for: a slip of its own ends by then


class Store(Protocol):
    """What a breaker needs of Django's cache, which all processes share. Time-outs in seconds."""

    def get(self, key: str, /) -> Any: ...
    def set(self, key: str, value: Any, timeout: float | None, /) -> Any: ...
    def add(self, key: str, value: Any, timeout: float | None, /) -> bool: ...
    def incr(self, key: str, /) -> int: ...
    def delete_many(self, keys: list[str], /) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """name: of the service watched, for its keys and the log. failures: in a row, that open it.
    rest: seconds from opening, or from a probe that failed, to the next probe.

    Two entries are all there is. `failures` counts what failed since the last answer: below the
    limit the breaker is closed. From there on it is open, and whoever gets the lease `probe` is
    the one that asks. While the service rests, nobody has the lease and nobody can take it; a
    prober that dies loses it when its time is up.

    A service that says itself how long to wait gets that long: calls that were under way by then
    neither shorten the wait nor end it.
    """

    name: str
    store: Store
    failures: int = 5
    rest: float = 20.0

    def is_open(self) -> bool:
        return (self.store.get(self._failures) or 0) >= self.failures

    def admits(self, caller: str, *, seconds: float) -> bool:
        """Whether this caller may ask now: always while closed, the one that probes while open.

        caller: whose calls belong together, as those of one sign-in do. seconds: a call's time.
        """
        if not self.is_open():
            return True
        leased = self.store.add(self._probe, caller, self.rest + seconds)
        return leased or self.store.get(self._probe) == caller

    def answered(self) -> None:
        if not self.store.get(self._failures) or self._is_told_to_wait():
            return
        if self.is_open():
            logger.warning("breaker closed: %s answers again", self.name)
        self.store.delete_many([self._failures, self._probe])

    def failed(self) -> None:
        in_a_row = self._count()
        if in_a_row >= self.failures and not self._is_told_to_wait():
            self.store.set(self._probe, NOBODY, self.rest)
        if in_a_row == self.failures:
            logger.error("breaker opened: %s failed %d times in a row", self.name, in_a_row)

    def told_to_wait(self, seconds: float) -> None:
        """Opens at once: the service has said that it takes nobody's call before that."""
        wait = min(seconds, LONGEST_WAIT)
        self.store.set(self._probe, TOLD_TO_WAIT, wait)
        if not self.is_open():
            self.store.set(self._failures, self.failures, None)
            logger.error("breaker opened: %s asks to be left alone for %g s", self.name, wait)

    def _is_told_to_wait(self) -> bool:
        return bool(self.store.get(self._probe) == TOLD_TO_WAIT)

    def _count(self) -> int:
        if self.store.add(self._failures, 1, None):
            return 1
        try:
            return self.store.incr(self._failures)
        except ValueError:  # an answer of another thread has just taken the count away
            return 0

    @property
    def _failures(self) -> str:
        return f"breaker:{self.name}:failures"

    @property
    def _probe(self) -> str:
        return f"breaker:{self.name}:probe"
