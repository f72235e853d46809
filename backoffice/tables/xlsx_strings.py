"""The shared strings of a spreadsheet, on disk: a million customers have millions of strings."""

from array import array
from bisect import bisect_right
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from weakref import finalize

from backoffice.tables.xlsx_markup import TextHandler

IN_MEMORY = 8 * 1024**2  # bytes, before the disk is used
BLOCK = 64  # strings
BLOCK_BYTES = 4096
BLOCKS_CACHED = 64
END = "\0"  # can't occur in XML


class SharedStrings:
    """Blocks of strings, looked up by the number of each block's first string."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  lives as long as the table
        finalize(self, self.file.close)
        self.firsts = array("Q")
        self.places = array("Q", [0])
        self.count = 0
        self.block: list[str] = []
        self.size = 0
        self.read_block = lru_cache(BLOCKS_CACHED)(self._read_block)

    def append(self, text: str) -> None:
        self.block.append(text)
        self.size += len(text)
        if len(self.block) == BLOCK or self.size > BLOCK_BYTES:
            self.close_block()

    def close_block(self) -> None:
        """Also call it after the last string."""
        self.firsts.append(self.count)
        self.count += len(self.block)
        written = self.file.write(END.join(self.block).encode())
        self.places.append(self.places[-1] + written)
        self.block, self.size = [], 0

    def __getitem__(self, number: int) -> str:
        """Raises IndexError."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        block = bisect_right(self.firsts, number) - 1
        return self.read_block(block)[number - self.firsts[block]]

    def _read_block(self, block: int) -> list[str]:
        start, end = self.places[block : block + 2]
        self.file.seek(start)
        return self.file.read(end - start).decode().split(END)


class StringsHandler(TextHandler):
    """Finds the shared strings, in order."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.forget_text()

    def finish(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self.pieces))
