"""Which accounts a file has named so far, whatever its size."""

from collections import defaultdict

PAGE = 4096  # bits


class Seen:
    """One bit for each account of the database, so that a million take 125 kB; and the numbers of
    those that are not in it, which only a preview meets, and a preview is of few lines."""

    def __init__(self) -> None:
        self.pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(PAGE // 8))
        self.numbers: set[str] = set()

    def add(self, pk: int) -> None:
        page, bit = divmod(pk, PAGE)
        self.pages[page][bit // 8] |= 1 << bit % 8

    def __contains__(self, pk: int) -> bool:
        page, bit = divmod(pk, PAGE)
        return page in self.pages and bool(self.pages[page][bit // 8] >> bit % 8 & 1)
