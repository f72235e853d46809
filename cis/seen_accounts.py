"""Which accounts occurred in a file so far, and the batches in which it is read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from backoffice.tables.table import Row

BATCH = 1000
PAGE = 4096  # bits


class SeenAccounts:
    """The accounts seen in a file so far, in little memory.

    Uses one bit for each account in the database: a million take 125 kB. Numbers of accounts that
    are not in the database occur only in a preview, which has few rows.
    """

    def __init__(self) -> None:
        self.pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(PAGE // 8))
        self.numbers: set[str] = set()

    def add(self, pk: int) -> None:
        page, bit = divmod(pk, PAGE)
        self.pages[page][bit // 8] |= 1 << bit % 8

    def __contains__(self, pk: int) -> bool:
        page, bit = divmod(pk, PAGE)
        return page in self.pages and bool(self.pages[page][bit // 8] >> bit % 8 & 1)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
