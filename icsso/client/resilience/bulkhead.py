"""The bulkhead: how many threads of this process may wait for Invoice Cloud at once.

A thread that serves a page never queues for a seat: while it waited, it would be missing for the
pages that do not need Invoice Cloud, and keeping threads free for them is what seats are for.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from functools import cache
from threading import BoundedSemaphore

from prometheus_client import Counter, Gauge

from icsso.client.errors import InvoiceCloudBusy

IN_USE = Gauge(
    "portal_invoice_cloud_seats_in_use", "Calls that wait now", multiprocess_mode="livesum"
)
IN_ALL = Gauge("portal_invoice_cloud_seats", "Calls that may wait", multiprocess_mode="livesum")
NONE_FREE = Counter("portal_invoice_cloud_seats_refused", "Calls not made because none was free")


@cache
def _row(name: tuple[str, ...], seats: int) -> BoundedSemaphore:
    """Returns the same seats to every caller in this process that uses this name."""
    return BoundedSemaphore(seats)


class Priority(Enum):
    FOREGROUND = auto()  # sign-ins, payments: any free seat
    YIELDING = auto()  # balances: half of the seats are left to others
    BACKGROUND = auto()  # threads that serve no page: the same, and they wait their turn


class Bulkhead:
    """The seats that calls for one biller can take in this process.

    in_all, per_biller: seats of all billers together and of one biller, so that the Invoice Cloud
    of one biller cannot take them all.
    """

    def __init__(self, biller: str, *, in_all: int, per_biller: int) -> None:
        IN_ALL.set(in_all)
        self._rows = _row(("all",), in_all), _row(("biller", biller), per_biller)
        self._yielding_rows = (
            _row(("yielding", "all"), max(1, in_all // 2)),
            _row(("yielding", "biller", biller), max(1, per_biller // 2)),
        )

    @contextmanager
    def seat(self, operation: str, *, priority: Priority, seconds: float) -> Iterator[None]:
        """Holds a seat while the caller waits. Raises InvoiceCloudBusy when there is none: at once,
        or in the background after these seconds."""
        is_patient = priority is Priority.BACKGROUND
        with ExitStack() as taken:
            for row in self._rows_for(priority):
                if not row.acquire(timeout=seconds if is_patient else 0):
                    NONE_FREE.inc()
                    raise InvoiceCloudBusy(operation)
                taken.callback(row.release)
            with IN_USE.track_inprogress():
                yield

    def _rows_for(self, priority: Priority) -> tuple[BoundedSemaphore, ...]:
        if priority is Priority.FOREGROUND:
            return self._rows
        return (*self._yielding_rows, *self._rows)
