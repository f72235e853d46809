"""What a row of an account file means: a new, changed, or unchanged account, or a rejected row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import UtilityAccount
from backoffice.tables.table import Row, Table
from cis.columns import COLUMNS, FIELDS, ROUNDED, clean, columns_of
from cis.known_accounts import Known, KnownAccounts, SeenAccounts, batches
from icsso.billers.models import Biller

Values = dict[str, str]
SAME_NUMBER = gettext_lazy("an earlier row has the same account number")


class RejectedRow(Exception):
    """The row is not imported. The message says why and contains no personal data."""


class Reject(NamedTuple):
    row: Row
    reason: str


class Respelled(NamedTuple):
    """A row whose account the portal knows by a number written differently."""

    row: Row
    number: str
    before: Known


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
    respelled: list[Respelled] = field(default_factory=list)


def examine(table: Table, biller: Biller) -> Iterator[Batch]:
    """Returns batches, each compared on demand: after the previous one was saved.

    Raises UnreadableFile.
    """
    columns = columns_of(table)
    wanted = [name for name in columns if name in COLUMNS]
    accounts, seen = KnownAccounts(table, biller, columns, wanted), SeenAccounts()
    for rows in batches(table):
        batch = Batch(wanted)
        by_number = _by_number(rows, columns, batch.rejected)
        known = accounts.find(by_number, seen)
        _respell(by_number, known, batch)
        _compare(by_number, known, biller, batch, seen)
        batch.rejected.sort(key=lambda reject: reject.row.number)
        yield batch
        _add_to(seen, batch)


def _by_number(
    rows: Iterable[Row], columns: Sequence[str], rejected: list[Reject]
) -> dict[str, tuple[Row, Values]]:
    found: dict[str, tuple[Row, Values]] = {}
    for row in rows:
        try:
            values = _values(row, columns)
            if values["account_number"] in found:
                raise RejectedRow(SAME_NUMBER)
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


def _respell(rows: dict[str, tuple[Row, Values]], known: Mapping[str, Known], batch: Batch) -> None:
    """Keeps the longer of two spellings of a number: zeros and dashes get lost, but are not
    added."""
    done: dict[int, str] = {}
    for number, before in known.items():
        if before.number == number:
            continue
        row, values = rows[number]
        if done.setdefault(before.pk, number) != number:
            batch.rejected.append(Reject(row, str(SAME_NUMBER)))
            del rows[number]
            continue
        values["account_number"] = max(before.number, number, key=len)
        batch.respelled.append(Respelled(row, number, before))


def _compare(
    rows: Mapping[str, tuple[Row, Values]],
    known: Mapping[str, Known],
    biller: Biller,
    batch: Batch,
    seen: SeenAccounts,
) -> None:
    """Skips validation of unchanged rows, which were validated before: most rows are unchanged."""
    for number, (row, values) in rows.items():
        before = known.get(number)
        if (before.pk in seen) if before else (number in seen.numbers):
            batch.rejected.append(Reject(row, str(SAME_NUMBER)))
        elif before and before.cells == tuple(values.values()) and not before.closed_at:
            batch.unchanged.append(before)
        elif faults := list(_faults(values)):
            batch.rejected.append(Reject(row, "; ".join(faults)))
        elif before:
            batch.changed.append(Change(UtilityAccount(biller=biller, **values), before))
        else:
            batch.created.append(UtilityAccount(biller=biller, **values))


def _add_to(seen: SeenAccounts, batch: Batch) -> None:
    for known in (*batch.unchanged, *(change.before for change in batch.changed)):
        seen.add(known.pk)
    for account in batch.created:
        if account.pk:
            seen.add(account.pk)
        else:  # not saved: this is a preview
            seen.numbers.add(account.account_number)


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
