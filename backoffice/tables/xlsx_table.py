"""XLSX: the first visible sheet with a table. Sizes are checked before anything is unpacked.

Parts are found by their relations, as the standard says, whatever their names.
docs/decisions/0018-spreadsheets.md explains why this is not left to a library.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from lzma import LZMAError
from posixpath import dirname, join, normpath
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from django.utils.translation import gettext as _
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from backoffice.tables.number_formats import NumberFormats, StylesHandler
from backoffice.tables.other_formats import check_parts
from backoffice.tables.table import HEADER_WITHIN, Row, Table, UnreadableFile
from backoffice.tables.xlsx_markup import YES, Attributes, Elements, ExpatError, Handler, parse
from backoffice.tables.xlsx_rows import RowsHandler
from backoffice.tables.xlsx_strings import SharedStrings, StringsHandler

MOST_UNPACKED = 4 * 1024**3  # bytes; uploads have a much lower limit
MOST_PARTS = 2000
CHARACTERS_PER_BYTE = 4  # in cells; real sheets are mostly markup and come nowhere near
WORKBOOK = "xl/workbook.xml"
MOST_NAMED = 30  # sheets
HIDDEN = {"hidden", "veryHidden"}
# Errors that reading a damaged archive and its parts can raise.
DAMAGED = (
    *(BadZipFile, ZlibError, LZMAError, EOFError, OSError, RuntimeError),
    *(ExpatError, ValueError, LookupError, OverflowError),
)


class Relation(NamedTuple):
    """kind: the last part of its type, the same in all versions of the standard."""

    id: str
    kind: str
    part: str


class XlsxTable(Table):
    is_ragged = True

    def __init__(
        self, file: BinaryIO, *, most_unpacked: int = MOST_UNPACKED, sheet: str = ""
    ) -> None:
        self.most_unpacked, self.sheet_name = most_unpacked, sheet.strip()
        with _clear_errors():
            self.archive = ZipFile(file)
            self._check_size()
            self._open_workbook()
            self.choose_header()

    def rows(self) -> Iterator[Row]:
        budget = self.most_unpacked * CHARACTERS_PER_BYTE
        handler = RowsHandler(self.strings, self.formats, budget=budget)
        with _clear_errors():
            yield from self._parse(self.sheet, handler)
        self.progress, self.hidden_rows = 1.0, handler.hidden_rows
        self.hidden_columns = handler.hidden_columns

    def _check_size(self) -> None:
        """Checks the declared sizes: parts can't unpack to more than they declare."""
        parts = self.archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > self.most_unpacked:
            raise UnreadableFile(_("The spreadsheet is too large. Save it as “CSV UTF-8.”"))
        self.parts = {part.filename.replace("\\", "/").lower(): part.filename for part in parts}

    def _open_workbook(self) -> None:
        workbook = next(
            (r.part for r in self._relations("") if r.kind == "officeDocument"), WORKBOOK
        )
        check_parts(self.parts, workbook.lower())
        relations = self._relations(workbook)
        described = list(self._parse(workbook, Elements("workbookPr", "sheet")))
        is_mac = any(each.get("date1904") in YES for name, each in described if name != "sheet")
        epoch = MAC_EPOCH if is_mac else WINDOWS_EPOCH
        self.epoch = epoch.date()
        sheets = [each for name, each in described if name == "sheet"]
        shown = _parts_of_sheets(sheets, relations, self.sheet_name)
        styles = [r.part for r in relations if r.kind == "styles" and r.part in self.parts]
        codes = list(self._parse(styles[0], StylesHandler())) if styles else []
        self.formats = NumberFormats(codes, epoch)
        self.strings = SharedStrings()
        for relation in relations:
            if relation.kind == "sharedStrings" and relation.part in self.parts:
                self._read_strings(relation.part)
        self._choose_sheet(shown)

    def _choose_sheet(self, parts: Mapping[str, str]) -> None:
        """Chooses the first with a table: an empty one may stand before it, or one with notes."""
        tables = [name for name, part in parts.items() if len(parts) > 1 and self._is_table(part)]
        if not parts:
            raise LookupError("no sheet with cells")
        chosen = next(iter(tables or parts))
        self.sheet, self.unread_sheets = parts[chosen], tables[1:]
        self.sheet_name = chosen

    def _is_table(self, part: str) -> bool:
        """Whether a sheet seems to have a table. True if it cannot be read: the error is reported
        when the sheet is read."""
        self.sheet = part
        try:
            return any(sum(map(bool, row.cells)) > 1 for row in islice(self.rows(), HEADER_WITHIN))
        except UnreadableFile:
            return True

    def _read_strings(self, part: str) -> None:
        for text in self._parse(part, StringsHandler()):
            self.strings.append(text)
        self.strings.close_block()

    def _relations(self, part: str) -> list[Relation]:
        """Returns the relations of a part, or of the whole file."""
        folder, name = dirname(part), part.rpartition("/")[2]
        described = join(folder, "_rels", f"{name}.rels")
        if described.lower() not in self.parts:
            return []
        found = self._parse(described, Elements("Relationship"))
        return [_relation(folder, attributes) for _name, attributes in found]

    def _parse(self, part: str, handler: Handler) -> Iterator[Any]:
        """Returns what the handler finds in a part."""
        name = self.parts[part.lower()]
        size = self.archive.getinfo(name).file_size or 1
        with self.archive.open(name) as stream:
            for found in parse(stream, handler):
                yield from found
                self.progress = stream.tell() / size


def _relation(folder: str, attributes: Attributes) -> Relation:
    target = attributes.get("Target", "").replace("\\", "/")
    part = normpath(join("/", folder, unquote(target))).lstrip("/").lower()
    return Relation(attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], part)


def _parts_of_sheets(
    sheets: list[Attributes], relations: list[Relation], wanted: str
) -> dict[str, str]:
    """Returns the part of the wanted sheet, or of each visible one, by its name. Chart sheets are
    skipped."""
    parts = {r.id: r.part for r in relations if r.kind in {"worksheet", ""}}
    of_cells = [sheet for sheet in sheets if sheet.get("id") in parts]
    shown = [sheet for sheet in of_cells if sheet.get("state") not in HIDDEN]
    if not wanted:
        first = (shown or of_cells[:1])[:MOST_NAMED]
        return {sheet.get("name", ""): parts[sheet["id"]] for sheet in first}
    for sheet in of_cells:
        if sheet.get("name", "").strip().casefold() == wanted.casefold():
            return {wanted: parts[sheet["id"]]}
    said = _("The file has no sheet with the name “%(name)s.” It has: %(sheets)s.")
    names = ", ".join(sheet.get("name", "") for sheet in of_cells[:MOST_NAMED])
    raise UnreadableFile(said % {"name": wanted, "sheets": names})


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except DAMAGED:
        said = _("The file can't be read as a spreadsheet. Save it as XLSX or “CSV UTF-8.”")
        raise UnreadableFile(said) from None
