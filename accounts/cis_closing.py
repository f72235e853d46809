"""Accounts that a full file of the CIS no longer has: closed, never deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.cis_lines import batches, columns_of, number_of
from accounts.cis_seen import Seen
from accounts.models import UtilityAccount
from accounts.tables import Table
from icsso.billers.models import Biller

PLAUSIBLE = 0.2  # of the open accounts, from one file to the next
AT_ONCE = 1000


class DoubtfulFile(Exception):
    """It would close accounts that probably are not closed; the message says why."""


@dataclass(frozen=True)
class Missing:
    """The open accounts of a biller that a file does not name.

    highest: the newest account before the file; what comes later is none of this.
    nameless: how many lines do not tell which account they are about.
    """

    biller: Biller
    seen: Seen
    highest: int
    nameless: int

    def __iter__(self) -> Iterator[list[int]]:
        """Their keys, batch by batch."""
        last = 0
        while keys := list(self._open(after=last).values_list("pk", flat=True)[:AT_ONCE]):
            last = keys[-1]
            if missing := [pk for pk in keys if pk not in self.seen]:
                yield missing

    def _open(self, *, after: int) -> QuerySet[UtilityAccount]:
        accounts = self.biller.accounts.filter(closed_at=None, pk__gt=after, pk__lte=self.highest)
        return accounts.order_by("pk")

    def count(self) -> int:
        return sum(len(keys) for keys in self)

    def doubt(self) -> str:
        """Why they had better not be closed; nothing if that is plausible."""
        missing, known = self.count(), self._open(after=0).count()
        if missing and self.nameless:
            said = _("%d lines do not tell which account they are about: it may be one of those.")
            return said % self.nameless
        if missing > known * PLAUSIBLE:
            said = _("%(missing)d of %(known)d open accounts are not in the file.")
            return said % {"missing": missing, "known": known}
        return ""

    def close(self) -> int:
        now = timezone.now()
        return sum(
            self.biller.accounts.filter(pk__in=keys, closed_at=None).update(closed_at=now)
            for keys in self
        )


def find_missing(
    table: Table, biller: Biller, *, tell: Callable[[], None] = lambda: None
) -> Missing:
    """Writes nothing. An account whose line is refused is not missing."""
    columns = columns_of(table)
    highest = biller.accounts.aggregate(highest=Max("pk"))["highest"] or 0
    seen, nameless = Seen(), 0
    for lines in batches(table):
        numbers = [number_of(line, columns) for line in lines]
        nameless += numbers.count("")
        known = biller.accounts.filter(account_number__in=filter(None, numbers)).order_by()
        for pk in known.values_list("pk", flat=True):
            seen.add(pk)
        tell()
    return Missing(biller, seen, highest, nameless)
