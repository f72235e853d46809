"""What could not be imported as it was: rejected rows, halves of rows, and omitted cells."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.exports.safe_text import safe_in_csv
from backoffice.tables.table import Row, Table
from cis.rows.columns import kept_as_text

SHOWN = 20  # rows of each cause


class Reject(NamedTuple):
    row: Row
    reason: str


class RejectsFile:
    """Rejected rows as a file that can be imported after correction in a spreadsheet: each row as
    received, after its number and the reason."""

    def __init__(self, table: Table, file: TextIO) -> None:
        self.writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        self._write("line", "reason", *table.header)

    def add(self, reject: Reject) -> None:
        cells = [kept_as_text(cell) for cell in reject.row.cells]
        self._write(str(reject.row.number), reject.reason, *cells)

    def _write(self, *cells: str) -> None:
        self.writer.writerow([safe_in_csv(cell) for cell in cells])


class Warned(NamedTuple):
    """A row that was imported without something or with another value, and why."""

    number: int
    cause: str


class Warnings:
    """Counts warnings by cause, with the first rows of each. Takes the same little memory for any
    number of rows: there are few causes."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.first: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, warned: Iterable[Warned]) -> None:
        for number, cause in warned:
            self.counts[cause] += 1
            if len(self.first[cause]) < SHOWN:
                self.first[cause].append(number)

    def __len__(self) -> int:
        return sum(self.counts.values())

    def lines(self) -> list[str]:
        """Returns a line for each cause, the most frequent one first."""
        often = sorted(self.counts, key=lambda cause: (-self.counts[cause], cause))
        return [f"{cause}: {self.counts[cause]:,} ({self._rows(cause)})" for cause in often]

    def _rows(self, cause: str) -> str:
        first = self.first[cause]
        numbers = ", ".join(map(str, first))
        more = ", …" if self.counts[cause] > len(first) else ""
        return ngettext("row %s", "rows %s", len(first)) % f"{numbers}{more}"


def ignored_line(names: Sequence[str], sheets: Sequence[str] = ()) -> str:
    """Returns which columns, and which other sheets with rows, are not read."""
    columns = _("Ignored columns: %s.") % ", ".join(names) if names else ""
    others = _("Sheets that are not read: %s.") % ", ".join(sheets) if sheets else ""
    return " ".join(filter(None, (columns, others)))


def marked_halves(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[Row]:
    """Marks rows that may be half of an account: a name with a line break but no quotation marks
    leaves one cell on a line of its own."""
    if fields[0] == "account_number" and fields[-1] != "name":
        yield from rows
        return
    said = _("it may be split into two lines: a line beside it has only one cell")
    before: Row | None = None
    for row in rows:
        if before and row.number == before.number + 1:
            if len(before.cells) == 1 < len(row.cells) and fields[0] != "account_number":
                row = replace(row, problem=said, bad_cells={})  # noqa: PLW2901
            elif len(row.cells) == 1 < len(before.cells) and fields[-1] == "name":
                before = replace(before, problem=said, bad_cells={})
        if before:
            yield before
        before = row
    if before:
        yield before
