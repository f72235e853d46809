"""Matching by account and amount: for lines with neither a PaymentGUID nor a checkout."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine

FoundBy, Outcome = ReconciliationLine.FoundBy, ReconciliationLine.Outcome
ACCOUNTS_AT_ONCE = 500
LINES_AT_ONCE = 200


class Paid(NamedTuple):
    """The facts of a payment that are compared."""

    pk: int
    account: int
    amount: Decimal
    paid_at: datetime


Item = TypeVar("Item", Paid, ReconciliationLine)


def find_by_account(reconciliation: Reconciliation) -> None:
    """Works in batches of account numbers, whatever their spelling. Within an account, lines and
    payments keep their order."""
    waiting = reconciliation.lines.unmatched().filter(payment_guid=None, checkout=None)
    for keys in _number_keys(waiting):
        lines = list(waiting.filter(number_key__in=keys).defer("cells").order_by("number"))
        by_account = _by_account(lines, reconciliation)
        payments = _grouped(_payments(reconciliation, by_account), lambda paid: paid.account)
        for account, of_account in by_account.items():
            pair(of_account, payments[account])
        ReconciliationLine.objects.bulk_update(
            lines, ["payment", "found_by", "outcome", "reason"], batch_size=LINES_AT_ONCE
        )
        reconciliation.renew()


def _by_account(
    lines: list[ReconciliationLine], reconciliation: Reconciliation
) -> dict[int, list[ReconciliationLine]]:
    """Returns the lines by account, without those whose number is not that of one account."""
    accounts = reconciliation.biller.accounts.for_numbers({line.account_number for line in lines})
    by_account: dict[int, list[ReconciliationLine]] = {}
    for line in lines:
        if named := accounts.get(line.account_number):
            by_account.setdefault(named.pk, []).append(line)
    return by_account


def pair(lines: Iterable[ReconciliationLine], payments: Iterable[Paid]) -> None:
    """Pairs each line of an account with a payment. If their numbers differ, no pair is certain."""
    lines_left, payments_left = list(lines), list(payments)
    for found_by, key in ((FoundBy.DAY, _day), (FoundBy.AMOUNT, _amount)):
        offered = _grouped(payments_left, key)
        paired: set[int] = set()
        for what, alike in _grouped(lines_left, key).items():
            if len(alike) == len(offered[what]):
                paired |= _join(alike, offered[what], found_by)
        lines_left = [line for line in lines_left if line.payment_id is None]
        payments_left = [paid for paid in payments_left if paid.pk not in paired]
    undecided = set(_grouped(payments_left, _amount))
    for line in lines_left:
        if _amount(line) in undecided:
            line.outcome, line.reason = Outcome.AMBIGUOUS, ReconciliationLine.Reason.SEVERAL


def _join(
    lines: list[ReconciliationLine], payments: list[Paid], found_by: ReconciliationLine.FoundBy
) -> set[int]:
    for line, paid in zip(lines, payments, strict=True):
        line.payment_id, line.found_by = paid.pk, found_by
    return {paid.pk for paid in payments}


def _amount(item: Paid | ReconciliationLine) -> Hashable:
    return item.amount


def _day(item: Paid | ReconciliationLine) -> Hashable:
    return _amount(item), timezone.localdate(item.paid_at)


def _grouped(items: list[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _number_keys(waiting: LineQuerySet) -> Iterator[list[str]]:
    last = ""
    keys = waiting.order_by("number_key").values_list("number_key", flat=True).distinct()
    while batch := list(keys.filter(number_key__gt=last)[:ACCOUNTS_AT_ONCE]):
        yield batch
        last = batch[-1]


def _payments(reconciliation: Reconciliation, accounts: Collection[int]) -> list[Paid]:
    """Returns our payments of these days that match no line."""
    found = reconciliation.lines.filter(payment=OuterRef("pk"))
    payments = Payment.objects.filter(
        ~Exists(found),
        biller=reconciliation.biller_id,
        account__in=list(accounts),
        paid_at__gte=reconciliation.begin,
        paid_at__lt=reconciliation.end,
    )
    summed = payments.annotate(amounts=Sum("lines__amount")).order_by("paid_at", "pk")
    return [Paid(*row) for row in summed.values_list("pk", "account", "amounts", "paid_at")]
