"""A table that staff upload: rows of text, read one by one in flat memory, nothing trusted."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; or its text and the reason why it cannot be read.

    number: of the row in a spreadsheet, of its first line in a text file.
    """

    number: int
    cells: list[str]
    problem: str = ""


class Table(ABC):
    """The rows below the header, without empty ones. It can be read any number of times.

    header: the column names. progress: how much of the file has been read, from 0 to 1.
    epoch: day zero of dates that stand in a cell as a plain number.
    """

    header: list[str]
    header_number: int
    progress: float = 0.0
    epoch = date(1899, 12, 30)
    # Whether the file leaves out empty cells at the end of a row.
    is_ragged = False

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Returns all rows that hold text, also those above the header. Raises UnreadableFile."""

    def choose_header(self, number: int | None = None) -> None:
        """Takes the row of this number for the header; without a number, the first that holds text.

        Raises UnreadableFile.
        """
        for row in self.rows():
            if number in {None, row.number}:
                self.header, self.header_number = row.cells, row.number
                return
        self.header, self.header_number = [], 0

    def __iter__(self) -> Iterator[Row]:
        """Returns the rows below the header. Raises UnreadableFile."""
        width = len(self.header)
        for row in self.rows():
            if row.number > self.header_number:
                if len(row.cells) != width and not row.problem:
                    self._fit(row.cells, width)
                yield row

    def _fit(self, cells: list[str], width: int) -> None:
        """Empty cells beyond the last column mean nothing; some programs write them."""
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if self.is_ragged:
            cells.extend([""] * (width - len(cells)))
