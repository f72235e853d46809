"""One change of a member's password at a time, in all processes.

Two resets at once, or a reset beside a sign-in that settles an earlier change, would each be right
alone; between each other they could leave one password here and the other at Invoice Cloud.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from accounts.models import User

LONGEST_TURN = 10.0  # seconds: no change talks to Invoice Cloud for longer
POLL = 0.05


@contextmanager
def turn(member: User) -> Iterator[None]:
    """Waits for the others. Who has waited as long as any turn takes goes on all the same: a lock
    that somebody left behind must not cost a member the way in."""
    lock, ends_at = f"changing-password:{member.pk}", time.monotonic() + LONGEST_TURN
    while not (mine := cache.add(lock, True, timeout=LONGEST_TURN)):
        if time.monotonic() > ends_at:
            break
        time.sleep(POLL)
    try:
        # What another turn has set is what counts from here on.
        member.refresh_from_db(fields=["password"])
        yield
    finally:
        if mine:
            cache.delete(lock)
