"""A table uploaded by staff: rows of text, untrusted, read one at a time in constant memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

LOOKED_AT = 20  # rows
HEADER_WITHIN = 30  # rows: reports have titles, dates, and filters above their column names


class UnreadableFile(Exception):
    """The file as a whole can't be read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, or its text and the reason it can't be read.

    number: of the row in a spreadsheet, or of its first line in a text file. bad_cells: the places
    of the cells that the problem is confined to, if it is.
    """

    number: int
    cells: list[str]
    problem: str = ""
    bad_cells: tuple[int, ...] = ()


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
    # Whether rows have empty cells after the last column, which some programs write.
    has_spare_cells = False

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Returns all rows with text, including any above the header. Raises UnreadableFile."""

    def choose_header(self, number: int | None = None) -> None:
        """Uses the row with this number as the header; without a number, the first with text.

        Raises UnreadableFile.
        """
        for row in self.rows():
            if number in {None, row.number}:
                self._use(row)
                return
        self.header, self.header_number = [], 0

    def find_header(self, is_header: Callable[[Sequence[str]], bool]) -> bool:
        """Uses the first row that is one as the header, whatever stands above it.

        Returns whether one of the first rows is. Raises UnreadableFile.
        """
        for row in islice(self.rows(), HEADER_WITHIN):
            if is_header(row.cells):
                self._use(row)
                return True
        return False

    def _use(self, row: Row) -> None:
        self.header, self.header_number = row.cells, row.number
        self.has_spare_cells = self.is_ragged
        while self.header and not self.header[-1].strip():
            self.header.pop()
            self.has_spare_cells = True
        if not self.has_spare_cells:
            near = islice(self.rows(), HEADER_WITHIN + LOOKED_AT)
            self.has_spare_cells = self._is_usual(
                [each for each in near if each.number > row.number]
            )

    def _is_usual(self, rows: Sequence[Row]) -> bool:
        """Whether rows usually have an empty cell too many. In a single one, it is the last column,
        pushed out by a comma in an address."""
        spare = [row for row in rows if len(row.cells) > len(self.header) and not row.problem]
        return len(spare) * 2 > len(rows)

    def __iter__(self) -> Iterator[Row]:
        """Returns the rows below the header. Raises UnreadableFile."""
        width = len(self.header)
        for row in self.rows():
            if row.number > self.header_number:
                if len(row.cells) != width and not row.problem:
                    self._fit(row.cells, width)
                yield row

    def _fit(self, cells: list[str], width: int) -> None:
        """Drops empty cells after the last column."""
        while self.has_spare_cells and len(cells) > width and not cells[-1].strip():
            cells.pop()
        if self.is_ragged:
            cells.extend([""] * (width - len(cells)))
