"""XLSX as a table, parsed as it streams: a cell that is not text we want takes no memory.

openpyxl's reader keeps all shared strings, and one whole row, before anybody can look at them: a
file of a few kilobytes can fill the memory. Here sizes are checked before anything is unpacked, a
DOCTYPE is refused, and strings go to disk. Of `xml.sax` names alone are used: defusedxml parses.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from lzma import LZMAError
from posixpath import join, normpath
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO
from xml.sax import SAXException  # nosec B406
from xml.sax.handler import ContentHandler  # nosec B406
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from defusedxml.expatreader import create_parser
from django.utils.translation import gettext as _

from accounts.tables import Line, Table, UnreadableFile

MOST_UNPACKED = 4 * 1024**3  # bytes; of a file that somebody uploads much less is right
MOST_PARTS = 2000
MOST_COLUMNS = 200
LONGEST_CELL = 32_767  # characters, which is Excel's own limit
CHUNK = 64 * 1024
# Bytes. Expat reads an unfinished tag or comment again from its beginning with every chunk: one of
# 40 MB, which an archive holds in 42 kB, would cost a minute. No tag of a spreadsheet is this long.
MOST_SILENT = 4 * CHUNK
IN_MEMORY = 8 * 1024**2  # bytes of shared strings
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
# What reading a damaged archive and its parts can raise.
DAMAGED = (
    *(BadZipFile, ZlibError, LZMAError, EOFError, OSError, RuntimeError),
    *(SAXException, ValueError, LookupError, OverflowError),
)


class XlsxTable(Table):
    """The first sheet of a workbook."""

    def __init__(self, file: BinaryIO, *, most_unpacked: int = MOST_UNPACKED) -> None:
        with _clear_errors():
            self.archive = ZipFile(file)
            self._demand_small(most_unpacked)
            self.sheet = self._first_sheet()
            self.strings = self._shared_strings()
            self.header = next(self._rows(), Line(1, [])).cells

    def __iter__(self) -> Iterator[Line]:
        with _clear_errors():
            rows = self._rows()
            next(rows, None)
            for row in rows:
                # A spreadsheet leaves out empty cells at the end.
                row.cells.extend([""] * (len(self.header) - len(row.cells)))
                yield row
        self.progress = 1.0

    def _demand_small(self, most_unpacked: int) -> None:
        """What the archive says of its parts is the most that can come out of them."""
        parts = self.archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most_unpacked:
            raise UnreadableFile(_("The spreadsheet is too large: save it as “CSV UTF-8”."))

    def _first_sheet(self) -> str:
        sheet: dict[str, str] = next(self._parse(WORKBOOK, _Named("sheet")), {})
        relations = self._parse(RELATIONS, _Named("Relationship"))
        target = next((r["Target"] for r in relations if r["Id"] == sheet["id"]), "")
        return normpath(join("/xl", target)).lstrip("/")

    def _shared_strings(self) -> "_Strings":
        strings = _Strings()
        if STRINGS in self.archive.namelist():
            for text in self._parse(STRINGS, _Items()):
                strings.append(text)
        return strings

    def _rows(self) -> Iterator[Line]:
        return self._parse(self.sheet, _Rows(self.strings))

    def _parse(self, part: str, reader: "_Reader") -> Iterator[Any]:
        """What the reader finds, chunk by chunk of the part."""
        parser = create_parser(forbid_dtd=True)
        parser.setContentHandler(reader)
        size = self.archive.getinfo(part).file_size
        with self.archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                reader.silent += len(chunk)
                parser.feed(chunk)
                if reader.silent > MOST_SILENT:
                    raise ValueError("a tag or comment is too long")
                yield from reader.found
                reader.found.clear()
                self.progress = stream.tell() / size
            parser.close()


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except DAMAGED:
        said = _("The file is no spreadsheet that can be read: save it as XLSX or “CSV UTF-8”.")
        raise UnreadableFile(said) from None


class _Strings:
    """The texts that cells point to, on disk: a million customers have millions of them."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (lives as long as the table)
        self.ends = array("Q", [0])

    def append(self, text: str) -> None:
        self.ends.append(self.ends[-1] + self.file.write(text.encode()))

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self.ends) - 1:
            raise IndexError(number)
        start, end = self.ends[number : number + 2]
        self.file.seek(start)
        return self.file.read(end - start).decode()


