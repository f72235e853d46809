"""Work after a sign-in that needs the password, and so stays in this process's memory.

A task in the database would have to store the password. If the process ends, the work is lost, so
it must be work that the next sign-in can continue.
"""

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Condition

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)
Work = Callable[[], object]
THREADS = 4  # per process: while Invoice Cloud is slow, the others must keep answering
MOST = 200  # keys with work: no password must wait in memory for long


class BackgroundWork:
    """Runs one piece of work at a time for each key. Of the requests in the meantime, only the
    newest runs afterward, from the state at that time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="background-work")
        self._changed = Condition()
        self._waiting: dict[Hashable, Work] = {}
        self._busy: set[Hashable] = set()

    def do(self, key: Hashable, work: Work) -> bool:
        """Returns whether it will be done. False if there is too much work already."""
        if not settings.SYNCHRONISE_AFTERWARDS:
            work()
            return True
        with self._changed:
            is_first = key not in self._busy
            if is_first and len(self._busy) >= MOST:
                logger.warning("too much background work, left for the next sign-in")
                return False
            self._busy.add(key)
            # The context carries the request's number, for the log.
            self._waiting[key] = partial(copy_context().run, work)
        if is_first:
            self._pool.submit(self._work_off, key)
        return True

    def wait(self, seconds: float) -> bool:
        """Returns whether all work is done within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _work_off(self, key: Hashable) -> None:
        while work := self._next(key):
            try:
                work()
            except Exception:  # nothing above this thread would see it
                logger.exception("work after a sign-in failed")
            finally:
                connection.close()  # this thread's own, which is not closed at the end of a request

    def _next(self, key: Hashable) -> Work | None:
        with self._changed:
            work = self._waiting.pop(key, None)
            if work is None:
                self._busy.discard(key)
                self._changed.notify_all()
            return work


background_work = BackgroundWork()
