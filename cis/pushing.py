"""Accounts that the CIS pushes singly or in short lists, read and saved like those of a file."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.linked_accounts.customers import moved_to_others, notify_members
from backoffice.tables.table import Row, Table
from cis.customers import FEWEST, DoubtfulNames, NameChanges
from cis.importer import import_batches
from cis.models import AccountImport
from cis.rows.columns import COLUMNS, clean
from cis.rows.examining import SAME_NUMBER, Batch, examine
from cis.rows.known_accounts import lost_only_signs
from cis.rows.problems import Warnings
from icsso.billers.models import Biller
from icsso.client.parsing import account_key

A_DAY = timedelta(days=1)
IN_A_DAY = 0.01  # of the open accounts may get another customer: several times the usual share

Pushed = Mapping[str, str]  # by field; a field that is left out keeps its value


class Result(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass
class Outcome:
    """causes: why the account was rejected, or what was left out."""

    result: Result = Result.UNCHANGED
    causes: list[str] = field(default_factory=list)


class PushedTable(Table):
    """Accounts with the same fields. Rows are numbered by their position in the whole list."""

    def __init__(self, header: Sequence[str], accounts: Mapping[int, Pushed]) -> None:
        self.header, self.accounts = list(header), accounts

    def rows(self) -> Iterator[Row]:
        for number, account in self.accounts.items():
            yield Row(number, [account[name] for name in self.header])


def push_accounts(
    accounts: Sequence[Pushed], biller: Biller, *, name: str, customers_anyway: bool
) -> list[Outcome]:
    """Creates and updates accounts. Returns the outcome of each, in the same order.

    name: the sender's, for the list of imports; a push that changes nothing is not listed. Raises
    DoubtfulNames, before anything is changed, unless `customers_anyway`.
    """
    outcomes = [Outcome() for _account in accounts]
    tables = _tables(accounts, biller, outcomes)
    run, warnings = AccountImport(biller=biller, file_name=name), Warnings()
    if customers_anyway:
        AccountImport.objects.filter(biller=biller).update(doubtful_moves=0)
    else:
        changes = _name_changes(tables, biller)
        if doubt := changes.doubt() or _doubt_of_a_day(changes.moved, biller):
            raise DoubtfulNames(doubt)
        run.doubtful_moves = changes.moved
    for table in tables:
        for batch in import_batches(table, run, _columns(table)):
            warnings.add(batch.warned)
            _note(batch, table, outcomes)
    run.rejected = sum(each.result is Result.REJECTED for each in outcomes)
    if run.created or run.changed or run.rejected:
        run.warned, run.warnings = len(warnings), "\n".join(warnings.lines())
        run.ended_at = timezone.now()
        run.save()
        notify_members(biller)
    return outcomes


def _name_changes(tables: Sequence[PushedTable], biller: Biller) -> NameChanges:
    """For the whole request, whatever fields its accounts have."""
    changes = NameChanges()
    for table in tables:
        for batch in examine(table, biller, _columns(table)):
            changes.add(batch, len(moved_to_others(batch.renamed, biller)))
    return changes


def _doubt_of_a_day(moved: int, biller: Biller) -> str:
    """Adds up a day, so that names in the wrong rows are noticed even if accounts are pushed one by
    one. Returns why they are in doubt; "" if they are plausible. moved: accounts that get another
    customer now."""
    recent = AccountImport.objects.filter(biller=biller, started_at__gt=timezone.now() - A_DAY)
    before = recent.aggregate(moved=Sum("doubtful_moves"))["moved"] or 0
    most = max(FEWEST - 1, round(biller.accounts.filter(closed_at=None).count() * IN_A_DAY))
    if not moved or before + moved <= most:
        return ""
    said = _(
        "%(moved)d accounts would have got another customer within a day, more than %(most)d. The "
        "names may be beside the wrong numbers."
    )
    return said % {"moved": before + moved, "most": most}


def _columns(table: Table) -> dict[str, str]:
    return {name: name for name in table.header}


def _tables(
    accounts: Sequence[Pushed], biller: Biller, outcomes: list[Outcome]
) -> list[PushedTable]:
    """Returns a table for each set of fields. A second account with the same number, in any
    spelling, is rejected here, because the two may be in different tables."""
    tables: defaultdict[tuple[str, ...], dict[int, Pushed]] = defaultdict(dict)
    numbers = [clean(account["account_number"]) for account in accounts]
    own = biller.accounts.filter(account_number__in=numbers).order_by()
    known, seen = (
        set(own.values_list("account_number", flat=True)),
        defaultdict[str, list[str]](list),
    )
    for place, (number, account) in enumerate(zip(numbers, accounts, strict=True)):
        earlier = seen[account_key(number)]
        if any(_is_same_account(number, other, known) for other in earlier):
            outcomes[place] = Outcome(Result.REJECTED, [str(SAME_NUMBER)])
            continue
        earlier.append(number)
        tables[tuple(each for each in COLUMNS if each in account)][place + 1] = account
    return [PushedTable(header, rows) for header, rows in tables.items()]


def _is_same_account(number: str, other: str, known: Container[str]) -> bool:
    """other: an account with the same normal form. known: the numbers as the portal has them."""
    if number == other:
        return True
    return lost_only_signs(number, other) and not (number in known and other in known)


def _note(batch: Batch, table: PushedTable, outcomes: list[Outcome]) -> None:
    results = dict.fromkeys((each.account_number for each in batch.created), Result.CREATED)
    for change in batch.changed:
        results[change.account.account_number] = Result.CHANGED
        results[change.before.number] = Result.CHANGED
    named = {each.row.number: each.before.number for each in batch.respelled}
    for number, account in table.accounts.items():
        known = named.get(number) or clean(account["account_number"])
        if known in results:
            outcomes[number - 1].result = results[known]
    for reject in batch.rejected:
        outcomes[reject.row.number - 1] = Outcome(Result.REJECTED, [reject.reason])
    for warned in batch.warned:
        outcomes[warned.number - 1].causes.append(warned.cause)