class _Reader(ContentHandler):
    """Puts what it finds into `found`. Names come with the prefix that the file chose, if any.

    silent: bytes fed to the parser since it last reported anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.silent = 0

    def startElement(self, name: str, attrs: Any) -> None:
        self.silent = 0

    def characters(self, content: str) -> None:
        self.silent = 0

    def endElement(self, name: str) -> None:
        self.silent = 0


class _Named(_Reader):
    """The attributes of the elements of one name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def startElement(self, name: str, attrs: Any) -> None:
        self.silent = 0
        if _bare(name) == self.name:
            self.found.append({_bare(key): value for key, value in attrs.items()})


class _Texts(_Reader):
    """Collects the text of <t> and <v>, but not of <rPh>, which says how to pronounce it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.collects = False
        self.pronounces = False

    def startElement(self, name: str, attrs: Any) -> None:
        self.silent = 0
        name = _bare(name)
        self.collects = name in {"t", "v"} and not self.pronounces
        if name == "rPh":
            self.pronounces = True
        self.begin(name, attrs)

    def characters(self, content: str) -> None:
        self.silent = 0
        if self.collects:
            self.text += content
            if len(self.text) > LONGEST_CELL:
                raise ValueError("a cell is too long")

    def endElement(self, name: str) -> None:
        self.silent = 0
        name = _bare(name)
        self.collects = False
        if name == "rPh":
            self.pronounces = False
        self.end(name)

    def begin(self, name: str, attrs: Any) -> None:
        if name == "si":
            self.text = ""

    def end(self, name: str) -> None:
        raise NotImplementedError


class _Items(_Texts):
    """The shared strings, in their order."""

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append(self.text)


class _Rows(_Texts):
    """The lines of a sheet that hold text."""

    def __init__(self, strings: _Strings) -> None:
        super().__init__()
        self.strings = strings
        self.number = 0
        self.column = -1
        self.kind = "n"
        self.line = Line(0, [])

    def begin(self, name: str, attrs: Any) -> None:
        if name == "row":
            self.number = int(attrs.get("r", self.number + 1))
            self.line, self.column = Line(self.number, []), -1
        elif name == "c":
            self.column = _column(attrs["r"]) if "r" in attrs else self.column + 1
            self.kind, self.text = attrs.get("t", "n"), ""

    def end(self, name: str) -> None:
        if name == "c" and self.text:
            self._keep(self._meaning())
            if self.kind == "e":
                said = _("a formula in it has failed (%s)") % self.text
                self.line = Line(self.number, self.line.cells, said)
        elif name == "row" and any(cell.strip() for cell in self.line.cells):
            self.found.append(self.line)

    def _keep(self, cell: str) -> None:
        """Where it stands; cells that are empty are left out by the file, or only coloured."""
        cells = self.line.cells
        if self.column >= MOST_COLUMNS or self.column < len(cells):
            raise ValueError("too many columns, or a column twice")
        cells.extend([""] * (self.column - len(cells)))
        cells.append(cell)

    def _meaning(self) -> str:
        if self.kind == "s":
            return self.strings[int(self.text)]
        return _number(self.text) if self.kind == "n" else self.text


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


@lru_cache(maxsize=1024)
def _column_of(letters: str) -> int:
    if len(letters) > 3:
        raise ValueError("no column of a spreadsheet")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _column(place: str) -> int:
    """0 of A1, 27 of AB12."""
    return _column_of(place.rstrip("0123456789"))


def _number(text: str) -> str:
    """As people write it. What a spreadsheet has rounded keeps its exponent, and so can be told."""
    if text.isdecimal():
        return text
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
