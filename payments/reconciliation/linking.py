"""Links lines that cannot be compared with our payments: lines that are no payments, or that cannot
be read. Otherwise, their payments would be reported as missing from the list."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from payments.models import CheckoutAccount, Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine

FoundBy, Outcome = ReconciliationLine.FoundBy, ReconciliationLine.Outcome
Reason = ReconciliationLine.Reason
NO_PAYMENTS = (Outcome.RETURNED, Outcome.REVERSED, Outcome.NO_PAYMENT)
TAKEN_BACK = (Reason.RETURN, Reason.NEGATIVE, Reason.REPORT)
LINES_AT_ONCE = 200
MOST_SAID = 50  # lines about one payment that are looked at


def link_unreadable(reconciliation: Reconciliation) -> None:
    """Links lines by the PaymentGUID or the biller reference that can be read in them."""
    lines = reconciliation.lines.filter(outcome=Outcome.UNREADABLE)
    if not lines.exists():
        return
    _link_by_guid(lines, reconciliation)
    _link_by_reference(lines.filter(payment_guid=None), reconciliation)


def link_returns(reconciliation: Reconciliation) -> None:
    """Links a line that is no payment with the payment that it names, after payments were compared.

    A payment of ours that the list calls void needs a decision, like a returned one. A refund may
    have a GUID of its own, or none.
    """
    lines = reconciliation.lines.filter(outcome__in=NO_PAYMENTS)
    if not lines.exists():
        return
    returned = lines.filter(outcome=Outcome.RETURNED)
    _link_by_guid(lines, reconciliation)
    _link_by_reference(returned, reconciliation)
    _link_by_account(returned.filter(payment_guid=None, reference=""), reconciliation)
    lines.exclude(payment=None).update(outcome=Outcome.RETURNED)


def _link_by_guid(lines: LineQuerySet, reconciliation: Reconciliation) -> None:
    same = _payments(reconciliation).filter(payment_guid=OuterRef("payment_guid"))
    named = lines.exclude(payment_guid=None)
    named.update(payment=likeliest(same), found_by=FoundBy.GUID)
    named.filter(payment=None).update(found_by="")


def _link_by_reference(lines: LineQuerySet, reconciliation: Reconciliation) -> None:
    ours = _payments(reconciliation).filter(checkout__biller_reference=OuterRef("reference"))
    named = lines.filter(payment=None).exclude(reference="")
    named.filter(Exists(ours)).update(payment=likeliest(ours), found_by=FoundBy.REFERENCE)


def _link_by_account(lines: LineQuerySet, reconciliation: Reconciliation) -> None:
    """Links a line that names nothing else with the payment of this account and amount, if there is
    only one in these days."""
    named = lines.filter(payment=None).exclude(number_key="").exclude(amount=None).order_by("pk")
    last = 0
    while batch := list(named.filter(pk__gt=last).defer("cells")[:LINES_AT_ONCE]):
        same = _by_account(reconciliation, {line.number_key for line in batch})
        for line in batch:
            payments = same[line.number_key, abs(line.amount or Decimal())]
            if len(payments) == 1:
                line.payment_id, line.found_by = payments[0], FoundBy.AMOUNT
        ReconciliationLine.objects.bulk_update(batch, ["payment", "found_by"], LINES_AT_ONCE)
        last = batch[-1].pk
        reconciliation.renew()


def _by_account(
    reconciliation: Reconciliation, keys: Collection[str]
) -> dict[tuple[str, Decimal], list[int]]:
    """Returns the keys of our payments of these days by account and amount."""
    payments = _payments(reconciliation).filter(
        account__number_key__in=keys,
        paid_at__gte=reconciliation.begin,
        paid_at__lt=reconciliation.end,
    )
    summed = payments.annotate(amounts=Sum("lines__amount")).order_by("pk")
    found = defaultdict(list)
    for pk, key, amount in summed.values_list("pk", "account__number_key", "amounts"):
        found[key, amount].append(pk)
    return found


def _payments(reconciliation: Reconciliation) -> QuerySet[Payment]:
    return Payment.objects.filter(biller=reconciliation.biller_id)


def first(rows: Any) -> Subquery:
    """Returns the key of the first row."""
    return Subquery(rows.order_by("pk").values("pk")[:1])


def likeliest(payments: Any) -> Coalesce:
    """Returns the key of the outer line's payment: that of its account, if there are several."""
    of_account = payments.filter(account__number_key=OuterRef("number_key"))
    return Coalesce(first(of_account), first(payments))


