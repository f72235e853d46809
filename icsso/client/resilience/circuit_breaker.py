"""The circuit breaker: stops calls to a service that fails, and probes it now and then.

It opens after a number of failures in a row, whatever the time between them: payments are far too
few for percentages. Why it is not a library: docs/decisions/0019-breaker.md.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger(__name__)
NOBODY = ""
TOLD_TO_WAIT = "nobody: told to wait"
LONGEST_WAIT = 300.0  # seconds, however long a wait the service asks for: it may do so by mistake


class Store(Protocol):
    """What a breaker needs from Django's cache, which all processes share. Timeouts in seconds."""

    def get(self, key: str, /) -> Any: ...
    def get_many(self, keys: list[str], /) -> dict[str, Any]: ...
    def set(self, key: str, value: Any, timeout: float | None, /) -> Any: ...
    def add(self, key: str, value: Any, timeout: float | None, /) -> bool: ...
    def incr(self, key: str, /) -> int: ...
    def delete_many(self, keys: list[str], /) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """name: of the service, for the cache keys and the log. failures: how many in a row open it.
    rest: seconds from opening, or from a failed probe, to the next probe.

    The state is two cache entries. `failures` counts the failures since the last response. Below
    the limit the breaker is closed; from there on it is open, and only the caller that gets the
    lease `probe` may call the service. During the rest nobody has the lease and nobody can take
    it. A caller that dies loses the lease when its time is up.

    If the service says how long to wait, it is left alone that long: calls already in progress
    neither shorten nor end the wait.
    """

    name: str
    store: Store
    failures: int = 5
    rest: float = 20.0

    def is_open(self) -> bool:
        return (self.store.get(self._failures) or 0) >= self.failures

    def admits(self, caller: str, *, seconds: float) -> bool:
        """Whether this caller may call now: always while closed, only to probe while open.

        caller: an ID shared by calls that belong together, like those of one sign-in.
        seconds: the time a call may take.
        """
        if not self.is_open():
            return True
        leased = self.store.add(self._probe, caller, self.rest + seconds)
        return leased or self.store.get(self._probe) == caller

    def answered(self) -> None:
        if not self.store.get(self._failures) or self._is_told_to_wait():
            return
        if self.is_open():
            logger.warning("breaker closed: %s is responding again", self.name)
        self.store.delete_many([self._failures, self._probe])

    def failed(self) -> None:
        in_a_row = self._count()
        if in_a_row >= self.failures and not self._is_told_to_wait():
            self.store.set(self._probe, NOBODY, self.rest)
        if in_a_row == self.failures:
            logger.error("breaker opened: %s failed %d times in a row", self.name, in_a_row)

    def told_to_wait(self, seconds: float) -> None:
        """Opens at once: the service said that it accepts no calls before then."""
        wait = min(seconds, LONGEST_WAIT)
        self.store.set(self._probe, TOLD_TO_WAIT, wait)
        if not self.is_open():
            self.store.set(self._failures, self.failures, None)
            logger.error("breaker opened: %s asked for no calls for %g s", self.name, wait)

    def _is_told_to_wait(self) -> bool:
        return bool(self.store.get(self._probe) == TOLD_TO_WAIT)

    def _count(self) -> int:
        if self.store.add(self._failures, 1, None):
            return 1
        try:
            return self.store.incr(self._failures)
        except ValueError:  # a response in another thread has just removed the count
            return 0

    @property
    def _failures(self) -> str:
        return f"breaker:{self.name}:failures"

    @property
    def _probe(self) -> str:
        return f"breaker:{self.name}:probe"


def open_among(breakers: Iterable[Breaker]) -> set[str]:
    """Returns the names of those that are open, with one question to the store they share."""
    asked = {breaker._failures: breaker for breaker in breakers}
    if not asked:
        return set()
    counts = next(iter(asked.values())).store.get_many(list(asked))
    return {asked[key].name for key, count in counts.items() if count >= asked[key].failures}
