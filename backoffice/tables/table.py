"""A table uploaded by staff: rows of text, untrusted, read one at a time in constant memory."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


class UnreadableFile(Exception):
    """The file as a whole can't be read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, or its text and the reason it can't be read.

    number: of the row in a spreadsheet, or of its first line in a text file.
    """

    number: int
    cells: list[str]
    problem: str = ""


class Table(ABC):
    """The rows below the header, except empty ones. Can be read repeatedly.

    header: the column names. progress: how much of the file has been read, from 0 to 1.
    epoch: day zero for dates stored as plain numbers.
    """

    header: list[str]
    header_number: int
    progress: float = 0.0
    epoch = date(1899, 12, 30)
    # Whether the file omits empty cells at the end of a row.
    is_ragged = False

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Returns all rows with text, including any above the header. Raises UnreadableFile."""

    def choose_header(self, number: int | None = None) -> None:
        """Uses the row with this number as the header; without a number, the first with text.

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
        """Drops empty cells after the last column, which some programs write."""
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if self.is_ragged:
            cells.extend([""] * (width - len(cells)))
