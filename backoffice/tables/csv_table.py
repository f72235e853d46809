"""CSV in UTF-8, or UTF-16 or UTF-32 with a BOM, with commas, semicolons, tabs, bars,
carets, or tildes between cells (detected).

Records follow RFC 4180, within limits: a cell in quotation marks may contain line breaks.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from io import BufferedReader, RawIOBase, TextIOWrapper
from itertools import islice
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from backoffice.tables.invisible import visible
from backoffice.tables.table import Row, Table, UnreadableFile

LONGEST_LINE = 64 * 1024  # characters: our tables come nowhere near
MOST_LINES = 20  # in one record
LOOKED_AT = 20  # records, to detect the delimiter
DELIMITERS = ",;\t|^~"  # of two that fit alike, the first
LOOKED_AT_BYTES = 256
READ_AT_ONCE = 64 * 1024  # bytes
UTF_32_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BREAKS = "\r\n"
BREAK = re.compile(r"\r\n?|\n")
# Other systems end lines with these.
OTHER_BREAKS = re.compile("[\x1c-\x1e\x85\u2028\u2029]")
CUT_OFF = ("unexpected end of data", "truncated data")  # what Python's decoders say
END_OF_FILE = "\x1a\0"  # of DOS and CP/M, and of systems with blocks of one size
NumberedLine = tuple[int, str]


class CsvTable(Table):
    def __init__(self, file: BinaryIO, delimiter: str = "") -> None:
        self.file, self.header = file, []
        file.seek(0)
        self.encoding = _encoding(file.read(LOOKED_AT_BYTES))
        self.newline, self.size = "\n", 1
        self._check_text()
        self.names_delimiter, found = self._delimiter()
        self.delimiter = delimiter or found
        self.choose_header()

    def rows(self) -> Iterator[Row]:
        for row in self._records(self.delimiter):
            if any(cell.strip() for cell in row.cells) and row.number > self.names_delimiter:
                yield row
        self.progress = 1.0

    def _records(self, delimiter: str) -> Iterator[Row]:
        width = len(self.header)
        widths = {width, width + self.spare_cells} if width else set()
        lines = self._lines()
        return _Records(lines, delimiter, widths=widths, header_number=self.header_number).rows()

    def _lines(self, errors: str = "strict") -> Iterator[NumberedLine]:
        """Returns the numbered lines, with their line breaks."""
        reading = _Reading(self.file)
        buffered = BufferedReader(reading, READ_AT_ONCE)
        number = 0
        with TextIOWrapper(buffered, self.encoding, errors, newline=self.newline) as text:
            while line := text.readline(LONGEST_LINE + 1):
                number += 1
                if line[-1] not in BREAKS:  # the last one
                    line = line.rstrip(END_OF_FILE)
                if number % 1000 == 0:
                    self.progress = reading.place / self.size
                yield number, visible(line)

    def _check_text(self) -> None:
        """Accepts the file as a whole or not at all: it must be text lines up to its end."""
        try:
            self.newline = self._line_break()
            for number, line in self._lines():
                if len(line) > LONGEST_LINE:
                    raise UnreadableFile(_("A line in this file is too long for a table."))
                if number == 1 and not line.endswith(tuple(BREAKS)) and OTHER_BREAKS.search(line):
                    said = _(
                        "The lines of this file end in an unusual way. Save it as “CSV UTF-8.”"
                    )
                    raise UnreadableFile(said)
        except UnicodeDecodeError as error:
            if error.reason in CUT_OFF:
                said = _(
                    "The file ends in the middle of a character: it was cut off, or it isn't in "
                    "UTF-8. Export it again as “CSV UTF-8.”"
                )
                raise UnreadableFile(said) from None
            said = _(
                "The file isn't in UTF-8 (first problem on line %d). In Excel, save it as "
                "“CSV UTF-8 (Comma delimited).”"
            )
            raise UnreadableFile(said % self._first_damaged_line()) from None
        self.size = self.file.tell() or 1

    def _line_break(self) -> str:
        """Returns the line break: just a carriage return in files from old Macs."""
        beginning = "".join(line for _number, line in islice(self._lines(), 1))
        first = next((char for char in beginning if char in BREAKS), "\n")
        return "\n" if f"{first}\n" in beginning or first == "\n" else "\r"

    def _first_damaged_line(self) -> int:
        lines = self._lines(errors="replace")
        return next((number for number, line in lines if "\ufffd" in line), 1)

    def _delimiter(self) -> tuple[int, str]:
        """Returns the number of the line that names the delimiter (or 0), and the delimiter.

        Excel uses a first line `sep=;`. Otherwise it is the one that splits most rows alike.
        """
        first = next(self._lines(), (0, ""))[1].strip(BREAKS).strip('"').casefold()
        if len(first) == len("sep=;") and first.startswith("sep=") and first[-1] in DELIMITERS:
            return 1, first[-1]
        return 0, max(DELIMITERS, key=self._fitness)

    def _fitness(self, delimiter: str) -> tuple[int, int]:
        """Returns how many rows have the most frequent number of cells, and that number."""
        rows = islice(self._records(delimiter), LOOKED_AT)
        widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
        return max(((rows, width) for width, rows in widths.items()), default=(0, 0))


def _encoding(first: bytes) -> str:
    """Returns UTF-16 if the first bytes have its mark, or if every other byte is zero."""
    if first[:4] in UTF_32_MARKS:
        return "utf-32"
    if first[:2] in UTF_16_MARKS:
        return "utf-16"
    half = len(first) // 2
    if half and first[1::2].count(0) > half * 0.7:
        return "utf-16-le"
    if half and first[::2].count(0) > half * 0.7:
        return "utf-16-be"
    return "utf-8"


def _in_words(error: csv.Error) -> str:
    text = str(error)
    if "expected after" in text:
        return _("a quotation mark within a cell must be doubled")
    if "end of data" in text:
        return _("a quotation mark is not closed")
    return _("it has a line break outside of quotation marks") if "new-line" in text else text


class _Reading(RawIOBase):
    """Reads a file from its beginning, independently of other readers, and leaves it open."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.place = file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.file.seek(self.place)
        read = self.file.read(len(buffer))
        buffer[: len(read)] = read
        self.place += len(read)
        return len(read)


