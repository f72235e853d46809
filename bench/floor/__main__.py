"""Starts both processes, measures them in turn, and prints the table: `make bench-floor`.

Exits with 1 if a row misses its goal. ROUNDS=5 ONLY=postback is a short trial of some rows.
DJSTRIPE_PYTHON is the Python of an environment with dj-stripe and django-environ, whose event is
then measured as well.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

import psycopg

from tests.sandbox_process import SandboxProcess

ROUNDS = int(os.environ.get("ROUNDS", "25"))
ONLY = os.environ.get("ONLY", "")
DJSTRIPE_PYTHON = os.environ.get("DJSTRIPE_PYTHON", "")
TIMES = 8  # of a row in a round
PAGE, INSERT, HEALTH = ("bare", "page"), ("bare", "insert"), ("portal", "healthz")
EVENTS = [("events", name) for name in ("event", "event again") if DJSTRIPE_PYTHON]
SIGN_IN, ARGON2 = ("portal", "sign-in"), ("portal", "Argon2")


class Goal(NamedTuple):
    """unit: the row that this one is compared with. most: the limit, in multiples of the unit."""

    row: str
    unit: tuple[str, str]
    most: float


GOALS = [
    goal
    for goal in (
        Goal("home, signed out", PAGE, 1.0),
        Goal("billing page", PAGE, 1.5),
        Goal("dashboard, 1", PAGE, 1.7),
        *(Goal(f"dashboard, {n:,}", PAGE, 2.0) for n in (1_000, 5_000, 20_000)),
        Goal("postback, approved", INSERT, 3.0),
        Goal("postback, same again", INSERT, 2.0),
        Goal("readyz", HEALTH, 2.0),
    )
    if ONLY in goal.row
]
BEYOND_ARGON2 = 20.0  # milliseconds


class Cost(NamedTuple):
    """Milliseconds of CPU for a request, its queries, and its calls of functions in its own
    thread, those of built-in ones included."""

    here: float
    database: float
    queries: int
    functions: int

    @property
    def both(self) -> float:
        return self.here + self.database


class Process:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin
        assert process.stdout
        self._ask, self._told = process.stdin, process.stdout
        assert self._told.readline() == "ready\n"

    def cost(self, row: str, times: int) -> Cost:
        self._ask.write(f"{json.dumps([row, times])}\n")
        self._ask.flush()
        return Cost(*json.loads(self._told.readline()))


@contextmanager
def running(name: str, python: str = sys.executable, **environment: str) -> Iterator[Process]:
    command = [python, "-m", f"bench.floor.{name}"]
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if "STDERR" in os.environ else subprocess.DEVNULL,  # the log is written
        text=True,
    ) as process:
        try:
            yield Process(process)
        finally:
            process.terminate()


def own_database(name: str) -> str:
    """Returns the URL of a new database, which nothing else uses."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def measured(processes: dict[str, Process]) -> dict[tuple[str, str], Cost]:
    """Returns the medians of the times, and the counts of the last round."""
    rows = [
        PAGE,
        INSERT,
        HEALTH,
        *EVENTS,
        SIGN_IN,
        ARGON2,
        *(("portal", goal.row) for goal in GOALS),
    ]
    costs: dict[tuple[str, str], list[Cost]] = {row: [] for row in rows}
    for number in range(ROUNDS + 1):
        for process, row in rows:
            cost = processes[process].cost(row, 3 if row in {SIGN_IN, ARGON2} else TIMES)
            if number:  # the first round warms up
                costs[process, row].append(cost)
    return {
        row: each[-1]._replace(
            here=median(cost.here for cost in each),
            database=median(cost.database for cost in each),
        )
        for row, each in costs.items()
    }


def report(costs: dict[tuple[str, str], Cost]) -> bool:
    """Returns whether all goals are reached."""
    print(f"Load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {ROUNDS} rounds")
    heading = f"{'app':>8}{'database':>10}{'queries':>9}{'calls':>8}{'ratio':>8}{'goal':>8}"
    print(f"{'milliseconds of CPU':28}{heading}")
    for unit in (PAGE, INSERT, HEALTH):
        show(" ".join(unit), costs[unit], "", "")
    for event in EVENTS:
        show(
            f"dj-stripe's {event[1]}",
            costs[event],
            f"{costs[event].both / costs[INSERT].both:.2f}",
            "",
        )
    reached = True
    for goal in GOALS:
        cost = costs["portal", goal.row]
        ratio = cost.both / costs[goal.unit].both
        show(goal.row, cost, f"{ratio:.2f}", f"{goal.most:.1f}")
        reached &= ratio <= goal.most
    beyond = costs[SIGN_IN].both - costs[ARGON2].both
    show("sign-in", costs[SIGN_IN], "", "")
    print(f"beyond Argon2 {beyond:.1f} ms, goal {BEYOND_ARGON2:.0f} ms")
    return reached and beyond <= BEYOND_ARGON2


def show(name: str, cost: Cost, ratio: str, goal: str) -> None:
    numbers = f"{cost.here:8.2f}{cost.database:10.2f}{cost.queries:9}{cost.functions:8,}"
    print(f"{name:28}{numbers}{ratio:>8}{goal:>8}")


def main() -> int:
    with ExitStack() as stack:
        sandbox = stack.enter_context(SandboxProcess())
        processes = {
            "bare": running("bare", DATABASE_URL=own_database("floor")),
            "portal": running("portal", SANDBOX=sandbox.url),
        }
        if EVENTS:
            address = own_database("events")
            processes["events"] = running("events", DJSTRIPE_PYTHON, DATABASE_URL=address)
        return not report(
            measured({name: stack.enter_context(each) for name, each in processes.items()})
        )


if __name__ == "__main__":
    sys.exit(main())
