"""What a row of an account file means: a new, changed, or unchanged account, or a rejected row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.tables.table import Row, Table
from cis.columns import COLUMNS, FIELDS, ROUNDED, clean, columns_of
from icsso.billers.models import Biller

BATCH = 1000
PAGE = 4096  # bits
Values = dict[str, str]


class RejectedRow(Exception):
    """The row is not imported. The message says why and contains no personal data."""


class Reject(NamedTuple):
    row: Row
    reason: str


class Known(NamedTuple):
    """An account in the portal. cells: in the order of the file's columns."""

    pk: int
    closed_at: datetime | None
    cells: tuple[str, ...]


class Change(NamedTuple):
    account: UtilityAccount
    before: Known


@dataclass
class Batch:
    """The result of comparing some rows with the accounts in the portal at that time."""

    columns: Sequence[str]  # the account columns in the file
    created: list[UtilityAccount] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)


class SeenAccounts:
    """The accounts seen in a file so far, in little memory.

    Uses one bit for each account in the database: a million take 125 kB. Numbers of accounts that
    are not in the database occur only in a preview, which has few rows.
    """

    def __init__(self) -> None:
        self.pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(PAGE // 8))
        self.numbers: set[str] = set()

    def add(self, pk: int) -> None:
        page, bit = divmod(pk, PAGE)
        self.pages[page][bit // 8] |= 1 << bit % 8

    def __contains__(self, pk: int) -> bool:
        page, bit = divmod(pk, PAGE)
        return page in self.pages and bool(self.pages[page][bit // 8] >> bit % 8 & 1)

    def add_batch(self, batch: Batch) -> None:
        for known in (*batch.unchanged, *(change.before for change in batch.changed)):
            self.add(known.pk)
        for account in batch.created:
            if account.pk:
                self.add(account.pk)
            else:  # not saved: this is a preview
                self.numbers.add(account.account_number)


def examine(table: Table, biller: Biller) -> Iterator[Batch]:
    """Returns batches, each compared on demand: after the previous one was saved.

    Raises UnreadableFile.
    """
    columns = columns_of(table)
    seen = SeenAccounts()
    for rows in batches(table):
        batch = Batch([name for name in columns if name in COLUMNS])
        _compare(_by_number(rows, columns, batch.rejected), biller, batch, seen)
        batch.rejected.sort(key=lambda reject: reject.row.number)
        yield batch
        seen.add_batch(batch)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _by_number(
    rows: Iterable[Row], columns: Sequence[str], rejected: list[Reject]
) -> dict[str, tuple[Row, Values]]:
    found: dict[str, tuple[Row, Values]] = {}
    for row in rows:
        try:
            values = _values(row, columns)
            if values["account_number"] in found:
                raise RejectedRow(_("an earlier row has the same account number"))
            found[values["account_number"]] = row, values
        except RejectedRow as reason:
            rejected.append(Reject(row, str(reason)))
    return found


def _values(row: Row, columns: Sequence[str]) -> Values:
    if row.problem:
        raise RejectedRow(row.problem)
    if len(row.cells) != len(columns):
        said = _("it has %(cells)d columns, but the first row has %(columns)d")
        raise RejectedRow(said % {"cells": len(row.cells), "columns": len(columns)})
    named = zip(columns, row.cells, strict=True)
    values = {name: clean(cell) for name, cell in named if name in COLUMNS}
    if not values["account_number"] or not values["account_number"].isprintable():
        raise RejectedRow("; ".join(_faults(values)))
    if ROUNDED.fullmatch(values["account_number"]):
        raise RejectedRow(_("a spreadsheet program rounded the account number"))
    return values


def _compare(
    rows: dict[str, tuple[Row, Values]], biller: Biller, batch: Batch, seen: SeenAccounts
) -> None:
    """Skips validation of unchanged rows, which were validated before: most rows are unchanged."""
    known = _known(biller, rows, batch.columns)
    for number, (row, values) in rows.items():
        before = known.get(number)
        if (before.pk in seen) if before else (number in seen.numbers):
            batch.rejected.append(Reject(row, _("an earlier row has the same account number")))
        elif before and before.cells == tuple(values.values()) and not before.closed_at:
            batch.unchanged.append(before)
        elif faults := list(_faults(values)):
            batch.rejected.append(Reject(row, "; ".join(faults)))
        elif before:
            batch.changed.append(Change(UtilityAccount(biller=biller, **values), before))
        else:
            batch.created.append(UtilityAccount(biller=biller, **values))


def _known(biller: Biller, numbers: Collection[str], columns: Sequence[str]) -> dict[str, Known]:
    rows = biller.accounts.filter(account_number__in=numbers).order_by()
    place = columns.index("account_number")
    return {
        cells[place]: Known(pk, closed_at, tuple(cells))
        for pk, closed_at, *cells in rows.values_list("pk", "closed_at", *columns)
    }


def _faults(values: Values) -> Iterator[str]:
    if not "".join(values.values()).isprintable():
        yield _("it contains unprintable characters")
        return
    for name, cell in values.items():
        if cell or not FIELDS[name].blank:
            try:
                FIELDS[name].clean(cell, None)
            except ValidationError as error:
                yield f"{name}: {' '.join(error.messages)}"
