"""Accounts that are missing from a complete account file: closed, never deleted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.tables.columns import Columns
from backoffice.tables.mapping import fields_of
from backoffice.tables.table import Table
from cis.rows.columns import account_number_of, numbers_in
from cis.rows.known_accounts import SeenAccounts, batches
from icsso.billers.models import Biller

PLAUSIBLE = 0.2  # of the open accounts; more must not be missing from the next file
BATCH = 1000


class DoubtfulFile(Exception):
    """The file would close accounts that are probably still open; the message says why."""


@dataclass(frozen=True)
class Missing:
    """The open accounts of a biller that are missing from a file.

    highest: the key of the newest account before the import; later accounts are not considered.
    nameless: how many rows have no readable account number.
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
        """Returns why they should not be closed without confirmation, or ""."""
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
    table: Table, biller: Biller, columns: Columns, *, report: Callable[[], None] = lambda: None
) -> Missing:
    """Finds the missing accounts; writes nothing. An account with a rejected row is not missing,
    nor is one whose number stands anywhere in a row that can't be read."""
    fields = fields_of(table.header, columns)
    highest = biller.accounts.aggregate(highest=Max("pk"))["highest"] or 0
    seen, nameless = SeenAccounts(), 0
    for rows in batches(table):
        nameless += sum(not account_number_of(row, fields) for row in rows)
        for pk in _named(biller, (each for row in rows for each in numbers_in(row, fields))):
            seen.add(pk)
        report()
    return Missing(biller, seen, highest, nameless)


def _named(biller: Biller, numbers: Iterable[str]) -> Iterator[int]:
    """Returns the accounts with these numbers, or with other spellings of them."""
    wanted = set(numbers)
    rows = biller.accounts.filter(account_number__in=wanted).order_by()
    known = dict(rows.values_list("account_number", "pk"))
    yield from known.values()
    for named in biller.accounts.for_numbers(wanted - known.keys()).values():
        yield named.pk
