"""Accounts that a full account file no longer has: closed, never deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.tables.table import Table
from cis.columns import account_number_of, columns_of
from cis.rows import SeenAccounts, batches
from icsso.billers.models import Biller

PLAUSIBLE = 0.2  # of the open accounts, from one file to the next
BATCH = 1000


class DoubtfulFile(Exception):
    """It would close accounts that probably are not closed; the message says why."""


@dataclass(frozen=True)
class Missing:
    """The open accounts of a biller that a file does not name.

    highest: the newest account before the file; what comes later is none of this.
    nameless: how many rows do not tell which account they are about.
    """

    biller: Biller
    seen: SeenAccounts
    highest: int
    nameless: int

    def __iter__(self) -> Iterator[list[int]]:
        """Returns their primary keys, batch by batch."""
        last = 0
        while keys := list(self._open(after=last).values_list("pk", flat=True)[:BATCH]):
            last = keys[-1]
            if missing := [pk for pk in keys if pk not in self.seen]:
                yield missing

    def _open(self, *, after: int) -> QuerySet[UtilityAccount]:
        accounts = self.biller.accounts.filter(closed_at=None, pk__gt=after, pk__lte=self.highest)
        return accounts.order_by("pk")

    def count(self) -> int:
        return sum(len(keys) for keys in self)

    def doubt(self) -> str:
        """Returns why they had better not be closed; "" if closing them is plausible."""
        missing, known = self.count(), self._open(after=0).count()
        if missing and self.nameless:
            said = _(
                "Rows without a readable account number: %d. These accounts may be among them."
            )
            return said % self.nameless
        if missing > known * PLAUSIBLE:
            said = _("%(missing)d of %(known)d open accounts are not in the file.")
            return said % {"missing": missing, "known": known}
        return ""

    def close(self) -> int:
        """Returns how many were closed."""
        now = timezone.now()
        return sum(
            self.biller.accounts.filter(pk__in=keys, closed_at=None).update(closed_at=now)
            for keys in self
        )


def find_missing(
    table: Table, biller: Biller, *, report: Callable[[], None] = lambda: None
) -> Missing:
    """Writes nothing. An account whose row is rejected is not missing."""
    columns = columns_of(table)
    highest = biller.accounts.aggregate(highest=Max("pk"))["highest"] or 0
    seen, nameless = SeenAccounts(), 0
    for rows in batches(table):
        numbers = [account_number_of(row, columns) for row in rows]
        nameless += numbers.count("")
        known = biller.accounts.filter(account_number__in=filter(None, numbers)).order_by()
        for pk in known.values_list("pk", flat=True):
            seen.add(pk)
        report()
    return Missing(biller, seen, highest, nameless)
