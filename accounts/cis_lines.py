"""What a line of the CIS's file means: a new account, a changed one, one like ours, or nothing."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.cis_seen import Seen
from accounts.models import UtilityAccount
from accounts.tables import Line, Table, UnreadableFile, unharmed
from icsso.billers.models import Biller

COLUMNS = ("account_number", "name", "address", "city", "state", "zip", "email", "phone")
DEMANDED = ("account_number", "name")
FIELDS = {field.name: field for field in UtilityAccount._meta.fields if field.name in COLUMNS}
AT_ONCE = 1000
ROUNDED = re.compile(r"\d(\.\d+)?e\+\d+", re.IGNORECASE)
Row = dict[str, str]


class RefusedLine(Exception):
    """One line is not taken; the message says why, and repeats nothing personal."""


class Refusal(NamedTuple):
    line: Line
    reason: str


class Known(NamedTuple):
    """What we know of an account. cells: in the order of the file's columns."""

    pk: int
    closed_at: datetime | None
    cells: tuple[str, ...]


class Change(NamedTuple):
    account: UtilityAccount
    before: Known


@dataclass
class Batch:
    """What some lines come to, compared with what is known when it is their turn."""

    columns: Sequence[str]  # those of the account that the file has
    came: list[UtilityAccount] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def examine(table: Table, biller: Biller) -> Iterator[Batch]:
    """Batch by batch. Each is compared when it is asked for, so after the one before was taken."""
    columns = columns_of(table)
    seen = Seen()
    for lines in batches(table):
        batch = Batch([name for name in columns if name in COLUMNS])
        rows = _rows(lines, columns, batch.refused)
        _compare(rows, biller, batch, seen)
        batch.refused.sort(key=lambda refusal: refusal.line.number)
        yield batch
        _remember(batch, seen)


def columns_of(table: Table) -> list[str]:
    """The names of the file's columns as ours are written; those we do not know among them."""
    columns = [re.sub(r"[\s_-]+", "_", name.strip().lower()) for name in table.header]
    if not set(DEMANDED) <= set(columns):
        said = _("The first line must name the columns, at least %s.")
        raise UnreadableFile(said % ", ".join(DEMANDED))
    known = [column for column in columns if column in COLUMNS]
    if len(known) != len(set(known)):
        raise UnreadableFile(_("The first line names a column twice."))
    return columns


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, AT_ONCE)):
        yield batch


def number_of(line: Line, columns: Sequence[str]) -> str:
    """The account number of a line, readable otherwise or not; none if that cannot be told."""
    place = columns.index("account_number")
    if line.problem or len(line.cells) <= place:
        return ""
    number = _cleaned(line.cells[place])
    return "" if ROUNDED.fullmatch(number) or not number.isprintable() else number


def _cleaned(cell: str) -> str:
    return unharmed(" ".join(cell.split()))


def _rows(
    lines: Iterable[Line], columns: Sequence[str], refused: list[Refusal]
) -> dict[str, tuple[Line, Row]]:
    rows: dict[str, tuple[Line, Row]] = {}
    for line in lines:
        try:
            row = _row(line, columns)
            if row["account_number"] in rows:
                raise RefusedLine(_("its account number stands in an earlier line"))
            rows[row["account_number"]] = line, row
        except RefusedLine as refusal:
            refused.append(Refusal(line, str(refusal)))
    return rows


def _row(line: Line, columns: Sequence[str]) -> Row:
    if line.problem:
        raise RefusedLine(line.problem)
    if len(line.cells) != len(columns):
        said = _("it has %(cells)d columns, the first line has %(columns)d")
        raise RefusedLine(said % {"cells": len(line.cells), "columns": len(columns)})
    named = zip(columns, line.cells, strict=True)
    row = {name: _cleaned(cell) for name, cell in named if name in COLUMNS}
    if not row["account_number"] or not row["account_number"].isprintable():
        raise RefusedLine("; ".join(_faults(row)))
    if ROUNDED.fullmatch(row["account_number"]):
        raise RefusedLine(_("a spreadsheet has rounded its account number"))
    return row


def _compare(rows: dict[str, tuple[Line, Row]], biller: Biller, batch: Batch, seen: Seen) -> None:
    """What is as we know it was checked when it came: most lines are, and so take no time."""
    known = _known(biller, rows, batch.columns)
    for number, (line, row) in rows.items():
        before = known.get(number)
        if (before.pk in seen) if before else (number in seen.numbers):
            batch.refused.append(Refusal(line, _("its account number stands in an earlier line")))
        elif before and before.cells == tuple(row.values()) and not before.closed_at:
            batch.unchanged.append(before)
        elif faults := list(_faults(row)):
            batch.refused.append(Refusal(line, "; ".join(faults)))
        elif before:
            batch.changed.append(Change(UtilityAccount(biller=biller, **row), before))
        else:
            batch.came.append(UtilityAccount(biller=biller, **row))


def _known(biller: Biller, numbers: Collection[str], columns: Sequence[str]) -> dict[str, Known]:
    rows = biller.accounts.filter(account_number__in=numbers).order_by()
    place = columns.index("account_number")
    return {
        cells[place]: Known(pk, closed_at, tuple(cells))
        for pk, closed_at, *cells in rows.values_list("pk", "closed_at", *columns)
    }


def _faults(row: Row) -> Iterator[str]:
    if not "".join(row.values()).isprintable():
        yield _("it holds characters that cannot be printed")
        return
    for name, cell in row.items():
        if cell or not FIELDS[name].blank:
            try:
                FIELDS[name].clean(cell, None)
            except ValidationError as error:
                yield f"{name}: {' '.join(error.messages)}"


def _remember(batch: Batch, seen: Seen) -> None:
    for known in (*batch.unchanged, *(change.before for change in batch.changed)):
        seen.add(known.pk)
    for account in batch.came:
        if account.pk:
            seen.add(account.pk)
        else:  # it was not taken: this is a preview
            seen.numbers.add(account.account_number)
