"""Rows as CSV and XLSX files, one row at a time, so that memory use stays flat."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from io import StringIO
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from openpyxl import Workbook

from backoffice.exports.safe_text import safe_in_csv, safe_text

M = TypeVar("M", bound=Model)
T = TypeVar("T")
BATCH = 1000
LARGEST_SHEET = 1_000_000  # rows without the headings; Excel's own limit is slightly higher


class Column(NamedTuple):
    heading: str | Promise
    value: Callable[[Any], Any]


def one_by_one(rows: QuerySet[M]) -> Iterator[M]:
    """Returns all rows, newest first, in batches by primary key: no cursor stays open during a
    download, and every batch costs the same."""
    newest_first = rows.order_by("-pk")
    batch = list(newest_first[:BATCH])
    while batch:
        yield from batch
        batch = list(newest_first.filter(pk__lt=batch[-1].pk)[:BATCH])


def in_batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Returns the rows as lists of at most so many."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def csv_text(headings: Iterable[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Returns the CSV in pieces of many lines each. Times are written in their own zone."""
    piece = StringIO(newline="")
    writer = csv.writer(piece, quoting=csv.QUOTE_ALL)
    piece.write("\ufeff")  # without it Excel does not recognize UTF-8
    writer.writerow([safe_in_csv(str(heading)) for heading in headings])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_in_csv(value) for value in row])
        if number % BATCH == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def xlsx_file(headings: Iterable[Any], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """Returns a temporary file, at its beginning. It is deleted when closed."""
    book = Workbook(write_only=True)
    first = [safe_text(str(heading)) for heading in headings]
    sheet = _sheet(book, first)
    for number, row in enumerate(rows):
        if number and number % LARGEST_SHEET == 0:
            sheet = _sheet(book, first)
        sheet.append([_in_xlsx(value) for value in row])
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    book.save(file)
    file.seek(0)
    return file


def _sheet(book: Workbook, first: Sequence[str]) -> Any:
    sheet = book.create_sheet()
    sheet.append(first)
    return sheet


def in_zone(value: Any, zone: tzinfo) -> Any:
    """Returns a time in this zone; anything else as it is."""
    return timezone.localtime(value, zone) if isinstance(value, datetime) else value


def _in_csv(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    # Numbers are our own, and may start with a minus.
    return str(value) if isinstance(value, (int, Decimal)) else safe_in_csv(_text(value))


def _in_xlsx(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)  # Excel has no time zones
    return value if isinstance(value, (int, Decimal)) else safe_text(_text(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
