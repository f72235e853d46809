"""CSV as a table: UTF-8, with commas, semicolons or tabs, as the first line shows."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from accounts.tables import Line, Table, UnreadableFile

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST = 64 * 1024  # bytes of one line: no table of ours comes near
DELIMITERS = ",;\t"


class CsvTable(Table):
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = _demand_text(file)
        file.seek(0)
        first = file.readline().removeprefix(BYTE_ORDER_MARK).decode()
        splits = {delimiter: _split(first, delimiter) for delimiter in DELIMITERS}
        self.delimiter = max(DELIMITERS, key=lambda delimiter: len(splits[delimiter]))
        self.header = splits[self.delimiter]

    def __iter__(self) -> Iterator[Line]:
        """Each line is read by itself, so that a quote left open spoils no other."""
        self.file.seek(0)
        self.file.readline()
        for number, raw in enumerate(self.file, start=2):
            if number % 1000 == 0:
                self.progress = self.file.tell() / self.size
            text = raw.decode()
            try:
                cells = next(csv.reader([text], strict=True, delimiter=self.delimiter), [])
            except csv.Error as error:
                yield Line(number, [text.rstrip()], _("it cannot be read as CSV (%s)") % error)
                continue
            if any(cell.strip() for cell in cells):
                yield Line(number, cells)
        self.progress = 1.0


def _demand_text(file: BinaryIO) -> int:
    """The size of a file that is UTF-8 to its end: it is taken whole or not at all."""
    try:
        while line := file.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise UnreadableFile(_("The file has a line that is too long to be a table's."))
            line.decode()
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is not UTF-8: save it as “CSV UTF-8”.")) from None
    return file.tell()


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []
