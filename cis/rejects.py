"""Rejected rows as a file that can be imported after correction in a spreadsheet."""

import csv
from typing import TextIO

from backoffice.exports.safe_text import safe_in_csv
from backoffice.tables.table import Table
from cis.columns import kept_as_text
from cis.rows import Reject


class RejectsFile:
    """Each row as received, after its number and the reason."""

    def __init__(self, table: Table, file: TextIO) -> None:
        self.writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        self._write("line", "reason", *table.header)

    def add(self, reject: Reject) -> None:
        cells = [kept_as_text(cell) for cell in reject.row.cells]
        self._write(str(reject.row.number), reject.reason, *cells)

    def _write(self, *cells: str) -> None:
        self.writer.writerow([safe_in_csv(cell) for cell in cells])
