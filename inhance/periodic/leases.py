"""Which machine runs a command: the one that took its row, for as long as it renews the lease.

This is a lease and not an advisory lock, which would be lost between two statements with a pooler
in transaction mode, and which SQLite does not have: docs/decisions/0052-periodic.md.
"""

import os
import socket
from datetime import datetime, timedelta
from math import inf
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from inhance.periodic.models import PeriodicRun
from inhance.periodic.schedule import Command

MISSED_RUNS = 3  # periods after which a command is late


def plan() -> None:
    """Creates missing rows: a command that was never run is due at once."""
    at = now()
    rows = [
        PeriodicRun(command=each.name, planned_at=at, due_at=at)
        for each in settings.PERIODIC_COMMANDS
    ]
    PeriodicRun.objects.bulk_create(rows, ignore_conflicts=True)


def due() -> set[str]:
    """Returns the names of the commands that are due and not running."""
    return set(_free().filter(due_at__lte=Now()).values_list("command", flat=True))


def take(command: Command) -> str:
    """Returns the name that holds the lease from now on; "" if another process was faster."""
    holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:12]}"
    taken = (
        _free()
        .filter(command=command.name, due_at__lte=Now())
        .update(
            holder=holder,
            started_at=Now(),
            due_at=Now() + command.every,
            held_until=Now() + _lease(),
            outcome=PeriodicRun.Outcome.NONE,
        )
    )
    return holder if taken else ""


def renew(holder: str) -> bool:
    """Returns False if the lease has ended: another process may run the command."""
    held = PeriodicRun.objects.filter(holder=holder, held_until__gt=Now())
    return bool(held.update(held_until=Now() + _lease()))


def give_back(holder: str, outcome: str) -> None:
    succeeded = outcome == PeriodicRun.Outcome.SUCCEEDED
    PeriodicRun.objects.filter(holder=holder).update(
        holder="",
        held_until=None,
        outcome=outcome,
        **({"succeeded_at": Now()} if succeeded else {}),
    )


def late() -> list[str]:
    """Returns the names of the commands that are late."""
    return [name for name, seconds in seconds_late().items() if seconds > 0]


def seconds_late() -> dict[str, float]:
    """Returns the seconds by which each command is late: the time without a success beyond three
    periods and the longest run. Infinite if it was never planned."""
    rows, at = PeriodicRun.objects.in_bulk(), now()
    found = {}
    for command in settings.PERIODIC_COMMANDS:
        found[command.name] = inf
        if row := rows.get(command.name):
            allowed = command.every * MISSED_RUNS + command.at_most
            past = at - (row.succeeded_at or row.planned_at) - allowed
            found[command.name] = max(0.0, past.total_seconds())
    return found


def now() -> datetime:
    """Returns the database's time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        (told,) = cursor.fetchone()
    is_text = isinstance(told, str)
    return datetime.fromisoformat(f"{told}+00:00") if is_text else told


def _free() -> QuerySet[PeriodicRun]:
    return PeriodicRun.objects.filter(Q(held_until=None) | Q(held_until__lte=Now()))


def _lease() -> timedelta:
    return timedelta(seconds=settings.PERIODIC_LEASE)
