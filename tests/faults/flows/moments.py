"""What outlives a process, as it was at one moment of a story: what both sides have committed, what
Redis holds, the mails that were sent, and the person's browser. Copied and brought back within
milliseconds, so that a story is told once, and not again for each of its points.

Of SQLite, whose database is a file, as the sandbox's is.
"""

import sqlite3
from contextlib import closing
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from limits.storage import MemoryStorage

from accounts import ratelimit
from icsso.billers.hosts import kept
from inhance import health
from tests.faults.flows.browsers import InProcess
from tests.faults.flows.points import Points
from tests.faults.flows.stories import Story


class Moment:
    def __init__(self, told: Story) -> None:
        self._told, self._mails = _as_it_is(told), list(mail.outbox)
        self._cast = told.sides.cast
        self._remembered = [copy(each) for each in _held_by_redis()]
        files = (Path(connection.settings_dict["NAME"]), told.sides.sandbox.database)
        self._files = [(file, _copied(file)) for file in files]

    def come_back(self) -> Story:
        """The story goes on from there."""
        connection.close()
        # What a process remembers ends with it.
        kept.start_anew()
        health._counts.cache_clear()
        translation.deactivate()
        for file, copied in self._files:
            with closing(sqlite3.connect(file)) as database:
                database.execute("PRAGMA synchronous = OFF")
                copied.backup(database)
        for now, then in zip(_held_by_redis(), self._remembered, strict=True):
            now.clear()
            now.update(then)
        mail.outbox = list(self._mails)
        self._told.sides.cast = self._cast
        return _as_it_is(self._told)


class Moments(Points):
    """Keeps, for each point of a story, what a process that ends there leaves behind. Nothing of
    the process runs on, as after `kill -9`."""

    def __init__(self, told: Story) -> None:
        super().__init__()
        self._told = told
        self.kept: dict[str, Moment] = {}

    def reached(self, point: str) -> None:
        assert not connection.in_atomic_block, point
        self.kept[point] = Moment(self._told)


def _copied(file: Path) -> sqlite3.Connection:
    """What is committed: another connection sees nothing else."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(file)) as database:
        database.backup(kept)
    return kept


def _held_by_redis() -> list[dict[str, Any]]:
    """In production, where it outlives the portal: the cache, and the counts of attempts."""
    counts = ratelimit._limiter("").storage
    assert isinstance(counts, MemoryStorage)
    assert not counts.events, "of a moving window, which is not copied"
    return [cache._cache, cache._expire_info, counts.storage, counts.expirations]


def _as_it_is(told: Story) -> Story:
    assert isinstance(told.browser, InProcess)
    same, same.browser = copy(told), InProcess()
    same.browser.client.cookies = deepcopy(told.browser.client.cookies)
    return same
