"""Taking over a list: kept as it came but for card numbers, before anything of it is read."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import file_digest
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.tables.files import read_table
from backoffice.tables.table import Row, Table, UnreadableFile
from icsso.billers.models import Biller
from icsso.client.parsing import plain_words
from payments.models.reconciliation import Reconciliation, ReconciliationLine
from payments.postbacks.card_numbers import card_numbers, masked
from payments.postbacks.parsing import GUID

MOST_LINES = 100_000
MOST_COLUMNS = 60
LONGEST_CELL = 200
MOST_UNPACKED = 512 * 1024**2  # bytes of a spreadsheet
LAST_NUMBER = 2**31  # beyond what any spreadsheet has, and what our database counts to
LINES_AT_ONCE = 1000


class TakenBefore(Exception):
    """The same file, for the same days."""

    def __init__(self, earlier: Reconciliation) -> None:
        super().__init__(earlier.pk)
        self.earlier = earlier


def take(
    file: BinaryIO, *, name: str, biller: Biller, days: tuple[date, date], by: StaffUser
) -> Reconciliation:
    """Keeps the list whole, or nothing of it. Raises UnreadableFile and TakenBefore."""
    digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    same = Reconciliation.objects.filter(
        biller=biller, digest=digest, first_day=days[0], last_day=days[1]
    )
    for earlier in same:
        raise TakenBefore(earlier)
    file.seek(0)
    table = read_table(file, most_unpacked=MOST_UNPACKED)
    reconciliation = Reconciliation(
        biller=biller,
        first_day=days[0],
        last_day=days[1],
        file_name=masked(plain_words(name))[:100],
        digest=digest,
        header=_column_names(table),
        epoch=table.epoch,
        uploaded_by=by,
    )
    with _spooled(_safe(table, biller)) as lines:  # all errors come before the first write
        try:
            _write(reconciliation, lines)
        except IntegrityError:  # uploaded in two tabs at once
            raise TakenBefore(same.get()) from None
    return reconciliation


def _column_names(table: Table) -> list[str]:
    """Each a name of its own, so that a column can be chosen by it."""
    header = [masked(plain_words(cell))[:LONGEST_CELL] for cell in table.header]
    if len(header) > MOST_COLUMNS:
        said = _("The first line names %(number)d columns; at most %(most)d are read.")
        raise UnreadableFile(said % {"number": len(header), "most": MOST_COLUMNS})
    names: list[str] = []
    for place, name in enumerate(header, start=1):
        taken = not name or name in names
        names.append(f"{name} ({place})".strip() if taken else name)
    return names


def _safe(table: Table, biller: Biller) -> Iterator[Row]:
    """The lines fit to be kept: printable, and no card number in them."""
    rows = iter(table)
    while batch := list(islice(rows, LINES_AT_ONCE)):
        cells = [[plain_words(cell) for cell in row.cells[: MOST_COLUMNS + 1]] for row in batch]
        own = _own_numbers(cells, biller)
        for row, plain in zip(batch, cells, strict=True):
            safe = [cell if _is_guid(cell) else masked(cell, besides=own) for cell in plain]
            yield Row(row.number, [cell[:LONGEST_CELL] for cell in safe])


def _own_numbers(rows: Iterable[Iterable[str]], biller: Biller) -> set[str]:
    """Account numbers of the biller's own that look like a card's."""
    suspects = {number for row in rows for cell in row for number in card_numbers(cell)}
    known = biller.accounts.filter(account_number__in=suspects) if suspects else ()
    return {account.account_number for account in known}


def _is_guid(cell: str) -> bool:
    """Digits alone could be two card numbers."""
    return bool(GUID.fullmatch(cell)) and not cell.strip("{}").replace("-", "").isdigit()


@contextmanager
def _spooled(lines: Iterator[Row]) -> Iterator[Iterator[Row]]:
    """Read to their end and kept on disk, so that the database is not locked while we read."""
    with TemporaryFile("w+") as spool:
        last = 1
        for count, line in enumerate(lines, start=1):
            if count > MOST_LINES:
                said = _("The file has more than %(most)s lines: take fewer days at once.")
                raise UnreadableFile(said % {"most": f"{MOST_LINES:,}"})
            if not last < line.number < LAST_NUMBER:
                raise UnreadableFile(_("The file does not number its lines as spreadsheets do."))
            spool.write(json.dumps([line.number, line.cells]) + "\n")
            last = line.number
        if last == 1:
            raise UnreadableFile(_("The file has no line after the one that names the columns."))
        spool.seek(0)
        yield (Row(*json.loads(line)) for line in spool)


@transaction.atomic
def _write(reconciliation: Reconciliation, lines: Iterator[Row]) -> None:
    reconciliation.save()
    while batch := list(islice(lines, LINES_AT_ONCE)):
        ReconciliationLine.objects.bulk_create(
            ReconciliationLine(reconciliation=reconciliation, number=line.number, cells=line.cells)
            for line in batch
        )
