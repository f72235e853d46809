"""Importing accounts from a biller's billing system (CIS).

`cis.rows` interprets the rows, and `cis.closing` finds what is missing from a complete file.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.linked_accounts.customers import (
    CustomerChanges,
    change_customers,
    forget_balances,
    notify_members,
)
from accounts.models import UtilityAccount
from backoffice.tables.columns import Columns
from backoffice.tables.mapping import find_columns, hidden_line, ignored_columns
from backoffice.tables.table import Table
from cis.closing import DoubtfulFile, find_missing
from cis.customers import DoubtfulNames, names_doubt
from cis.models import AccountImport
from cis.rows.columns import ACCOUNTS
from cis.rows.examining import Batch, examine
from cis.rows.problems import Reject, Warnings, ignored_line
from icsso.billers.models import Biller


class Anyway(NamedTuple):
    """What staff have confirmed. close: close accounts, however many are missing. customers: give
    accounts to other customers, however many there are."""

    close: bool = False
    customers: bool = False


NOTHING = Anyway()


def import_accounts(
    table: Table,
    run: AccountImport,
    *,
    reject: Callable[[Reject], None],
    anyway: Anyway = NOTHING,
    report: Callable[[], None] = lambda: None,
) -> None:
    """Imports the file batch by batch and updates the counts of the run. Safe to repeat.

    An account that is not in the file stays as it is, or is closed if the run is full. If a column
    is missing from the file, the field keeps its value. reject: called with every row that is not
    imported. report: called after each batch. Raises UnreadableFile and, before anything is
    changed, DoubtfulFile and DoubtfulNames, unless that was confirmed in advance.
    """
    columns = run.columns = run.columns or find_columns(table, ACCOUNTS, run.columns_used_before())
    missing = find_missing(table, run.biller, columns, report=report) if run.is_full else None
    if missing and not anyway.close and (doubt := missing.doubt()):
        raise DoubtfulFile(doubt)
    if not anyway.customers and (doubt := names_doubt(table, run.biller, columns)):
        raise DoubtfulNames(doubt)
    run.save()
    warnings = Warnings()
    for batch in import_batches(table, run, columns):
        warnings.add(batch.warned)
        for each in batch.rejected:
            reject(each)
        report()
    if missing:
        run.closed = missing.close()
    ignored = ignored_line(ignored_columns(table, ACCOUNTS, columns), table.unread_sheets)
    lines = (ignored, hidden_line(table), *warnings.lines())
    run.warned, run.warnings = len(warnings), "\n".join(filter(None, lines))
    run.ended_at = timezone.now()
    run.save()
    notify_members(run.biller)


def import_batches(table: Table, run: AccountImport, columns: Columns) -> Iterator[Batch]:
    """Yields each batch after it has been saved and counted. The run itself is not saved."""
    for batch in examine(table, run.biller, columns):
        changes = save(batch, run.biller)
        forget_balances(changes)
        run.asked_again += changes.asked
        _count(batch, run)
        yield batch


@transaction.atomic
def save(batch: Batch, biller: Biller) -> CustomerChanges:
    """Saves new and changed accounts in one statement, so that a simultaneous import breaks
    nothing, and in order of account numbers, so that the two do not deadlock. Returns the
    consequences for members whose accounts now have other customers."""
    _renumber(batch)
    accounts = [*batch.created, *(change.account for change in batch.changed)]
    if accounts:
        UtilityAccount.objects.bulk_create(
            sorted(accounts, key=lambda account: account.account_number),
            update_conflicts=True,
            unique_fields=["biller", "account_number"],
            update_fields=["closed_at", *_updated(batch.columns)],
        )
    return change_customers(batch.renamed, biller)


def _updated(columns: Sequence[str]) -> list[str]:
    return UtilityAccount.with_keys(name for name in columns if name != "account_number")


def _renumber(batch: Batch) -> None:
    """Replaces account numbers with the file's spelling where that is more complete."""
    renumbered = [
        UtilityAccount(pk=change.before.pk, account_number=change.account.account_number)
        for change in batch.changed
        if change.account.account_number != change.before.number
    ]
    UtilityAccount.objects.bulk_update(renumbered, ["account_number"])


def _count(batch: Batch, run: AccountImport) -> None:
    run.created += len(batch.created)
    run.changed += len(batch.changed)
    run.unchanged += len(batch.unchanged)
    run.rejected += len(batch.rejected)
