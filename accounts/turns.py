"""One change of a member's password at a time, in all processes.

Two resets at once, or a reset beside a sign-in that settles an earlier change, would each be right
alone; between each other they could leave one password here and the other at Invoice Cloud.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.cache import cache

from accounts.models import User

LONGEST_TURN = 10.0  # seconds: no change talks to Invoice Cloud for longer
POLL = 0.05
_mine: ContextVar[frozenset[str]] = ContextVar("turns", default=frozenset())


@contextmanager
def turn(member: User) -> Iterator[None]:
    """Waits for the others; within a turn of one's own there is nothing to wait for."""
    lock = f"changing-password:{member.pk}"
    is_mine = lock not in _mine.get() and _wait_for(lock)
    token = _mine.set(_mine.get() | {lock})
    try:
        # What another turn has set is what counts from here on.
        member.refresh_from_db(fields=["password"])
        yield
    finally:
        _mine.reset(token)
        if is_mine:
            cache.delete(lock)


def _wait_for(lock: str) -> bool:
    """Whether it is ours now. Who has waited as long as any turn takes goes on without: a lock
    that a crash left behind must not cost a member the way in."""
    ends_at = time.monotonic() + LONGEST_TURN
    while not cache.add(lock, True, timeout=LONGEST_TURN):
        if time.monotonic() > ends_at:
            return False
        time.sleep(POLL)
    return True
