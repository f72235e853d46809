"""The long-running process: takes what is due, starts a process for each command, and watches them.

Processes are forked, so none has to start Python again, and none blocks or delays another.
"""

import logging
import multiprocessing
import os
import time
from ctypes import c_double
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import RawValue
from typing import NamedTuple

from django.conf import settings
from django.db import Error, close_old_connections, connections

from inhance.periodic import child, leases
from inhance.periodic.models import PeriodicRun
from inhance.periodic.schedule import Command

logger = logging.getLogger(__name__)
ROUND, AWAY = 0.5, 5.0  # seconds until the next check, and while the database is away
# Parts of the lease: when it is renewed, and when a process that could not renew it must have
# ended.
RENEWED, GIVEN_UP = 1 / 6, 2 / 3
Outcome = PeriodicRun.Outcome


class Run(NamedTuple):
    command: Command
    holder: str
    process: ForkProcess
    started: float
    lease: c_double

    @property
    def hangs(self) -> bool:
        return time.monotonic() - self.started > self.command.at_most.total_seconds()

    def outcome(self) -> str:
        """Returns the outcome once the process has ended."""
        if self.process.exitcode == 0:
            return Outcome.SUCCEEDED
        return Outcome.HUNG if self.hangs else Outcome.FAILED


class Runner:
    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._renewed = time.monotonic()

    def go_round(self, *, starts: bool = True) -> None:
        """Checks everything once. If the database is unavailable, the next round asks it again."""
        self._end_what_hangs()
        try:
            close_old_connections()
            self._renew()
            self._clear_up()
            if starts:
                self._start()
        except Error:
            logger.exception("periodic commands: the database does not answer")
            connections.close_all()
            time.sleep(AWAY)

    def stop(self, *, within: float) -> None:
        """Lets running commands finish, and stops those that take longer (seconds)."""
        until = time.monotonic() + within
        while self.runs and time.monotonic() < until:
            self.go_round(starts=False)
            time.sleep(ROUND)
        for run in self.runs:
            run.process.terminate()
            run.process.join(ROUND)
        self.go_round(starts=False)

    def _end_what_hangs(self) -> None:
        for run in self.runs:
            if run.hangs and run.process.is_alive():
                logger.error(
                    "periodic command hangs, ended after %s: %s",
                    run.command.at_most,
                    run.command.name,
                )
                run.process.kill()
                run.process.join()

    def _renew(self) -> None:
        begun = time.monotonic()
        if begun - self._renewed < settings.PERIODIC_LEASE * RENEWED:
            return
        for run in self.runs:
            if leases.renew(run.holder):
                run.lease.value = begun + settings.PERIODIC_LEASE * GIVEN_UP
        self._renewed = begun

    def _clear_up(self) -> None:
        for run in [each for each in self.runs if not each.process.is_alive()]:
            leases.give_back(run.holder, run.outcome())
            self.runs.remove(run)

    def _start(self) -> None:
        due = leases.due()
        for command in settings.PERIODIC_COMMANDS:
            begun = time.monotonic()
            if command.name in due and (holder := leases.take(command)):
                lease = RawValue(c_double, begun + settings.PERIODIC_LEASE * GIVEN_UP)
                self.runs.append(Run(command, holder, _forked(command, lease), begun, lease))


def _forked(command: Command, lease: c_double) -> ForkProcess:
    _close_connections()
    process = multiprocessing.get_context("fork").Process(
        target=child.run, args=[command.name, os.getpid(), lease], name=command.name
    )
    process.start()
    return process


def _close_connections() -> None:
    """A child must not share the connections, nor a pool, whose threads it would not have."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
