"""A payment file's records as bytes, from the copy of the layout that the file keeps.

Nothing is ever cut or changed silently. A value that does not fit its column, or that the encoding
lacks, makes the file fail (`Unfit`), except for descriptive text in a column that allows cutting.

The CIS reads the file, so identifiers and amounts are exact, without the guards that the admin's
exports put in front of anything that a spreadsheet would run. Text from outside (the method) gets
these guards in CSV: see docs/decisions/0031-posting-files.md.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.exports.safe_text import safe_in_csv
from icsso.billers.time_zones import zone_named
from posting.entries import Entry
from posting.files.fields import FIELDS, HEADER, LINE, TRAILER, Summary

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
ENDINGS = {"crlf": "\r\n", "lf": "\n"}
BOM = "utf-8-sig"


class Unfit(Exception):
    """A value that can't be written as the layout requires. The text names the column and the
    reason; `about` is the line's PaymentGUID, or empty for the header and the trailer."""

    def __init__(self, column: str, reason: str, *, about: str = "") -> None:
        super().__init__(f"“{column}”: {reason}")
        self.column, self.reason, self.about = column, reason, about

    @property
    def in_words(self) -> str:
        where = _("Payment %(guid)s") % {"guid": self.about} if self.about else _("Header, trailer")
        words = _("%(where)s, column “%(column)s”: %(reason)s")
        return words % {"where": where, "column": self.column, "reason": self.reason}


class Column(NamedTuple):
    name: str
    is_text: bool
    write: Callable[[Any], str]


class Renderer:
    """layout: as `posting.models.layout.copy_of` makes it."""

    def __init__(self, layout: Mapping[str, Any]) -> None:
        self.is_csv = layout["form"] == "csv"
        self.delimiter = layout["delimiter"] if self.is_csv else ""
        self.quoting = layout["quoting"]
        self.ending = ENDINGS[layout["line_ending"]]
        self.has_bom = layout["encoding"] == BOM
        self.encoding = "utf-8" if self.has_bom else layout["encoding"]
        self.zone = zone_named(layout["time_zone"])
        self.special = re.compile(f'["{re.escape(self.delimiter)}]')
        self.columns = {
            record: [self._column(each) for each in layout["columns"] if each["record"] == record]
            for record in (HEADER, LINE, TRAILER)
        }
        named = layout["has_headings"] and self.is_csv
        self.headings = [heading_of(c) for c in layout["columns"] if c["record"] == LINE and named]

    def first(self, summary: Summary) -> bytes:
        """Returns what comes before the lines: the header, then the headings."""
        start = self._record(HEADER, summary, about="")
        if self.headings:
            start += self._joined([self._quoted(each, each) for each in self.headings])
        return b"\xef\xbb\xbf" + start if self.has_bom else start

    def lines(self, batch: Iterable[Entry]) -> bytes:
        """Raises Unfit."""
        columns = self.columns[LINE]
        return b"".join([self._line(columns, line) for line in batch])

    def last(self, summary: Summary) -> bytes:
        """Returns what comes after the lines."""
        return self._record(TRAILER, summary, about="")

    def _line(self, columns: list[Column], line: Entry) -> bytes:
        try:
            values = [column.write(line) for column in columns]
            return (self.delimiter.join(values) + self.ending).encode(self.encoding)
        except UnicodeEncodeError:
            return self._record(LINE, line, about=str(line.payment_guid))
        except Unfit as problem:
            problem.about = str(line.payment_guid)
            raise

    def _record(self, record: str, values: Any, *, about: str) -> bytes:
        """Writes each column separately, which takes longer but finds what the encoding lacks."""
        columns = self.columns[record]
        if not columns:
            return b""
        return self._joined([self._encodable(c, c.write(values), about) for c in columns])

    def _joined(self, values: list[str]) -> bytes:
        return (self.delimiter.join(values) + self.ending).encode(self.encoding, "replace")

    def _encodable(self, column: Column, written: str, about: str) -> str:
        try:
            written.encode(self.encoding)
        except UnicodeEncodeError:
            if column.is_text:
                return self._adapted(written)
            reason = _("“%(value)s” has a character that the encoding lacks.")
            raise Unfit(column.name, reason % {"value": written}, about=about) from None
        return written

    def _adapted(self, written: str) -> str:
        """Returns the text without accents, and with ? for other characters that the encoding
        lacks. The length stays the same."""
        plain = [
            one if _fits(one, self.encoding) else unicodedata.normalize("NFD", one)[0]
            for one in written
        ]
        return "".join(plain).encode(self.encoding, "replace").decode(self.encoding)

    def _column(self, column: Mapping[str, Any]) -> Column:
        field = FIELDS[column["field"]]
        name = str(column["heading"] or field.label)
        is_text = field.is_text or column["field"] == "literal"
        plain = self._plain(column, name)
        fitted = self._fitted(column, name) if column["width"] else None

        def write(values: Any) -> str:
            written = plain(values)
            return self._quoted(fitted(written) if fitted else written, name)

        return Column(name, is_text, write)

    def _plain(self, column: Mapping[str, Any], name: str) -> Callable[[Any], str]:
        """Returns a function from a line to the column's text, before it is fitted."""
        if column["field"] == "literal":
            literal = column["literal"]
            return lambda values: literal
        field = FIELDS[column["field"]]
        of, write, zone = field.value, field.formats[column["format"]].write, self.zone
        if "" not in field.formats:
            return lambda values: write(_local(of(values), zone))
        if not field.is_text:
            return lambda values: _controls_refused(write(of(values)), name)
        guarded = safe_in_csv if self.is_csv else str

        @lru_cache(maxsize=256)  # the same few words in every file
        def adapted(words: str) -> str:
            return guarded(CONTROLS.sub(" ", write(words)))

        return lambda values: adapted(of(values))

    def _fitted(self, column: Mapping[str, Any], name: str) -> Callable[[str], str]:
        width, fill, may_cut = column["width"], column["fill"], column["may_cut"]

        def fitted(written: str) -> str:
            if len(written) > width:
                if may_cut:
                    return written[:width]
                raise Unfit(name, _too_long(written, width))
            if fill == "left":
                return written.ljust(width)
            return written.zfill(width) if fill == "zeros" else written.rjust(width)

        return fitted

    def _quoted(self, written: str, name: str) -> str:
        if not self.is_csv or (self.quoting != "all" and not self.special.search(written)):
            return written
        if self.quoting == "none":
            raise Unfit(name, _("“%(value)s” needs quotation marks.") % {"value": written})
        return '"' + written.replace('"', '""') + '"'


def heading_of(column: Mapping[str, Any]) -> str:
    """Returns the heading in the file: by default the field's name, the same in any language."""
    return str(column["heading"] or column["field"])


def _controls_refused(written: str, name: str) -> str:
    if CONTROLS.search(written):
        raise Unfit(name, _("“%(value)s” has a control character.") % {"value": written})
    return written


def _local(value: Any, zone: Any) -> Any:
    return timezone.localtime(value, zone) if isinstance(value, datetime) else value


def _too_long(written: str, width: int) -> str:
    words = _("“%(value)s” has %(length)d characters, and the width is %(width)d.")
    return words % {"value": written, "length": len(written), "width": width}


def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
