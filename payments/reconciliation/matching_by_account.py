"""Matching by account and amount: for lines with neither a PaymentGUID nor a checkout."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import Exists, F, OuterRef, Sum
from django.utils import timezone

from payments.models import Payment
from payments.models.reconciliation import LineQuerySet, Reconciliation, ReconciliationLine

FoundBy, Outcome = ReconciliationLine.FoundBy, ReconciliationLine.Outcome
ACCOUNTS_AT_ONCE = 500
LINES_AT_ONCE = 200


class Paid(NamedTuple):
    """The facts of a payment that are compared."""

    pk: int
    account_number: str
    amount: Decimal
    paid_at: datetime


Item = TypeVar("Item", Paid, ReconciliationLine)


def find_by_account(reconciliation: Reconciliation) -> None:
    """Works in batches of accounts. Within an account, lines and payments keep their order."""
    waiting = reconciliation.lines.unmatched().filter(payment_guid=None, checkout=None)
    for numbers in _accounts(waiting):
        lines = list(waiting.filter(account_number__in=numbers).defer("cells").order_by("number"))
        pair(lines, list(_payments(reconciliation, numbers)))
        ReconciliationLine.objects.bulk_update(
            lines, ["payment", "found_by", "outcome", "reason"], batch_size=LINES_AT_ONCE
        )
        reconciliation.renew()


def pair(lines: Iterable[ReconciliationLine], payments: Iterable[Paid]) -> None:
    """Pairs each line with one payment. If their numbers differ, no pair is certain."""
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
    return item.account_number, item.amount


def _day(item: Paid | ReconciliationLine) -> Hashable:
    return *_amount(item), timezone.localdate(item.paid_at)  # type: ignore[misc]


def _grouped(items: list[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _accounts(waiting: LineQuerySet) -> Iterator[list[str]]:
    last = ""
    numbers = waiting.order_by("account_number").values_list("account_number", flat=True).distinct()
    while batch := list(numbers.filter(account_number__gt=last)[:ACCOUNTS_AT_ONCE]):
        yield batch
        last = batch[-1]


def _payments(reconciliation: Reconciliation, numbers: list[str]) -> Iterator[Paid]:
    """Returns our payments of these days that match no line."""
    found = reconciliation.lines.filter(payment=OuterRef("pk"))
    payments = Payment.objects.filter(
        ~Exists(found),
        biller=reconciliation.biller_id,
        account__account_number__in=numbers,
        paid_at__gte=reconciliation.begin,
        paid_at__lt=reconciliation.end,
    )
    summed = payments.annotate(
        amounts=Sum("lines__amount"), account_number=F("account__account_number")
    )
    for row in summed.order_by("paid_at", "pk").values_list(
        "pk", "account_number", "amounts", "paid_at"
    ):
        yield Paid(*row)
