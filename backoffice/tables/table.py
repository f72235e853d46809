"""A table uploaded by staff: rows of text, untrusted, read one at a time in constant memory."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

LOOKED_AT = 20  # rows
AFTER_COMMA = re.compile(r" \S")
HEADER_WITHIN = 30  # rows: reports have titles, dates, and filters above their column names


class UnreadableFile(Exception):
    """The file as a whole can't be read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, or its text and the reason it can't be read.

    number: of the row in a spreadsheet, or of its first line in a text file. bad_cells: what is
    wrong in single cells, by their place, if the problem is confined to them.
    """

    number: int
    cells: list[str]
    problem: str = ""
    bad_cells: Mapping[int, str] = field(default_factory=dict)


class Table(ABC):
    """The rows below the header, except empty ones. Can be read repeatedly.

    header: the column names. progress: how much of the file has been read, from 0 to 1.
    epoch: day zero for dates stored as plain numbers.
    """

    header: list[str]
    header_number: int = 0
    progress: float = 0.0
    epoch = date(1899, 12, 30)
    # Whether the file omits empty cells at the end of a row.
    is_ragged = False
    # How many empty cells rows usually have after the last column; some programs write them.
    spare_cells = 0
    sheet_name: str = ""
    # Names of the other sheets with rows, which nobody chose.
    unread_sheets: Sequence[str] = ()
    # How many rows a filter or a person has hidden, once all were read: they are rows like others.
    hidden_rows = 0
    # The places of columns that a person has hidden, once all rows were read.
    hidden_columns: Collection[int] = ()

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Returns all rows with text, including any above the header. Raises UnreadableFile."""

    def choose_header(self, number: int | None = None) -> None:
        """Uses the row with this number as the header; without a number, the first with text.

        Raises UnreadableFile.
        """
        self._forget_header()
        for row in self.rows():
            if number in {None, row.number}:
                self._use(row)
                return

    def find_header(self, is_header: Callable[[Sequence[str]], bool]) -> bool:
        """Uses the first row that looks like a header, whatever is above it.

        Returns whether one of the first rows does. Raises UnreadableFile.
        """
        before = self.header, self.header_number, self.spare_cells
        self._forget_header()
        for row in islice(self.rows(), HEADER_WITHIN):
            if is_header(row.cells):
                self._use(row)
                return True
        self.header, self.header_number, self.spare_cells = before
        return False

    def _forget_header(self) -> None:
        """Allows rows with more or fewer cells than the current header."""
        self.header, self.header_number, self.spare_cells = [], 0, 0

    def _use(self, row: Row) -> None:
        header = list(row.cells)
        while header and not header[-1].strip():
            header.pop()
        self.spare_cells = len(row.cells) - len(header)
        self.header, self.header_number = header, row.number
        if not self.is_ragged:
            near = islice(self.rows(), HEADER_WITHIN + LOOKED_AT)
            self.spare_cells = self._usual([each for each in near if each.number > row.number])

    def _usual(self, rows: Sequence[Row]) -> int:
        """Returns how many extra empty cells most rows have; if most have none, how many the header
        has. In a single row, one is the last column, pushed out by a comma in an address."""
        width = len(self.header)
        spare = Counter(len(row.cells) - width for row in rows if _ends_empty(row, width))
        [(usual, count)] = spare.most_common(1) or [(0, 0)]
        return usual if count * 2 > len(rows) else self.spare_cells

    def __iter__(self) -> Iterator[Row]:
        """Returns the rows below the header. Raises UnreadableFile."""
        width = len(self.header)
        for row in self.rows():
            if row.number > self.header_number:
                if len(row.cells) != width and (row.bad_cells or not row.problem):
                    self._fit(row.cells, width)
                yield row

    def _fit(self, cells: list[str], width: int) -> None:
        """Drops empty cells after the last column: in text exactly as many as rows usually have,
        because one more comes from a comma without quotation marks."""
        if self.is_ragged:
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            cells.extend([""] * (width - len(cells)))
        elif len(cells) - width == self.spare_cells and _is_empty(cells[width:]):
            del cells[width:]


def _is_empty(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _ends_empty(row: Row, width: int) -> bool:
    """Whether a row has more cells than the header, with nothing in them."""
    if row.problem or len(row.cells) <= width:
        return False
    return _is_empty(row.cells[width:]) and not _has_comma_in_text(row.cells)


def _has_comma_in_text(cells: Sequence[str]) -> bool:
    """Whether some cells begin with one blank, as after the comma in `BELL, IDA`, but not all."""
    blanks = {AFTER_COMMA.match(cell) is not None for cell in cells[1:] if cell.strip()}
    return len(blanks) > 1
