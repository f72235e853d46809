"""Lines of the CIS that were not taken, as a file: mended in a spreadsheet, it can be imported."""

import csv
from typing import TextIO

from accounts.cis_lines import Refusal
from accounts.tables import Table
from backoffice.exports.files import safe_in_csv


class RefusedFile:
    """Each line as it came, behind its number and the reason."""

    def __init__(self, table: Table, file: TextIO) -> None:
        self.writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        self._write("line", "reason", *table.header)

    def add(self, refusal: Refusal) -> None:
        self._write(str(refusal.line.number), refusal.reason, *refusal.line.cells)

    def _write(self, *cells: str) -> None:
        self.writer.writerow([safe_in_csv(cell) for cell in cells])
