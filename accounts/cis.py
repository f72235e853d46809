"""The CIS, the biller's own billing system: taking over what it knows of its accounts."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from icsso.models import Biller

COLUMNS = ("account_number", "name", "address", "city", "state", "zip", "email", "phone")
DEMANDED = ("account_number", "name")
LINES_AT_ONCE = 500
Row = dict[str, str]


class UnreadableFile(Exception):
    """The file as a whole is not what we can read; the message says what to do."""


class RefusedLine(Exception):
    """One line is not taken; the message says why, and repeats nothing personal."""


@dataclass
class Outcome:
    came: int = 0  # new to us
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


def import_accounts(path: Path, *, biller: Biller, refuse: Callable[[int, str], None]) -> Outcome:
    """Takes the file over, batch by batch; an account that is not in it stays as it is.

    refuse: is told the line and the reason of everything that is not taken.
    A column that the file does not have is left alone. Safe to repeat.
    """
    columns = _columns(path)
    outcome = Outcome()
    seen: set[str] = set()  # the account numbers alone: rows are never held together
    with _open(path) as lines:
        numbered = enumerate(lines, start=1)
        next(numbered)
        while batch := list(islice(numbered, LINES_AT_ONCE)):
            rows: list[Row] = []
            for number, line in batch:
                try:
                    rows += _read(line, columns, seen)
                except RefusedLine as refused:
                    outcome.refused += 1
                    refuse(number, str(refused))
            _take(rows, biller, outcome)
    return outcome


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig")


def _columns(path: Path) -> list[str]:
    """The header's columns. Reads the file to its end: it is taken whole or not at all."""
    try:
        with _open(path) as lines:
            header = next(csv.reader([lines.readline()]), [])
            for _line in lines:
                pass
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is not UTF-8: save it as “CSV UTF-8”.")) from None
    except OSError as error:
        raise UnreadableFile(_("The file cannot be read: %s.") % error.strerror) from None
    columns = [re.sub(r"[\s_-]+", "_", name.strip().lower()) for name in header]
    if not set(DEMANDED) <= set(columns):
        said = _("The first line must name the columns, separated by commas; at least %s.")
        raise UnreadableFile(said % ", ".join(DEMANDED))
    known = [column for column in columns if column in COLUMNS]
    if len(known) != len(set(known)):
        raise UnreadableFile(_("The first line names a column twice."))
    return columns


def _read(line: str, columns: Sequence[str], seen: set[str]) -> list[Row]:
    """The row of one line; none of an empty line.

    Each line is read by itself, so that a quote left open spoils no other.
    """
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise RefusedLine(_("it cannot be read as CSV (%s)") % error) from None
    if not any(cell.strip() for cell in cells):
        return []
    if len(cells) != len(columns):
        said = _("it has %(cells)d columns, the first line has %(columns)d")
        raise RefusedLine(said % {"cells": len(cells), "columns": len(columns)})
    cleaned = (" ".join(cell.split()) for cell in cells)
    row = {name: cell for name, cell in zip(columns, cleaned, strict=True) if name in COLUMNS}
    _check(row)
    if row["account_number"] in seen:
        raise RefusedLine(_("its account number stands in an earlier line"))
    seen.add(row["account_number"])
    return [row]


def _check(row: Row) -> None:
    if not all(cell.isprintable() for cell in row.values()):
        raise RefusedLine(_("it holds characters that cannot be printed"))
    if re.fullmatch(r"\d(\.\d+)?e\+\d+", row["account_number"], re.IGNORECASE):
        raise RefusedLine(_("a spreadsheet has rounded its account number"))
    try:
        UtilityAccount(**row).clean_fields(exclude={"biller", "customer_guid"})
    except ValidationError as error:
        reasons = [f"{name}: {' '.join(said)}" for name, said in error.message_dict.items()]
        raise RefusedLine("; ".join(reasons)) from None


def _take(rows: Sequence[Row], biller: Biller, outcome: Outcome) -> None:
    numbers = [row["account_number"] for row in rows]
    known = {
        account.account_number: account
        for account in biller.accounts.filter(account_number__in=numbers)
    }
    new = [row for row in rows if row["account_number"] not in known]
    changed = [
        row
        for row in rows
        if (account := known.get(row["account_number"]))
        and any(getattr(account, name) != cell for name, cell in row.items())
    ]
    if new or changed:
        # One statement for both, so that another import at the same time breaks nothing.
        UtilityAccount.objects.bulk_create(
            [UtilityAccount(biller=biller, **row) for row in [*new, *changed]],
            update_conflicts=True,
            unique_fields=["biller", "account_number"],
            update_fields=[name for name in rows[0] if name != "account_number"],
        )
    outcome.came += len(new)
    outcome.changed += len(changed)
    outcome.unchanged += len(rows) - len(new) - len(changed)
