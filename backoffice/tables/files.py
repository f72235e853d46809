"""Files as tables. The first bytes show the kind of file, not its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from backoffice.tables.csv_table import CsvTable
from backoffice.tables.table import Table, UnreadableFile
from backoffice.tables.xlsx_table import MOST_UNPACKED, XlsxTable

ARCHIVE = b"PK\x03\x04"  # XLSX
COMPOUND = b"\xd0\xcf\x11\xe0"  # XLS, and any password-protected Excel file
# How other kinds of files begin, and what they are called.
OTHER_KINDS = {
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
}
BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # BOMs and whitespace


def read_table(
    file: BinaryIO, *, most_unpacked: int = MOST_UNPACKED, sheet: str = "", delimiter: str = ""
) -> Table:
    """Returns the table of a CSV or XLSX file.

    most_unpacked: limit for a spreadsheet's parts, in bytes. sheet: name of the sheet in a
    spreadsheet; the first visible one if not given. delimiter: of a text file; detected if not
    given. Raises UnreadableFile.
    """
    first = file.read(512)
    file.seek(0)
    if first.startswith(ARCHIVE):
        return XlsxTable(file, most_unpacked=most_unpacked, sheet=sheet)
    if first.startswith(COMPOUND):
        said = _(
            "The file is an old Excel file (XLS) or is password-protected. Save it as XLSX without "
            "a password, or as “CSV UTF-8.”"
        )
        raise UnreadableFile(said)
    if first.lstrip(BEFORE_MARKUP).startswith((b"<", b"MIME-Version:")):
        said = _(
            "Despite its name, the file is a web page, not a spreadsheet. Open it in Excel and "
            "save it as XLSX or “CSV UTF-8.”"
        )
        raise UnreadableFile(said)
    for beginning, kind in OTHER_KINDS.items():
        if first.startswith(beginning):
            said = _("The file is a %s file, not a table. Upload an XLSX or “CSV UTF-8” file.")
            raise UnreadableFile(said % kind)
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
