"""Work for after a sign-in that needs the password, and so stays in this process's memory.

A task of the database would have to write the password down. A process that ends takes the work
along, so it must be such that the next sign-in goes on with it.
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
THREADS = 4  # of each process: while Invoice Cloud is slow the others must go on answering
MOST = 200  # keys with something to do: no password waits in memory for long


class BackgroundWork:
    """One piece of work at a time for each key. What is asked for meanwhile is done after it, the
    newest alone: it starts from what is there then."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="background-work")
        self._changed = Condition()
        self._waiting: dict[Hashable, Work] = {}
        self._busy: set[Hashable] = set()

    def do(self, key: Hashable, work: Work) -> bool:
        """Whether it will be done: not when there is too much to do already."""
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
        """Whether all is done, within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _work_off(self, key: Hashable) -> None:
        while work := self._next(key):
            try:
                work()
            except Exception:  # nobody above this thread would hear of it
                logger.exception("work after a sign-in failed")
            finally:
                connection.close()  # this thread's own, which no request's end would close

    def _next(self, key: Hashable) -> Work | None:
        with self._changed:
            work = self._waiting.pop(key, None)
            if work is None:
                self._busy.discard(key)
                self._changed.notify_all()
            return work


background_work = BackgroundWork()
