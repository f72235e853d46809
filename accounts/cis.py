"""The CIS, the biller's own billing system: taking over what it knows of its accounts.

The story from above. What a line means is `cis_lines`, what a full file lacks `cis_closing`.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.cis_closing import DoubtfulFile, find_missing
from accounts.cis_lines import Batch, Refusal, examine
from accounts.cis_runs import AccountImport
from accounts.models import UtilityAccount
from accounts.tables import Table
from icsso.billers.models import Biller


def import_accounts(
    table: Table,
    run: AccountImport,
    *,
    refuse: Callable[[Refusal], None],
    close_anyway: bool = False,
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Takes the file over, batch by batch, and counts into the run. Safe to repeat.

    An account that is not in the file stays as it is, unless the run is full: then it is closed.
    A column that the file does not have is left alone.
    refuse: is told of every line that is not taken. tell: is called after each batch.
    Raises UnreadableFile, and DoubtfulFile (unless close_anyway) before anything is changed.
    """
    missing = find_missing(table, run.biller, tell=tell) if run.is_full else None
    if missing and not close_anyway and (doubt := missing.doubt()):
        raise DoubtfulFile(doubt)
    run.save()
    for batch in examine(table, run.biller):
        take(batch, run.biller)
        _count(batch, run)
        for refusal in batch.refused:
            refuse(refusal)
        tell()
    if missing:
        run.closed = missing.close()
    run.ended_at = timezone.now()
    run.save()


@transaction.atomic
def take(batch: Batch, biller: Biller) -> None:
    """One statement for both, so that another import at the same time breaks nothing; and in the
    order of the numbers, so that it does not block it."""
    accounts = [*batch.came, *(change.account for change in batch.changed)]
    if accounts:
        UtilityAccount.objects.bulk_create(
            sorted(accounts, key=lambda account: account.account_number),
            update_conflicts=True,
            unique_fields=["biller", "account_number"],
            update_fields=["closed_at", *(n for n in batch.columns if n != "account_number")],
        )


def _count(batch: Batch, run: AccountImport) -> None:
    run.came += len(batch.came)
    run.changed += len(batch.changed)
    run.unchanged += len(batch.unchanged)
    run.refused += len(batch.refused)
