"""Files as tables. What kind a file is shows in its first bytes, not in its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from accounts.table_csv import CsvTable
from accounts.table_xlsx import MOST_UNPACKED, XlsxTable
from accounts.tables import Table, UnreadableFile

ARCHIVE = b"PK\x03\x04"  # XLSX
OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0"  # XLS


def read_table(file: BinaryIO, *, most_unpacked: int = MOST_UNPACKED) -> Table:
    """most_unpacked: bytes, of a spreadsheet. Raises UnreadableFile."""
    first = file.read(4)
    file.seek(0)
    if first == OLD_SPREADSHEET:
        raise UnreadableFile(_("The file is an old spreadsheet: save it as XLSX or “CSV UTF-8”."))
    return XlsxTable(file, most_unpacked=most_unpacked) if first == ARCHIVE else CsvTable(file)


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(_("The file cannot be read: %s.") % error.strerror) from None
    with file:
        yield read_table(file)
