"""Importing a list: stored as received, with card numbers masked, before any line is read."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from hashlib import file_digest
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.tables.columns import distinct_names
from backoffice.tables.files import read_table
from backoffice.tables.mapping import find_columns, hidden_line
from backoffice.tables.table import HEADER_WITHIN, Row, Table, UnreadableFile
from icsso.billers.models import Biller
from icsso.client.parsing import plain_words
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.postbacks.card_numbers import card_numbers, masked
from payments.reconciliation.reading.columns import PAYMENTS
from payments.reconciliation.reading.no_payment import UNREAD
from payments.reconciliation.reading.report_types import guess_report

MOST_LINES = 100_000
MOST_COLUMNS = 60
LONGEST_CELL = 200
MOST_UNPACKED = 512 * 1024**2  # bytes of a spreadsheet
LAST_NUMBER = 2**31  # beyond any spreadsheet's rows, and the limit of the database column
LINES_AT_ONCE = 1000


class AlreadyImported(Exception):
    """The same file was already imported for the same days, read the same way."""

    def __init__(self, earlier: Reconciliation) -> None:
        super().__init__(earlier.pk)
        self.earlier = earlier


def import_list(  # noqa: PLR0913  one upload
    file: BinaryIO,
    *,
    name: str,
    biller: Biller,
    days: tuple[date, date],
    by: StaffUser,
    sheet: str = "",
    delimiter: str = "",
    tell: Callable[[str], None] = lambda said: None,
) -> Reconciliation:
    """Stores the whole list or nothing. Raises UnreadableFile and AlreadyImported.

    sheet, delimiter: see `read_table`. tell: called with what nobody sees in the file.
    """
    table = _only_table(file, sheet=sheet, delimiter=delimiter)
    reconciliation = Reconciliation(
        biller=biller,
        first_day=days[0],
        last_day=days[1],
        file_name=masked(plain_words(name))[:100],
        digest=_digest(file, table),
        epoch=table.epoch,
        is_ragged=table.is_ragged,
        uploaded_by=by,
    )
    _refuse_if_imported(reconciliation)
    _take_header(reconciliation, table, file_name=name)
    # All errors of the file are raised before the first write.
    with _spooled(_safe(_below_header(table), biller), after=table.header_number) as lines:
        _write_once(reconciliation, lines)
    if hidden := hidden_line(table):
        tell(hidden)
    return reconciliation


def _only_table(file: BinaryIO, *, sheet: str, delimiter: str) -> Table:
    """Raises UnreadableFile if there are others: their payments would be missing without notice."""
    table = read_table(file, most_unpacked=MOST_UNPACKED, sheet=sheet, delimiter=delimiter)
    if table.unread_sheets:
        said = _(
            "Several sheets of the file have tables. Enter the name of the one that is to be read. "
            "Besides the first one, there are: %s."
        )
        raise UnreadableFile(said % ", ".join(table.unread_sheets))
    return table


def _refuse_if_imported(reconciliation: Reconciliation) -> None:
    same = Reconciliation.objects.in_force().filter(
        biller=reconciliation.biller,
        digest=reconciliation.digest,
        first_day=reconciliation.first_day,
        last_day=reconciliation.last_day,
    )
    if earlier := same.first():
        raise AlreadyImported(earlier)


def _take_header(reconciliation: Reconciliation, table: Table, *, file_name: str) -> None:
    """Takes over the column names, the kind of report, and the first rows, from which staff can
    choose another header."""
    titles = [" ".join(row.cells) for row in islice(table.rows(), HEADER_WITHIN)]
    with suppress(UnreadableFile):  # asked on the next page
        find_columns(table, PAYMENTS, reconciliation.columns_used_before())
    reconciliation.header = _column_names(table)
    reconciliation.header_number = table.header_number
    reconciliation.report = guess_report(
        file_name, titles[: table.header_number - 1], reconciliation.header, table.sheet_name
    )
    top = _safe(_marked(islice(table.rows(), HEADER_WITHIN)), reconciliation.biller)
    reconciliation.top = [[row.number, row.cells] for row in top]


def _digest(file: BinaryIO, table: Table) -> str:
    """Returns the digest of the list as it is read: by sheet and delimiter, too."""
    file.seek(0)
    digest = file_digest(file, "sha256")  # type: ignore[arg-type]
    rows = islice(table.rows(), HEADER_WITHIN)
    digest.update(json.dumps([[row.number, row.cells] for row in rows]).encode())
    return digest.hexdigest()


def _below_header(table: Table) -> Iterator[Row]:
    """Returns the rows as received, with extra empty cells, for another header row."""
    return (row for row in _marked(table.rows()) if row.number > table.header_number)


def _marked(rows: Iterable[Row]) -> Iterator[Row]:
    """Returns the rows with a mark in each cell that could not be read: an empty one may mean that
    the line was paid."""
    for row in rows:
        if row.bad_cells:
            width = max(len(row.cells), 1 + max(row.bad_cells))
            cells = row.cells + [""] * (width - len(row.cells))
            unread = {place for place in row.bad_cells if not cells[place]}
            cells = [UNREAD if at in unread else cell for at, cell in enumerate(cells)]
            yield Row(row.number, cells)
        else:
            yield row


def _column_names(table: Table) -> list[str]:
    """Returns a distinct name for each column, so that it can be chosen. Raises UnreadableFile."""
    header = [masked(plain_words(cell))[:LONGEST_CELL] for cell in table.header]
    if len(header) > MOST_COLUMNS:
        message = _("The first line has %(number)d columns; the limit is %(most)d.")
        raise UnreadableFile(message % {"number": len(header), "most": MOST_COLUMNS})
    return distinct_names(header)


def _safe(table: Iterable[Row], biller: Biller) -> Iterator[Row]:
    """Returns the lines in a form that may be stored: printable and without card numbers."""
    rows = iter(table)
    while batch := list(islice(rows, LINES_AT_ONCE)):
        cells = [[plain_words(cell) for cell in row.cells[: MOST_COLUMNS + 1]] for row in batch]
        own = _own_numbers(cells, biller)
        for row, plain in zip(batch, cells, strict=True):
            safe = [masked(cell, besides=own) for cell in plain]
            yield Row(row.number, [cell[:LONGEST_CELL] for cell in safe])


def _own_numbers(rows: Iterable[Iterable[str]], biller: Biller) -> set[str]:
    """Returns the biller's account numbers that look like card numbers."""
    suspects = {number for row in rows for cell in row for number in card_numbers(cell)}
    return set(biller.accounts.for_numbers(suspects))


