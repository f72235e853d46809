"""The points of a flow: where a process may end, found by watching it at its edges.

A point is each commit to the database, each call to Invoice Cloud and each mail, before it is sent
and after its answer. Nothing in the portal knows of this; a new step is a new point by itself.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.mail import EmailMessage
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from requests.adapters import HTTPAdapter

Reach = Callable[[str], None]
WRITES = re.compile(r'^\s*(INSERT|UPDATE|DELETE)\b[^"]*"(\w+)"')


class Crash(KeyboardInterrupt):
    """The process ends here. Of this kind because nobody may catch it: neither `except
    Exception` nor Django tasks, which keep whatever else a task raises."""


class Points:
    """Records each point as it is reached, and calls `then` at the one named `stop_at`.

    The same step a second time is a point of its own, "… #2". A point is named and not numbered
    because calls made at the same time come in any order.
    """

    def __init__(self, *, stop_at: str = "", then: Callable[[], None] | None = None) -> None:
        self.stop_at, self.then = stop_at, then or self.crash
        self.passed: list[str] = []
        self.is_dead = False
        self._lock = threading.Lock()

    def __call__(self, step: str) -> None:
        with self._lock:
            if self.is_dead:
                raise Crash  # calls at the same time may still run
            point = numbered(step, self.passed)
            self.passed.append(point)
        self.reached(point)

    def reached(self, point: str) -> None:
        if point == self.stop_at:
            self.then()

    def crash(self) -> None:
        self.is_dead = True
        raise Crash


def numbered(step: str, passed: list[str]) -> str:
    return f"{step} #{sum(point.startswith(f'{step} #') for point in passed) + 1}"


@contextmanager
def watched(reach: Reach) -> Iterator[None]:
    """Tells `reach` of every point of this thread's database connection and of all calls."""
    send, deliver = HTTPAdapter.send, EmailMessage.send
    HTTPAdapter.send, EmailMessage.send = calls(send, reach), mails(deliver, reach)
    try:
        with commits(connections[DEFAULT_DB_ALIAS], reach):
            yield
    finally:
        HTTPAdapter.send, EmailMessage.send = send, deliver


def watch_for_good(reach: Reach, *, opening: Any) -> None:
    """The same for the whole life of a process; opening: Django's `connection_created`."""
    HTTPAdapter.send = calls(HTTPAdapter.send, reach)  # type: ignore[method-assign]
    EmailMessage.send = mails(EmailMessage.send, reach)  # type: ignore[method-assign]
    held = {}

    def opened(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        if id(connection) not in held:  # opened again: it keeps what was put on it
            held[id(connection)] = watch = commits(connection, reach)
            watch.__enter__()

    opening.connect(opened, weak=False)


def calls(send: Any, reach: Reach) -> Any:
    def watched_send(
        self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        path = urlsplit(request.url or "").path
        if path.startswith("/_control/"):  # the test itself
            return send(self, request, *args, **kwargs)
        operation = path.rstrip("/").rsplit("/", 1)[-1]
        reach(f"calling {operation}")
        response = send(self, request, *args, **kwargs)
        try:
            reach(f"answered {operation}")
        except Crash:
            response.close()
            raise
        return response

    return watched_send


def mails(deliver: Any, reach: Reach) -> Any:
    def watched_send(self: EmailMessage, *args: Any, **kwargs: Any) -> int:
        reach("mailing")
        sent: int = deliver(self, *args, **kwargs)
        reach("mailed")
        return sent

    return watched_send


@contextmanager
def commits(connection: BaseDatabaseWrapper, reach: Reach) -> Iterator[None]:
    """A statement outside of a transaction is a commit; in one, its end is. A transaction that
    wrote nothing is none."""
    commit, rollback, leave = connection.commit, connection.rollback, CursorWrapper.__exit__
    written: list[str] = []

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        write = WRITES.match(sql)
        result = run(sql, params, many, context)
        if write:
            written.append(f"{write[1].lower()} {write[2]}")
            if not connection.in_atomic_block and " RETURNING " not in sql:
                tell()
        return result

    def watched_leave(self: CursorWrapper, *error: Any) -> None:
        """SQLite commits a statement once what it returns has been read."""
        leave(self, *error)
        if self.db is connection and not connection.in_atomic_block:
            tell()

    def tell() -> None:
        step = ", ".join(dict.fromkeys(written))
        written.clear()
        if step:
            reach(f"written {step}")

    def watched_commit() -> None:
        commit()
        tell()

    def watched_rollback() -> None:
        written.clear()
        rollback()

    connection.commit = watched_commit  # type: ignore[method-assign]
    connection.rollback = watched_rollback  # type: ignore[method-assign]
    CursorWrapper.__exit__ = watched_leave
    try:
        with connection.execute_wrapper(execute):
            yield
    finally:
        CursorWrapper.__exit__ = leave
        del connection.commit, connection.rollback
