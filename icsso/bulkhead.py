"""The bulkhead: how many threads of this process may wait on Invoice Cloud at once.

Nobody queues for a seat. A thread that waited for one would itself be missing for the pages that
need no Invoice Cloud, which is what the seats are for.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import BoundedSemaphore

from icsso.errors import InvoiceCloudBusy


@cache
def _row(name: tuple[str, ...], seats: int) -> BoundedSemaphore:
    """The same seats for everybody in this process who names them."""
    return BoundedSemaphore(seats)


class Bulkhead:
    """The seats that callers of one biller find in this process.

    in_all, per_biller: seats of all billers together, and of one, so that one biller's Invoice
    Cloud cannot take them all. What runs in the background may take half of either.
    """

    def __init__(self, biller: str, *, in_all: int, per_biller: int) -> None:
        self._rows = _row(("all",), in_all), _row(("biller", biller), per_biller)
        self._background_rows = (
            _row(("background", "all"), max(1, in_all // 2)),
            _row(("background", "biller", biller), max(1, per_biller // 2)),
        )

    @contextmanager
    def seat(self, operation: str, *, in_background: bool = False) -> Iterator[None]:
        """A seat for as long as the caller waits. Raises InvoiceCloudBusy at once for none."""
        with ExitStack() as taken:
            for row in (*self._background_rows, *self._rows) if in_background else self._rows:
                if not row.acquire(blocking=False):
                    raise InvoiceCloudBusy(operation)
                taken.callback(row.release)
            yield
