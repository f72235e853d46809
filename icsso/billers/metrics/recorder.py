"""Counts calls of Invoice Cloud where nobody waits for it: in memory, and now and then on disk.

Each process counts for itself and adds its counts to those of the others. What a process that is
killed had not written yet is lost: see docs/decisions/0021-measures.md.
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
from django.utils import timezone

from icsso.billers.metrics.models import BOUNDS, CallMeasure
from icsso.billers.models import Biller
from icsso.client.outcomes import Heard

logger = logging.getLogger(__name__)


class Counted(NamedTuple):
    """One row of the measures, but that a biller still goes by its short name."""

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
        """Never waits for the database, never raises: the call's answer may be a payment."""
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        counted = Counted(slug, heard.operation, hour, heard.outcome, span(heard.milliseconds))
        with self._lock:
            self._counts[counted] += 1
            self._write_later()

    def take(self) -> Counts:
        """All that is counted and not written; from here on it is the caller's."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
            return taken

    def write(self) -> None:
        """What cannot be written now is written the next time."""
        taken = self.take()
        try:
            add(taken)
        except Error:
            logger.exception("measures of calls not written")
            with self._lock:
                self._counts += taken

    def _write_later(self) -> None:
        if self._timer or not settings.CALL_MEASURES_SECONDS:
            return
        timer = Timer(settings.CALL_MEASURES_SECONDS, self._write_by_itself)
        timer.daemon = True  # keeps no process from ending
        try:
            timer.start()
        except RuntimeError:
            logger.exception("no thread to write measures of calls")
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
            connection.close()  # this thread's own, which no request's end would close


def span(milliseconds: int) -> int:
    """The upper bound of the span it falls into."""
    return BOUNDS[min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)]


def add(counts: Counts) -> None:
    """All of them or, with an error, none. Other processes add to the same rows."""
    slugs = {counted.slug for counted in counts}
    billers = dict(Biller.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    # In one order everywhere, so that no two processes wait for each other.
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
