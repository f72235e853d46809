"""What a row of an account file means: a new, changed, or unchanged account, or a rejected row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.linked_accounts.customers import Renamed
from accounts.linked_accounts.names.same_customer import is_same_customer
from accounts.models import UtilityAccount
from backoffice.tables.columns import Columns
from backoffice.tables.mapping import fields_of
from backoffice.tables.table import Row, Table
from cis.rows.columns import (
    FAILED,
    FIELDS,
    REQUIRED,
    clean,
    unmarked,
    why_damaged,
    why_no_account,
)
from cis.rows.known_accounts import (
    Known,
    KnownAccounts,
    SeenAccounts,
    batches,
    lost_only_signs,
)
from cis.rows.problems import Reject, Warned, marked_halves
from cis.rows.repairs import has_no_letters, repaired, why_shifted
from icsso.billers.models import Biller
from icsso.client.parsing import NO_VALUE

Values = dict[str, str]
FEWEST_DIGITS = len("112826")
SAME_NUMBER = gettext_lazy("an earlier row has the same account number")


class RejectedRow(Exception):
    """The row is not imported. The message says why and contains no personal data."""


class Entry(NamedTuple):
    """A row that names an account. causes: why it is imported without some cells or with another
    number."""

    row: Row
    values: Values
    causes: list[str]


class Respelled(NamedTuple):
    """A row whose account the portal knows by a number written differently."""

    row: Row
    number: str
    before: Known


class Change(NamedTuple):
    account: UtilityAccount
    before: Known

    def renamed(self, columns: Sequence[str]) -> Renamed | None:
        """Returns the names before and after, if they differ."""
        name = self.before.cells[columns.index("name")]
        if name == self.account.name:
            return None
        return Renamed(self.before.pk, name, self.account.name)


@dataclass
class Batch:
    """The result of comparing some rows with the accounts in the portal at that time."""

    columns: Sequence[str]  # the account columns in the file
    created: list[UtilityAccount] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    respelled: list[Respelled] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)

    @property
    def renamed(self) -> list[Renamed]:
        """Returns the accounts whose name changes: some have another customer now."""
        found = (change.renamed(self.columns) for change in self.changed)
        return [renamed for renamed in found if renamed]


def examine(table: Table, biller: Biller, columns: Columns) -> Iterator[Batch]:
    """Returns batches, each compared on demand: after the previous one was saved.

    Raises UnreadableFile.
    """
    fields = fields_of(table.header, columns)
    accounts, seen = KnownAccounts(table, biller, fields), SeenAccounts()
    for rows in batches(marked_halves(table, fields)):
        batch = Batch(accounts.wanted)
        by_number = _by_number(rows, fields, batch.rejected)
        known = accounts.find(by_number, seen)
        _respell(by_number, known, biller, batch)
        _compare(by_number, known, biller, batch, seen)
        batch.rejected.sort(key=lambda reject: reject.row.number)
        yield batch
        _add_to(seen, batch)


def _by_number(
    rows: Iterable[Row], fields: Sequence[str], rejected: list[Reject]
) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for row in rows:
        try:
            entry = _entry(row, fields)
            if entry.values["account_number"] in found:
                raise RejectedRow(SAME_NUMBER)
            found[entry.values["account_number"]] = entry
        except RejectedRow as reason:
            rejected.append(Reject(row, str(reason)))
    return found


def _entry(row: Row, fields: Sequence[str]) -> Entry:
    bad = {fields[place]: why for place, why in row.bad_cells.items() if place < len(fields)}
    if row.problem and (not row.bad_cells or bad.keys() & {*REQUIRED}):
        reasons = dict.fromkeys(bad[name] for name in REQUIRED if name in bad)
        raise RejectedRow("; ".join(reasons) or row.problem)
    if len(row.cells) != len(fields):
        said = _("it has %(cells)d columns, but the first row has %(columns)d")
        raise RejectedRow(said % {"cells": len(row.cells), "columns": len(fields)})
    named = zip(fields, row.cells, strict=True)
    values = {
        name: "" if name in bad else cell if cell.isalnum() else clean(cell)
        for name, cell in named
        if name
    }
    cell = row.cells[fields.index("account_number")]
    number = values["account_number"] = unmarked(values["account_number"])
    if why := why_damaged(number, cell) or why_no_account(number, values["name"]):
        raise RejectedRow(why)
    if not number:
        raise RejectedRow("; ".join(_faults(values)))
    causes = [f"{name}: {_('%s; left empty') % bad[name]}" for name in sorted(bad) if name]
    return Entry(row, values, causes)


def read_row(row: Row, header: Sequence[str], columns: Columns) -> tuple[Values, str]:
    """Returns a row as it would be imported, and why it would not be."""
    try:
        entry = _entry(row, fields_of(header, columns))
    except RejectedRow as reason:
        return {}, str(reason)
    return repaired(entry.values)[0], why_shifted(entry.values)


def _respell(
    entries: dict[str, Entry], known: Mapping[str, Known], biller: Biller, batch: Batch
) -> None:
    """Keeps the longer of two spellings of a number: zeros and dashes get lost, but are not
    added. Only for the same customer: 11-1 may also be another account than 1-11."""
    said = _("the portal has it with other zeros or punctuation; the longer number was kept")
    done: dict[int, str] = {}
    for number, before in known.items():
        if before.number == number:
            continue
        entry = entries[number]
        reason = _why_other_account(entry.values, before, batch.columns, biller)
        if not reason and done.setdefault(before.pk, number) != number:
            reason = str(SAME_NUMBER)
        if reason:
            batch.rejected.append(Reject(entry.row, reason))
            del entries[number]
            continue
        entry.values["account_number"] = max(before.number, number, key=len)
        entry.causes.append(f"account_number: {said}")
        batch.respelled.append(Respelled(entry.row, number, before))


def _why_other_account(
    values: Values, before: Known, columns: Sequence[str], biller: Biller
) -> str:
    """Returns why the row may be about another account than the one that its number fits."""
    name, order = before.cells[columns.index("name")], Biller.NameOrder(biller.name_order)
    is_same = name == values["name"] or is_same_customer(name, values["name"], order)
    if is_same and lost_only_signs(values["account_number"], before.number):
        return ""
    said = _(
        "the portal has the account %s, which may be this one or another: if it is this one, write "
        "its number like that; if not, import a file that has both numbers"
    )
    return said % before.number


def _compare(
    entries: Mapping[str, Entry],
    known: Mapping[str, Known],
    biller: Biller,
    batch: Batch,
    seen: SeenAccounts,
) -> None:
    """Skips validation of unchanged rows, which were validated before: most rows are unchanged."""
    for number, entry in entries.items():
        before = known.get(number)
        if (before.pk in seen) if before else (number in seen.numbers):
            batch.rejected.append(Reject(entry.row, str(SAME_NUMBER)))
        elif before and before.has(entry.values) and not entry.causes:
            batch.unchanged.append(before)
        else:
            _take(entry, before, biller, batch)


def _take(entry: Entry, before: Known | None, biller: Biller, batch: Batch) -> None:
    known = dict(zip(batch.columns, before.cells, strict=True)) if before else None
    values, causes = repaired(entry.values, known)
    if faults := list(filter(None, (*_faults(values), why_shifted(entry.values)))):
        batch.rejected.append(Reject(entry.row, "; ".join(faults)))
        return
    batch.warned += [Warned(entry.row.number, cause) for cause in (*entry.causes, *causes)]
    if before and before.has(values):
        batch.unchanged.append(before)
    elif before:
        batch.changed.append(Change(_account(values, biller), before))
    else:
        batch.created.append(_account(values, biller))


def _account(values: Values, biller: Biller) -> UtilityAccount:
    facts: dict[str, Any] = dict(values)
    if "posted_through" in facts:
        day = values["posted_through"]
        facts["posted_through"] = date.fromisoformat(day) if day else None
    return UtilityAccount(biller=biller, **facts)


def _add_to(seen: SeenAccounts, batch: Batch) -> None:
    for known in (*batch.unchanged, *(change.before for change in batch.changed)):
        seen.add(known.pk)
    for account in batch.created:
        if account.pk:
            seen.add(account.pk)
        else:  # not saved: this is a preview
            seen.numbers.add(account.account_number)


def _faults(values: Values) -> Iterator[str]:
    """Returns what is wrong with the required values."""
    for name in REQUIRED:
        if not values[name].isprintable():
            yield _("it contains unprintable characters")
            return
        if FAILED.fullmatch(values[name]):
            yield _("%s: a spreadsheet error") % name
            return
        if values[name] and (values[name].casefold() in NO_VALUE or not _is_written(values[name])):
            said = _("the cell says that there is none")
            yield f"{name}: {said}"
            continue
        if name == "name" and has_no_letters(values[name]) and _has_many_digits(values[name]):
            said = _("it has no letters: is it in another column?")
            yield f"{name}: {said}"
            continue
        if 0 < len(values[name]) <= FIELDS[name].max_length:
            continue
        try:
            FIELDS[name].clean(values[name], None)
        except ValidationError as error:
            yield f"{name}: {' '.join(error.messages)}"


def _has_many_digits(name: str) -> bool:
    """Whether it may be a phone number, an account number, or a date: 7-11 and 1919 are names."""
    return sum(map(str.isdigit, name)) >= FEWEST_DIGITS


def _is_written(text: str) -> bool:
    return any(sign.isalnum() for sign in text)
