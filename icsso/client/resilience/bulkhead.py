"""The bulkhead: how many threads of this process may wait on Invoice Cloud at once.

Nobody whom a page waits for queues for a seat. A thread that waited for one would itself be
missing for the pages that need no Invoice Cloud, which is what the seats are for.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from functools import cache
from threading import BoundedSemaphore

from icsso.client.errors import InvoiceCloudBusy


@cache
def _row(name: tuple[str, ...], seats: int) -> BoundedSemaphore:
    """The same seats for everybody in this process who names them."""
    return BoundedSemaphore(seats)


class Priority(Enum):
    FOREGROUND = auto()  # sign-ins, payments: any free seat
    YIELDING = auto()  # balances: half of the seats is left to others
    BACKGROUND = auto()  # threads that answer nobody: as those, and they wait for their turn


class Bulkhead:
    """The seats that callers of one biller find in this process.

    in_all, per_biller: seats of all billers together, and of one, so that one biller's Invoice
    Cloud cannot take them all.
    """

    def __init__(self, biller: str, *, in_all: int, per_biller: int) -> None:
        self._rows = _row(("all",), in_all), _row(("biller", biller), per_biller)
        self._yielding_rows = (
            _row(("yielding", "all"), max(1, in_all // 2)),
            _row(("yielding", "biller", biller), max(1, per_biller // 2)),
        )

    @contextmanager
    def seat(self, operation: str, *, priority: Priority, seconds: float) -> Iterator[None]:
        """A seat for as long as the caller waits. Raises InvoiceCloudBusy when there is none: at
        once, in the background after these seconds."""
        is_patient = priority is Priority.BACKGROUND
        with ExitStack() as taken:
            for row in self._rows_for(priority):
                if not row.acquire(timeout=seconds if is_patient else 0):
                    raise InvoiceCloudBusy(operation)
                taken.callback(row.release)
            yield

    def _rows_for(self, priority: Priority) -> tuple[BoundedSemaphore, ...]:
        if priority is Priority.FOREGROUND:
            return self._rows
        return (*self._yielding_rows, *self._rows)
