"""What an account file would change, shown before anything is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.linked_accounts.customers import holders_of, moved_to_others
from accounts.linked_accounts.names.accepted import is_weak
from accounts.linked_accounts.names.order import Guess, Order, OrderVotes
from accounts.models import UtilityAccount
from backoffice.tables.columns import Columns
from backoffice.tables.mapping import Column, described
from backoffice.tables.table import Table, UnreadableFile
from cis.closing import find_missing
from cis.customers import NameChanges
from cis.rows.columns import ACCOUNTS, FIELDS, text_of
from cis.rows.examining import Batch, Change, Respelled, examine
from cis.rows.problems import Reject, Warnings
from icsso.billers.models import Biller

MOST_ROWS = 50_000
SHOWN = 20  # rows of each kind


class Difference(NamedTuple):
    column: str
    old: str
    new: str


class Changed(NamedTuple):
    account: UtilityAccount
    differences: list[Difference]


@dataclass
class NameCheck:
    """The names in the file: their order, and accounts that cannot be proved by name.

    order: the biller's. weak: how many names prove nothing by themselves. first_weak: their account
    numbers.
    """

    order: Biller.NameOrder = Order.UNKNOWN
    weak: int = 0
    first_weak: list[str] = field(default_factory=list)
    votes: OrderVotes = field(default_factory=OrderVotes)

    def add(self, batch: Batch) -> None:
        for number, name in _names(batch):
            self.votes.add(name)
            if is_weak(name, self.order):
                self.weak += 1
                self.first_weak += [number][: SHOWN - len(self.first_weak)]

    @property
    def guess(self) -> Guess:
        return self.votes.guess()

    @property
    def differs(self) -> bool:
        """Whether the names look different from what the biller has confirmed."""
        return self.order != Order.UNKNOWN != self.guess.order != self.order


class NewCustomer(NamedTuple):
    """An account that the file gives to another customer. members: how many see it now."""

    number: str
    before: str
    after: str
    members: int


@dataclass
class CustomerCheck:
    """accounts: those with members that get another customer. members: primary keys."""

    accounts: int = 0
    members: set[int] = field(default_factory=set)
    first: list[NewCustomer] = field(default_factory=list)
    changes: NameChanges = field(default_factory=NameChanges)

    @property
    def doubt(self) -> str:
        return self.changes.doubt()

    def add(self, batch: Batch, biller: Biller) -> None:
        moved = moved_to_others(batch.renamed, biller)
        self.changes.add(batch, len(moved))
        held = holders_of([each.account for each in moved]) if moved else {}
        numbers = {change.before.pk: change.account.account_number for change in batch.changed}
        self.accounts += len(held)
        self.members.update(*held.values())
        self.first += [
            NewCustomer(numbers[each.account], each.before, each.after, len(held[each.account]))
            for each in moved
            if each.account in held
        ][: SHOWN - len(self.first)]


@dataclass
class Preview:
    """The number of rows of each kind, and the first ones.

    doubt: why closing accounts needs a second confirmation. names: the order in which names are
    written, and names that prove nothing. customers: accounts that get other customers, and the
    members affected.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: int = 0
    respelled: int = 0
    doubt: str = ""
    names: NameCheck = field(default_factory=NameCheck)
    customers: CustomerCheck = field(default_factory=CustomerCheck)
    columns: list[Column] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)
    first_created: list[UtilityAccount] = field(default_factory=list)
    first_changed: list[Changed] = field(default_factory=list)
    first_closed: list[UtilityAccount] = field(default_factory=list)
    first_rejected: list[Reject] = field(default_factory=list)
    first_respelled: list[Respelled] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.rejected

    @property
    def changes_nothing(self) -> bool:
        return not (self.created or self.changed or self.closed)


def preview(
    table: Table, biller: Biller, columns: Columns, *, is_full: bool, is_awaited: bool = True
) -> Preview:
    """Returns what an import would do; writes nothing.

    is_awaited: whether a person waits for the page, for which too many rows are also an error.
    Raises UnreadableFile.
    """
    names = NameCheck(Biller.NameOrder(biller.name_order))
    seen = Preview(names=names, columns=described(table, ACCOUNTS, columns))
    for batch in examine(table, biller, columns):
        _add(batch, seen)
        seen.customers.add(batch, biller)
        if is_awaited and seen.rows > MOST_ROWS:
            said = _(
                "The file has more than %d rows. Import large files with the command "
                "“manage.py import_accounts”."
            )
            raise UnreadableFile(said % MOST_ROWS)
    if is_full:
        _add_missing(table, biller, columns, seen)
    return seen


def _add(batch: Batch, seen: Preview) -> None:
    seen.names.add(batch)
    seen.created += len(batch.created)
    seen.changed += len(batch.changed)
    seen.unchanged += len(batch.unchanged)
    seen.rejected += len(batch.rejected)
    seen.respelled += len(batch.respelled)
    seen.first_respelled += batch.respelled[: SHOWN - len(seen.first_respelled)]
    seen.warnings.add(batch.warned)
    seen.first_created += batch.created[: SHOWN - len(seen.first_created)]
    seen.first_rejected += batch.rejected[: SHOWN - len(seen.first_rejected)]
    few = batch.changed[: SHOWN - len(seen.first_changed)]
    seen.first_changed += [_changed(change, batch) for change in few]


def _names(batch: Batch) -> Iterator[tuple[str, str]]:
    """Returns the account number and the name of each account that the file has."""
    for account in (*batch.created, *(change.account for change in batch.changed)):
        yield account.account_number, account.name
    number, name = batch.columns.index("account_number"), batch.columns.index("name")
    for known in batch.unchanged:
        yield known.cells[number], known.cells[name]


def _changed(change: Change, batch: Batch) -> Changed:
    known = zip(batch.columns, change.before.cells, strict=True)
    differences = [
        Difference(capfirst(str(FIELDS[name].verbose_name)), old, new)
        for name, old in known
        if old != (new := text_of(getattr(change.account, name)))
    ]
    if closed_at := change.before.closed_at:
        day = date_format(timezone.localtime(closed_at), "SHORT_DATE_FORMAT")
        differences.append(Difference(_("Closed"), day, _("reopened")))
    return Changed(change.account, differences)


def _add_missing(table: Table, biller: Biller, columns: Columns, seen: Preview) -> None:
    missing = find_missing(table, biller, columns)
    seen.closed, seen.doubt = missing.count(), missing.doubt()
    first = next(iter(missing), [])[:SHOWN]
    seen.first_closed = list(biller.accounts.filter(pk__in=first))
