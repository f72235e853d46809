"""Counts calls to Invoice Cloud without slowing them down: in memory, and regularly on disk.

Each process counts its own calls and adds them to those of the others. If a process is killed, the
counts that it has not written yet are lost: see docs/decisions/0021-measures.md.
"""

import atexit
import logging
from bisect import bisect_left
from collections import Counter
from datetime import datetime
from threading import Lock, Timer
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils import timezone
from prometheus_client import Histogram

from icsso.billers.metrics.models import BOUNDS, CallMeasure
from icsso.billers.models import Biller
from icsso.client.errors import Heard

logger = logging.getLogger(__name__)
CALLS = Histogram(
    "portal_invoice_cloud_call_seconds",
    "Calls to Invoice Cloud by how they ended",
    ["operation", "outcome"],
    buckets=[bound / 1000 for bound in BOUNDS],
)

# Sent right after a call, in its thread, with `heard`.
call_heard = Signal()


class Counted(NamedTuple):
    """One row of the metrics, with the biller's short name in place of its key."""

    slug: str
    operation: str
    hour: datetime
    outcome: str
    milliseconds: int

    def in_columns(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if name != "slug"}


Counts = Counter[Counted]


class Tally:
    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counts = Counter()
        self._timer: Timer | None = None

    def note(self, slug: str, heard: Heard) -> None:
        """Never waits for the database and never raises: the call may be a payment."""
        CALLS.labels(heard.operation, heard.outcome).observe(heard.milliseconds / 1000)
        call_heard.send_robust(sender=Tally, heard=heard)
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        counted = Counted(slug, heard.operation, hour, heard.outcome, span(heard.milliseconds))
        with self._lock:
            self._counts[counted] += 1
            self._write_later()

    def take(self) -> Counts:
        """Returns the counts that are not written yet, and leaves them to the caller."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
            return taken

    def write(self) -> None:
        """Writes the counts. If that fails, they are written the next time."""
        taken = self.take()
        try:
            add(taken)
        except Error:
            logger.exception("call metrics not written")
            with self._lock:
                self._counts += taken

    def _write_later(self) -> None:
        if self._timer or not settings.CALL_MEASURES_SECONDS:
            return
        timer = Timer(settings.CALL_MEASURES_SECONDS, self._write_by_itself)
        timer.daemon = True  # does not keep a process from ending
        try:
            timer.start()
        except RuntimeError:
            logger.exception("no thread to write call metrics")
            return
        self._timer = timer
        atexit.unregister(self.write)
        atexit.register(self.write)

    def _write_by_itself(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.write()
        finally:
            connection.close()  # this thread's own connection, which no request closes


def span(milliseconds: int) -> int:
    """Returns the upper bound of the range it falls into."""
    return BOUNDS[min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)]


def add(counts: Counts) -> None:
    """Adds all of them or, on an error, none. Other processes add to the same rows."""
    slugs = {counted.slug for counted in counts}
    billers = dict(Biller.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    # In the same order everywhere, so that processes never deadlock.
    rows = [
        ({"biller_id": billers[counted.slug]} | counted.in_columns(), counts[counted])
        for counted in sorted(counts)
        if counted.slug in billers
    ]
    with transaction.atomic():
        fresh = [CallMeasure(**columns) for columns, _calls in rows]
        CallMeasure.objects.bulk_create(fresh, ignore_conflicts=True)
        for columns, calls in rows:
            CallMeasure.objects.filter(**columns).update(calls=F("calls") + calls)


tally = Tally()
