"""Files that cannot be read as a table: what they are, and what to do with each."""

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from backoffice.tables.table import UnreadableFile

# How files begin, and what they are called.
FORMATS = {
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"SQLite format 3\0": "SQLite",
    b"PAR1\x15": "Parquet",
    b"ID;PWXL": "SYLK",
}
ARCHIVES = {
    b"PK\5\6": "ZIP",  # with nothing in it
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
# Other files that are ZIP archives inside, by a part that each has.
ZIPPED = {
    "content.xml": "OpenDocument (ODS)",
    "xl/workbook.bin": "XLSB",
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "index/document.iwa": "Apple Numbers",
}
# XLS of today, of Excel 5, 4, 3, and 2; the first is also any password-protected Excel file.
OLD_EXCEL = (b"\xd0\xcf\x11\xe0", b"\t\x08", b"\t\4\6", b"\t\2\6", b"\t\0\4")
JSON = re.compile(rb'\[?\s*{\s*"[^"]*"\s*:')
BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # BOMs and whitespace


def check_beginning(first: bytes) -> None:
    """Raises UnreadableFile if a file begins like one that is neither text nor XLSX."""
    if first.startswith(OLD_EXCEL):
        said = _(
            "The file is an old Excel file (XLS) or is password-protected. Save it as XLSX without "
            "a password, or as “CSV UTF-8.”"
        )
        raise UnreadableFile(said)
    markup = first.lstrip(BEFORE_MARKUP).replace(b"\0", b"").lower()
    if markup.startswith(b"<?xml") and b"<html" not in markup:
        raise _of_format("XML")
    if markup.startswith((b"<", b"mime-version:", b"from: <saved by ")):
        said = _(
            "Despite its name, the file is a web page, not a spreadsheet. Open it in Excel and "
            "save it as XLSX or “CSV UTF-8.”"
        )
        raise UnreadableFile(said)
    if JSON.match(markup):
        raise _of_format("JSON")
    for beginning, name in FORMATS.items():
        if first.startswith(beginning):
            raise _of_format(name)
    for beginning, name in ARCHIVES.items():
        if first.startswith(beginning):
            raise _archive(name)


def check_parts(parts: Collection[str], workbook: str) -> None:
    """Raises UnreadableFile if an archive with these parts is not an XLSX file.

    workbook: the part that would describe it.
    """
    is_xlsx = workbook in parts and workbook not in ZIPPED
    if is_xlsx or any(part.endswith("xl/workbook.xml") for part in parts):
        return
    for part, name in ZIPPED.items():
        if part in parts:
            raise _of_format(name)
    raise _archive("ZIP")


def _of_format(name: str) -> UnreadableFile:
    said = _("The file's format is %s. Open it, save it as XLSX or “CSV UTF-8,” and upload that.")
    return UnreadableFile(said % name)


def _archive(name: str) -> UnreadableFile:
    said = _("The file is an archive (%s). Unpack it, and upload the table that is in it.")
    return UnreadableFile(said % name)
