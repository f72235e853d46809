"""A member's payments of one calendar year, in the biller's time zone, account by account.

A payment belongs to the year in which it was paid. What was returned or refunded is subtracted from
it, whenever that happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from django.db.models import Exists, Max, Min, OuterRef, Q, Sum
from django.utils import timezone

from accounts.models import Member, UtilityAccount
from payments.checkout.history import added_payments_of, payments_by_helpers
from payments.checkout.others import others_parts, shown_number
from payments.models import Payment
from payments.models.payment import PaymentQuerySet
from payments.models.sums import dollars_of, received, reversed_since

MOST_SHOWN = 1000  # payments on one page; the file has any number
BATCH = 500
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Sums:
    """amount and fee: as paid. reversed: what was taken back, fees included, zero or negative."""

    amount: Decimal
    fee: Decimal
    reversed: Decimal

    @property
    def net(self) -> Decimal:
        return self.amount + self.fee + self.reversed


@dataclass(frozen=True)
class OfAccount:
    """address: "" unless the member still sees the account."""

    account: UtilityAccount
    address: str
    payments: list[Payment]

    @property
    def number(self) -> str:
        """Returns the account's number; of another member's account only the end."""
        is_helped = any(each.is_helped for each in self.payments)  # type: ignore[attr-defined]
        return shown_number(self.account, is_helped=is_helped)

    @cached_property
    def sums(self) -> Sums:
        return Sums(
            sum((each.amount for each in self.payments), ZERO),
            sum((each.fee for each in self.payments), ZERO),
            sum((each.reversed_total for each in self.payments), ZERO),
        )


def years_of(member: Member) -> list[int]:
    """Returns the years from the first payment to the last, newest first."""
    ends = _payments(member).aggregate(first=Min("paid_at"), last=Max("paid_at"))
    if ends["first"] is None:
        return []
    first, last = (timezone.localtime(ends[end], member.biller.zone) for end in ("first", "last"))
    return list(range(last.year, first.year - 1, -1))


def payments_in(member: Member, year: int) -> PaymentQuerySet:
    """Returns the payments of the year, unsorted."""
    begins, ends = (datetime(each, 1, 1, tzinfo=member.biller.zone) for each in (year, year + 1))
    return _payments(member).filter(paid_at__gte=begins, paid_at__lt=ends)


def sums_of(payments: PaymentQuerySet) -> Sums:
    """Returns the sums, computed by the database for any number of payments."""
    parts = {
        "paid_amount": received(fields=("amount",)),
        "paid_fee": received(fields=("fee",)),
        "taken_back": reversed_since(),
    }
    rows = payments.order_by().annotate(**parts)
    sums = rows.aggregate(**{f"of_{name}": Sum(name) for name in parts})
    return Sums(*(dollars_of(sums[f"of_{name}"] or 0) for name in parts))


def by_account(member: Member, payments: PaymentQuerySet) -> list[OfAccount]:
    """Returns the payments by account number and day. Limit the number first."""
    rows = payments.with_reversals().select_related("account__biller", "checkout")
    found = list(rows.order_by("account__account_number", "account", "paid_at", "pk"))
    shown = {each.account_id for each in found}
    seen = member.links.filter(account__in=shown).values_list("account", "account__address")
    addresses = dict(seen)
    grouped = groupby(found, key=lambda each: each.account)
    return [
        OfAccount(account, addresses.get(account.pk, ""), list(own)) for account, own in grouped
    ]


def in_order(payments: PaymentQuerySet) -> Iterator[Payment]:
    """Yields all of them, oldest first, a batch at a time, without a cursor that stays open."""
    rows = payments.with_reversals().select_related("account__biller", "checkout")
    ordered = rows.order_by("paid_at", "pk")
    batch = list(ordered[:BATCH])
    while batch:
        yield from batch
        last = batch[-1]
        later = Q(paid_at__gt=last.paid_at) | Q(paid_at=last.paid_at, pk__gt=last.pk)
        batch = list(ordered.filter(later)[:BATCH])


def _payments(member: Member) -> PaymentQuerySet:
    """Returns what the member paid here, what helpers paid on their behalf, and what staff added
    for their accounts. Annotates `is_helped`: whether it is for another member's account, and
    `by_helper`: whether a helper paid it, whose card or bank must not be shown."""
    paid_here = Payment.objects.filter(checkout__member=member)
    ways = [paid_here, added_payments_of(member), payments_by_helpers(member)]
    own, added, by_helpers = (each.order_by().values("pk") for each in ways)
    # Found through three indexes. With a single "or" condition, the database would read all
    # payments.
    found = own.union(added, by_helpers)
    not_theirs = others_parts(member).filter(account=OuterRef("account"))
    return Payment.objects.filter(pk__in=found).annotate(
        is_helped=Exists(not_theirs), by_helper=Exists(by_helpers.filter(pk=OuterRef("pk")))
    )
