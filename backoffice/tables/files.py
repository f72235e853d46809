"""Files as tables. The first bytes show the kind of file, not its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from backoffice.tables.csv_table import CsvTable
from backoffice.tables.other_formats import check_beginning
from backoffice.tables.table import Table, UnreadableFile
from backoffice.tables.xlsx_table import MOST_UNPACKED, XlsxTable

ARCHIVE = b"PK\x03\x04"  # XLSX


def read_table(
    file: BinaryIO, *, most_unpacked: int = MOST_UNPACKED, sheet: str = "", delimiter: str = ""
) -> Table:
    """Returns the table of a CSV or XLSX file.

    most_unpacked: limit for a spreadsheet's parts, in bytes. sheet: name of the sheet in a
    spreadsheet; the first visible one with a table if not given. delimiter: of a text file;
    detected if not given. Raises UnreadableFile.
    """
    first = file.read(512)
    file.seek(0)
    if first.startswith(ARCHIVE):
        return XlsxTable(file, most_unpacked=most_unpacked, sheet=sheet)
    check_beginning(first)
    return CsvTable(file, delimiter)


@contextmanager
def opened(path: Path, *, sheet: str = "", delimiter: str = "") -> Iterator[Table]:
    """Yields the table of a file on disk; see `read_table`. Raises UnreadableFile."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(_("The file can't be read: %s.") % error.strerror) from None
    with file:
        yield read_table(file, sheet=sheet, delimiter=delimiter)