def is_of_several_accounts() -> Q:
    """Whether the outer line is of a checkout of ours that is meant to pay several accounts,
    including this one, or of a PaymentGUID with payments of several, such as those that staff added
    from a list. Then its payment may have lines with others."""
    parts = CheckoutAccount.objects.filter(account__number_key=OuterRef("number_key"))
    second = CheckoutAccount.objects.filter(checkout=OuterRef("checkout"), position=1)
    paid = Payment.objects.filter(
        checkout=OuterRef("checkout"),
        payment_guid=OuterRef(OuterRef("payment_guid")),
        biller=OuterRef(OuterRef("reconciliation__biller")),
    )
    by_reference = Q(checkout=OuterRef("checkout"))
    of_checkout = Exists(parts.filter(by_reference | Q(Exists(paid))).filter(Exists(second)))
    same = Payment.objects.filter(
        biller=OuterRef("reconciliation__biller"), payment_guid=OuterRef("payment_guid")
    )
    own = same.filter(account__number_key=OuterRef("number_key"))
    others = same.exclude(account__number_key=OuterRef("number_key"))
    return Q(of_checkout) | (Q(Exists(own)) & Q(Exists(others)))


def is_taken_back(line: ReconciliationLine, *, amount: Decimal) -> bool:
    """Whether a list in force says that the payment of this line was returned, is void, or is not
    paid yet. amount: of the payment; a partial refund leaves the rest."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for said in _no_payments_like(line)[:MOST_SAID]:
        if not _is_refund(said, line):
            return True
        sums[said.reconciliation_id] += abs(said.amount or Decimal())
    return any(total >= amount for total in sums.values())


def refunds_of(line: ReconciliationLine) -> list[ReconciliationLine]:
    """Returns the lines that certainly refund a part of the payment of this line."""
    return [said for said in _no_payments_like(line)[:MOST_SAID] if _is_refund(said, line)]


def _is_refund(said: ReconciliationLine, line: ReconciliationLine) -> bool:
    """Whether it certainly says how much of this payment went back."""
    is_certain = said.reason in TAKEN_BACK and bool(said.kind) and bool(said.amount)
    return is_certain and said.payment_guid is not None and said.payment_guid == line.payment_guid


def _no_payments_like(line: ReconciliationLine) -> LineQuerySet:
    """Returns the lines of all lists in force that say anything about it except that it was paid,
    in the order of the lists."""
    lists = type(line.reconciliation).objects.in_force()
    lines = ReconciliationLine.objects.filter(
        reconciliation__in=lists.filter(biller=line.reconciliation.biller_id),
        outcome__in=NO_PAYMENTS,
    )
    about: LineQuerySet = lines.filter(_is_about(line)).order_by("reconciliation", "number", "pk")
    return about.defer("cells").select_related("reconciliation")


def _is_about(line: ReconciliationLine) -> Q:
    """Matches lines about the payment. A refund may have a GUID of its own with the payment's
    reference. One that names neither is about any earlier payment of the account and the amount,
    until it is linked. A declined attempt has the reference of the payment that came after it."""
    same_guid = Q(payment_guid=line.payment_guid)
    returned = Q(reason__in=TAKEN_BACK)
    same_reference = returned & Q(reference=line.reference) if line.reference else Q(pk=None)
    of_account = Q(number_key=line.number_key, amount__in=[line.amount, -(line.amount or 0)])
    later = Q(paid_at=None) | Q(paid_at__gte=_day_of(line))
    nameless = Q(payment=None, payment_guid=None, reference="")
    return same_guid | same_reference | (returned & nameless & of_account & later)


def _day_of(line: ReconciliationLine) -> datetime:
    """Returns the beginning of the day, because a list may have days without times."""
    paid_at = timezone.localtime(line.paid_at, line.reconciliation.biller.zone)
    return paid_at.replace(hour=0, minute=0, second=0, microsecond=0)


def has_doubtful_lines(line: ReconciliationLine) -> bool:
    """Whether its payment has other uncertain lines in the list, so that its amount is uncertain
    too. Repeated lines don't count."""
    same = line.reconciliation.lines.filter(payment_guid=line.payment_guid).exclude(pk=line.pk)
    doubtful = same.filter(outcome__in=[Outcome.AMBIGUOUS, Outcome.UNREADABLE])
    return bool(doubtful.exclude(reason=Reason.REPEATED, amount=line.amount).exists())
