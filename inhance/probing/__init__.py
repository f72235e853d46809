"""Checks of other servers in separate threads: a check that hangs does not delay the answer.

A thread waits for the next check and keeps its database connection: opening one for each check
costs both sides ten times as much as the check.
"""

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from django.db import DatabaseError, InterfaceError, connection

logger = logging.getLogger(__name__)
Check = Callable[[], bool]
MOST_IDLE = 2


class _Prober:
    def __init__(self) -> None:
        self._asked: SimpleQueue[tuple[Check, SimpleQueue[bool]] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def ask(self, check: Check) -> SimpleQueue[bool]:
        answer: SimpleQueue[bool] = SimpleQueue()
        self._asked.put((check, answer))
        return answer

    def end(self) -> None:
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_wanted = True
        while is_wanted and (asked := self._asked.get()):
            check, answer = asked
            passed = _passes(check)
            is_wanted = len(_idle) < MOST_IDLE
            if is_wanted:
                _idle.append(self)
            answer.put(passed)
        connection.close()


_idle: list[_Prober] = []


def begun(check: Check) -> SimpleQueue[bool]:
    """Starts the check. Returns the queue where its answer will arrive: False for any failure."""
    try:
        prober = _idle.pop()
    except IndexError:  # all threads are busy, or hang
        prober = _Prober()
    return prober.ask(check)


def end_idle() -> None:
    """Closes the connections that are kept for the next checks."""
    while _idle:
        _idle.pop().end()


def _passes(check: Check) -> bool:
    try:
        try:
            return check()
        except (DatabaseError, InterfaceError):
            if connection.connection is None:
                raise
            connection.close()  # kept since the last check; the server may have been restarted
            return check()
    except Exception:  # any failure at all means "not ready"
        logger.exception("not ready")
        connection.close()
        return False
    finally:
        if connection.vendor == "sqlite" or connection.settings_dict["OPTIONS"].get("pool"):
            connection.close()