class _Records:
    """Joins the lines of a record. An unclosed quotation mark affects only its own line and the
    line in which it seems to be closed.

    widths: how many cells a record may have, if known. header_number: the line from which widths
    apply.
    """

    def __init__(
        self,
        lines: Iterator[NumberedLine],
        delimiter: str,
        *,
        widths: Collection[int],
        header_number: int,
    ) -> None:
        self.lines, self.delimiter = lines, delimiter
        self.widths, self.header_number = widths, header_number
        self.width = min(widths, default=0)
        # Cells in quotation marks with blanks around them, as in `101, "Bell, Ida"`.
        blank, end = (" " if delimiter == "\t" else "[ \t]"), re.escape(delimiter)
        self.blank_beside = re.compile(rf'{blank}"|"{blank}')
        self.quoted_cell = re.compile(
            rf'(?:(?<={end})|^){blank}*("(?:[^"]|"")*"){blank}*(?={end}|[\r\n]*$)'
        )
        self.returned: deque[NumberedLine] = deque()
        self.doubtful: set[int] = set()

    def rows(self) -> Iterator[Row]:
        while numbered := self._next():
            number, line = numbered
            bare = line.strip(BREAKS)
            if number in self.doubtful and bare.strip():
                self.doubtful.discard(number)
                said = _("it may belong to the line above, which has an unclosed quotation mark")
                yield Row(number, [bare], said)
            elif '"' not in bare and (rows := self._old_mac_rows(bare)):
                yield from (Row(number, cells) for cells in rows)
            elif '"' in bare or "\r" in bare:
                if self.blank_beside.search(bare):
                    line = self.quoted_cell.sub(r"\1", line)
                yield self._quoted(number, line.lstrip("\r"))
            else:
                yield Row(number, bare.split(self.delimiter))

    def _old_mac_rows(self, bare: str) -> list[list[str]]:
        """Returns the rows of a line in which only carriage returns separate them, as in a file
        joined from two; none if they don't look like rows."""
        rows = [part.split(self.delimiter) for part in bare.split("\r") if part]
        are_rows = len(rows) > 1 and all(len(cells) in self.widths for cells in rows)
        return rows if are_rows else []

    def _next(self) -> NumberedLine | None:
        return self.returned.popleft() if self.returned else next(self.lines, None)

    def _quoted(self, number: int, line: str) -> Row:
        """Reads more lines while a quotation mark is open, within limits."""
        further: list[NumberedLine] = []

        def lines() -> Iterator[str]:
            yield line
            while len(further) < MOST_LINES - 1 and (numbered := self._next()):
                further.append(numbered)
                yield numbered[1]

        try:
            cells = next(csv.reader(lines(), strict=True, delimiter=self.delimiter))
        except csv.Error as error:
            self.returned.extendleft(reversed(further))
            if further and line.count(self.delimiter) + 1 < self.width:
                self.doubtful.add(number + 1)  # perhaps the other half of a name
            said = _("it can't be read as CSV (%s)") % _in_words(error)
            return Row(number, [line.rstrip(BREAKS)], said)
        if further and number > self.header_number and self._joins_rows(cells):
            self.returned.extendleft(reversed(further))
            self.doubtful.add(further[-1][0])
            said = _("it has a quotation mark that is not closed on this line, or a comma too many")
            return Row(number, [line.rstrip(BREAKS)], said)
        return Row(number, cells)

    def _joins_rows(self, cells: Sequence[str]) -> bool:
        """Whether a record of several lines seems to be several rows, joined by an unclosed
        quotation mark that a later row closes."""
        if not self.widths:
            return False
        return len(cells) not in self.widths or any(
            self._holds_rows(place, parts)
            for place, cell in enumerate(cells)
            if len(parts := BREAK.split(cell)) > 1
        )

    def _holds_rows(self, place: int, parts: Sequence[str]) -> bool:
        """Whether the lines of a cell are the rest of its row and the beginning of a later one,
        whose own cell may go on, or all of a row in between."""
        first, *later = (part.count(self.delimiter) for part in parts)
        is_complete = place + first + 1 >= self.width and max(later) >= place
        return is_complete or any(count + 1 >= self.width for count in later[:-1])
