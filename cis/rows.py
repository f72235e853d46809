"""What a row of an account file means: a new, changed, or unchanged account, or a rejected row."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.tables.columns import Columns
from backoffice.tables.table import Row, Table
from cis.columns import FIELDS, REQUIRED, clean, fields_of, why_damaged, why_no_account
from cis.lost_zeros import LostZeros
from cis.repairs import repaired
from cis.warnings import Warned
from icsso.billers.models import Biller

BATCH = 1000
PAGE = 4096  # bits
Values = dict[str, str]


class RejectedRow(Exception):
    """The row is not imported. The message says why and contains no personal data."""


class Reject(NamedTuple):
    row: Row
    reason: str


class Entry(NamedTuple):
    """A row that names an account. lost: why some of its cells are left empty."""

    row: Row
    values: Values
    lost: list[str]


class Known(NamedTuple):
    """An account in the portal. cells: in the order of the file's columns."""

    pk: int
    closed_at: datetime | None
    cells: tuple[str, ...]

    def has(self, values: Values) -> bool:
        """Whether it is open and has these values already."""
        return self.cells == tuple(values.values()) and not self.closed_at


class Change(NamedTuple):
    account: UtilityAccount
    before: Known


@dataclass
class Batch:
    """The result of comparing some rows with the accounts in the portal at that time."""

    columns: Sequence[str]  # the account columns in the file
    created: list[UtilityAccount] = field(default_factory=list)
    rows_of_created: list[Row] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)


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


def examine(table: Table, biller: Biller, columns: Columns) -> Iterator[Batch]:
    """Returns batches, each compared on demand: after the previous one was saved.

    Raises UnreadableFile.
    """
    fields = fields_of(table, columns)
    seen, zeros = SeenAccounts(), LostZeros(biller)
    for rows in batches(marked_halves(table, fields)):
        batch = Batch([name for name in fields if name])
        _compare(_by_number(rows, fields, batch.rejected), biller, batch, seen)
        _reject_lost_zeros(batch, zeros)
        batch.rejected.sort(key=lambda reject: reject.row.number)
        yield batch
        seen.add_batch(batch)


def marked_halves(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[Row]:
    """Marks rows that may be half of an account: a name with a line break but no quotation marks
    leaves one cell on a line of its own."""
    if fields[0] == "account_number" and fields[-1] != "name":
        yield from rows
        return
    said = _("it may be split into two lines: a line beside it has only one cell")
    before: Row | None = None
    for row in rows:
        if before and row.number == before.number + 1:
            if len(before.cells) == 1 < len(row.cells) and fields[0] != "account_number":
                row = replace(row, problem=row.problem or said)  # noqa: PLW2901
            elif len(row.cells) == 1 < len(before.cells) and fields[-1] == "name":
                before = replace(before, problem=before.problem or said)
        if before:
            yield before
        before = row
    if before:
        yield before


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _by_number(
    rows: Iterable[Row], fields: Sequence[str], rejected: list[Reject]
) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for row in rows:
        try:
            entry = _entry(row, fields)
            if entry.values["account_number"] in found:
                raise RejectedRow(_("an earlier row has the same account number"))
            found[entry.values["account_number"]] = entry
        except RejectedRow as reason:
            rejected.append(Reject(row, str(reason)))
    return found


def _entry(row: Row, fields: Sequence[str]) -> Entry:
    bad = {fields[place] for place in row.bad_cells if place < len(fields)}
    if row.problem and (not row.bad_cells or bad & {*REQUIRED}):
        raise RejectedRow(row.problem)
    if len(row.cells) != len(fields):
        said = _("it has %(cells)d columns, but the first row has %(columns)d")
        raise RejectedRow(said % {"cells": len(row.cells), "columns": len(fields)})
    named = zip(fields, row.cells, strict=True)
    values = {name: "" if name in bad else clean(cell) for name, cell in named if name}
    number = values["account_number"]
    if why := why_damaged(number) or why_no_account(number):
        raise RejectedRow(why)
    if not number:
        raise RejectedRow("; ".join(_faults(values)))
    said = _("%s; left empty") % row.problem
    return Entry(row, values, [f"{name}: {said}" for name in sorted(bad - {""})])


def _compare(entries: dict[str, Entry], biller: Biller, batch: Batch, seen: SeenAccounts) -> None:
    """Skips validation of unchanged rows, which were validated before: most rows are unchanged."""
    known = _known(biller, entries, batch.columns)
    for number, entry in entries.items():
        before = known.get(number)
        if (before.pk in seen) if before else (number in seen.numbers):
            reason = _("an earlier row has the same account number")
            batch.rejected.append(Reject(entry.row, reason))
        elif before and before.has(entry.values) and not entry.lost:
            batch.unchanged.append(before)
        else:
            _take(entry, before, biller, batch)


def _take(entry: Entry, before: Known | None, biller: Biller, batch: Batch) -> None:
    values, causes = repaired(entry.values)
    if faults := list(_faults(values)):
        batch.rejected.append(Reject(entry.row, "; ".join(faults)))
        return
    batch.warned += [Warned(entry.row.number, cause) for cause in (*entry.lost, *causes)]
    if before and before.has(values):
        batch.unchanged.append(before)
    elif before:
        batch.changed.append(Change(UtilityAccount(biller=biller, **values), before))
    else:
        batch.created.append(UtilityAccount(biller=biller, **values))
        batch.rows_of_created.append(entry.row)


def _reject_lost_zeros(batch: Batch, zeros: LostZeros) -> None:
    """Rejects new accounts that are probably known ones."""
    found = zeros.find([account.account_number for account in batch.created])
    if not found:
        return
    said = _(
        "the account number differs only in leading zeros from one in the portal: a spreadsheet "
        "program may have removed them"
    )
    kept = []
    for account, row in zip(batch.created, batch.rows_of_created, strict=True):
        if account.account_number in found:
            batch.rejected.append(Reject(row, said))
        else:
            kept.append(account)
    lost = {reject.row.number for reject in batch.rejected}
    batch.created = kept
    batch.warned = [warned for warned in batch.warned if warned.number not in lost]


def _known(biller: Biller, numbers: Collection[str], columns: Sequence[str]) -> dict[str, Known]:
    rows = biller.accounts.filter(account_number__in=numbers).order_by()
    place = columns.index("account_number")
    return {
        cells[place]: Known(pk, closed_at, tuple(cells))
        for pk, closed_at, *cells in rows.values_list("pk", "closed_at", *columns)
    }


def _faults(values: Values) -> Iterator[str]:
    """Returns what is wrong with the required values."""
    for name in REQUIRED:
        if not values[name].isprintable():
            yield _("it contains unprintable characters")
            return
        try:
            FIELDS[name].clean(values[name], None)
        except ValidationError as error:
            yield f"{name}: {' '.join(error.messages)}"