@contextmanager
def _spooled(lines: Iterator[Row], *, after: int) -> Iterator[Iterator[Row]]:
    """Reads all lines into a temporary file, before the database is locked."""
    with TemporaryFile("w+") as spool:
        last = after
        for count, line in enumerate(lines, start=1):
            if count > MOST_LINES:
                message = _("The file has more than %(most)s lines. Choose fewer days.")
                raise UnreadableFile(message % {"most": f"{MOST_LINES:,}"})
            if not last < line.number < LAST_NUMBER:
                raise UnreadableFile(
                    _("The line numbers in this file are not those of a spreadsheet.")
                )
            spool.write(json.dumps([line.number, line.cells]) + "\n")
            last = line.number
        if last == after:
            raise UnreadableFile(_("The file has no lines after the column names."))
        spool.seek(0)
        yield (Row(*json.loads(line)) for line in spool)


def _write_once(reconciliation: Reconciliation, lines: Iterator[Row]) -> None:
    try:
        _write(reconciliation, lines)
    except IntegrityError:  # uploaded in two tabs at once
        _refuse_if_imported(reconciliation)
        raise


@transaction.atomic
def _write(reconciliation: Reconciliation, lines: Iterator[Row]) -> None:
    reconciliation.save()
    while batch := list(islice(lines, LINES_AT_ONCE)):
        ReconciliationLine.objects.bulk_create(
            ReconciliationLine(reconciliation=reconciliation, number=line.number, cells=line.cells)
            for line in batch
        )
