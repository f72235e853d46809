"""Matching a list with our payments: by PaymentGUID, biller reference, or account and amount.
A step for all lines is one statement; the rest runs in batches.

One rule always holds: what a line contains decides. A PaymentGUID that none of our payments has is
a different payment, however similar the rest is.
"""

import logging
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Abs
from django_tasks import task

from payments.models import Checkout, Payment, PaymentLine
from payments.models.reconciliation import ClaimLost, Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine
from payments.reconciliation.declined import mark_declined
from payments.reconciliation.linking import (
    NO_PAYMENTS,
    first,
    is_of_several_accounts,
    likeliest,
    link_returns,
    link_unreadable,
)
from payments.reconciliation.matching_by_account import find_by_account
from payments.reconciliation.reading.parsing import Reader
from payments.reconciliation.returns import mark_net_differences, record_returns

logger = logging.getLogger(__name__)
FoundBy, Outcome = ReconciliationLine.FoundBy, ReconciliationLine.Outcome
Reason = ReconciliationLine.Reason
LINES_AT_ONCE = 1000
LESS_THAN_A_CENT = Decimal("0.005")  # SQLite sums in floating point
TEXTS = ("reason", "found_by", "reference", "account_number", "invoice_number", "method", "kind")
UNKNOWN = ("payment_guid", "amount", "fee", "paid_at", "payment", "known_as", "checkout")
UNREAD: dict[str, Any] = {
    "outcome": Outcome.UNMATCHED,
    "says_approved": False,
    **dict.fromkeys(TEXTS, ""),
    **dict.fromkeys(UNKNOWN),
}


@task()
def match_in_background(pk: int) -> None:
    match(Reconciliation.objects.select_related("biller").get(pk=pk))


def match(reconciliation: Reconciliation) -> None:
    """Matches from the beginning, no matter how far an earlier run got; recorded reversals stay.
    Does nothing while another worker has the list, or once a line has a resolution. Days are the
    biller's."""
    if not reconciliation.claim():
        return
    try:
        with reconciliation.biller.in_zone():
            for step in STEPS:
                reconciliation.renew()
                step(reconciliation)
        reconciliation.finish()
    except ClaimLost:
        logger.warning(
            "matching stopped: claimed by another worker",
            extra={"reconciliation": reconciliation.pk},
        )


def _forget_missing_there(reconciliation: Reconciliation) -> None:
    reconciliation.lines.filter(number=None).delete()


def _read(reconciliation: Reconciliation) -> None:
    last, reader = 0, Reader(reconciliation, reconciliation.columns)
    lines = reconciliation.lines.order_by("number")
    while batch := list(lines.filter(number__gt=last)[:LINES_AT_ONCE]):
        for line in batch:
            _set_facts(line, reader)
        ReconciliationLine.objects.bulk_create(  # all rows exist, so an update is fastest
            batch,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=[*UNREAD, "number_key"],
        )
        last = batch[-1].number or 0
        reconciliation.renew()


def _set_facts(line: ReconciliationLine, reader: Reader) -> None:
    for name, value in (UNREAD | reader.read(line.cells)).items():
        setattr(line, name, value)


def _find_checkouts(reconciliation: Reconciliation) -> None:
    ours = Checkout.objects.filter(
        biller=reconciliation.biller_id, biller_reference=OuterRef("reference")
    )
    lines = reconciliation.lines.unmatched().exclude(reference="")
    lines.update(checkout=first(ours))


def _mark_several_accounts(reconciliation: Reconciliation) -> None:
    """Marks lines of several accounts as uncertain, because it is not known who paid what, unless
    ours are to be paid at once. With a PaymentGUID that is not known here, each line is missing by
    itself."""
    lines = reconciliation.lines.unmatched().filter(~is_of_several_accounts(), reason="")
    others = _payments_of_list().filter(payment_guid=OuterRef("payment_guid"))
    known = Payment.objects.filter(
        biller=reconciliation.biller_id, payment_guid=OuterRef("payment_guid")
    )
    named = lines.exclude(payment_guid=None).filter(Exists(known))
    named.filter(Exists(_of_other_account(others))).update(reason=Reason.ACCOUNTS)
    others = _nameless().filter(checkout=OuterRef("checkout"))
    of_checkouts = lines.filter(payment_guid=None).exclude(checkout=None)
    of_checkouts.filter(Exists(_of_other_account(others))).update(reason=Reason.ACCOUNTS)


def _of_other_account(lines: LineQuerySet) -> LineQuerySet:
    known: LineQuerySet = lines.exclude(number_key="")
    return known.exclude(number_key=OuterRef("number_key"))


def _nameless() -> LineQuerySet:
    """Returns the payments of the outer line's list without a GUID.

    The sum keeps the database from using the list's index: a list may have many lines without a
    GUID, but a checkout has few.
    """
    every = ReconciliationLine.objects.annotate(list=F("reconciliation_id") + 0)
    nameless = every.filter(list=OuterRef("reconciliation_id"), payment_guid=None)
    return nameless.exclude(outcome__in=NO_PAYMENTS)


def _payments_of_list() -> LineQuerySet:
    """Returns the lines of the outer line's list, without those that are no payments. The condition
    is written so that the database does not look for them by outcome."""
    of_list = ReconciliationLine.objects.filter(reconciliation=OuterRef("reconciliation"))
    return of_list.exclude(outcome__in=NO_PAYMENTS)


def _mark_repeated(reconciliation: Reconciliation) -> None:
    """Marks repeated lines. Lines with the same payment are its invoices; with the same invoice
    too, they are repeats. It is not known whether that applies to several accounts, or to lines
    that may be no payment."""
    lines = reconciliation.lines.unmatched().filter(reason="")
    _mark_later(lines.exclude(payment_guid=None), among=_payments_of_list(), key="payment_guid")
    of_checkouts = lines.filter(payment_guid=None).exclude(checkout=None)
    _mark_later(of_checkouts, among=_nameless(), key="checkout")


def _mark_later(lines: LineQuerySet, *, among: LineQuerySet, key: str) -> None:
    facts = (key, "invoice_number", "number_key")
    same = among.filter(**{name: OuterRef(name) for name in facts})
    first = same.order_by().values(key).annotate(first=Min("number")).values("first")
    later = lines.annotate(first=Subquery(first)).filter(number__gt=F("first"))
    later.update(outcome=Outcome.AMBIGUOUS, reason=Reason.REPEATED)


def _find_by_guid(reconciliation: Reconciliation) -> None:
    same = Payment.objects.filter(
        biller=reconciliation.biller_id, payment_guid=OuterRef("payment_guid")
    )
    named = reconciliation.lines.unmatched().exclude(payment_guid=None)
    _find(named, same, FoundBy.GUID)


def _find_by_reference(reconciliation: Reconciliation) -> None:
    named = reconciliation.lines.unmatched().filter(payment_guid=None).exclude(checkout=None)
    _find(named, Payment.objects.filter(checkout=OuterRef("checkout")), FoundBy.REFERENCE)
    by_guid = reconciliation.lines.filter(payment=OuterRef("payment"), found_by=FoundBy.GUID)
    twice = named.filter(Exists(by_guid))
    twice.update(payment=None, outcome=Outcome.AMBIGUOUS, reason=Reason.TAKEN)


def _find(
    named: LineQuerySet, same: QuerySet[Payment], found_by: ReconciliationLine.FoundBy
) -> None:
    """Finds the payments. With several accounts, each line is about its own."""
    of_several = is_of_several_accounts()
    own = same.filter(account__number_key=OuterRef("number_key"))
    named.filter(of_several).update(payment=first(own), found_by=found_by)
    named.filter(~of_several).update(payment=likeliest(same), found_by=found_by)
    named.filter(payment=None).update(found_by="")


def _mark_uncertain(reconciliation: Reconciliation) -> None:
    """Marks these lines as uncertain, whatever payment they name."""
    doubtful = reconciliation.lines.unmatched().exclude(reason="")
    doubtful.update(outcome=Outcome.AMBIGUOUS)


def _compare(reconciliation: Reconciliation) -> None:
    """Compares the sum of a payment's lines with the payment. Account numbers are compared by
    their normal form."""
    found = reconciliation.lines.unmatched().exclude(payment=None)
    other = found.exclude(number_key=F("payment__account__number_key"))
    other.update(outcome=Outcome.AMBIGUOUS, reason=Reason.OTHER_ACCOUNT)
    _compare_zeros(found, reconciliation)
    same_amount = _differing(found, "amount").filter(differs__lt=LESS_THAN_A_CENT)
    other_fee = _differing(found, "fee").filter(differs__gte=LESS_THAN_A_CENT)
    other_fee.update(outcome=Outcome.DIFFERENT)
    same_amount.update(outcome=Outcome.MATCHED)
    found.update(outcome=Outcome.DIFFERENT)


def _compare_zeros(found: LineQuerySet, reconciliation: Reconciliation) -> None:
    """Compares the numbers exactly where several accounts differ only in leading zeros."""
    accounts = reconciliation.biller.accounts
    alike = accounts.exclude(pk=OuterRef("payment__account"))
    doubtful = found.filter(Exists(alike.filter(number_key=OuterRef("number_key"))))
    rows = doubtful.values_list("pk", "account_number", "payment__account")
    rows_left = rows.iterator(LINES_AT_ONCE)
    while some := list(islice(rows_left, LINES_AT_ONCE)):
        named = accounts.for_numbers({number for _pk, number, _account in some})
        other = [pk for pk, number, account in some if _is_other(named.get(number), account)]
        reconciliation.lines.filter(pk__in=other).update(
            outcome=Outcome.AMBIGUOUS, reason=Reason.OTHER_ACCOUNT
        )


def _is_other(named: Any, account: int) -> bool:
    return named is not None and named.pk != account


def _differing(found: LineQuerySet, name: str) -> Any:
    """Annotates `differs`: null, which is neither less nor more, if the list has no fee."""
    lines = ReconciliationLine.objects.filter(
        **{name: OuterRef(name) for name in ("reconciliation", "payment", "number_key")}
    )
    ours = PaymentLine.objects.filter(payment=OuterRef("payment"))
    there = lines.order_by().values("payment").annotate(total=Sum(name)).values("total")
    here = ours.order_by().values("payment").annotate(total=Sum(name)).values("total")
    return found.annotate(differs=Abs(Subquery(there) - Subquery(here)))


def _mark_missing_here(reconciliation: Reconciliation) -> None:
    reconciliation.lines.unmatched().update(outcome=Outcome.MISSING_HERE)


def _add_missing_there(reconciliation: Reconciliation) -> None:
    """Adds a line for each of our payments of these days that is missing from the list, with what
    is left of it: nothing is missing if it was reversed."""
    if reconciliation.report != Reconciliation.Report.PAYMENTS:
        return
    payments = Payment.objects.filter(
        ~Exists(reconciliation.lines.filter(payment=OuterRef("pk"))),
        biller=reconciliation.biller_id,
        paid_at__gte=reconciliation.begin,
        paid_at__lt=reconciliation.end,
    ).select_related("account", "checkout")
    by_key = payments.with_net().order_by("pk")
    last = 0
    while batch := list(by_key.filter(pk__gt=last)[:LINES_AT_ONCE]):
        ReconciliationLine.objects.bulk_create(
            ReconciliationLine(
                reconciliation=reconciliation,
                outcome=Outcome.MISSING_THERE,
                payment=payment,
                payment_guid=payment.payment_guid,
                reference=payment.checkout.biller_reference if payment.checkout else "",
                account_number=payment.account.account_number,
                amount=payment.net_amount,
                fee=payment.net_fee,
                paid_at=payment.paid_at,
                method=payment.method,
            )
            for payment in batch
            if not payment.is_reversed
        )
        last = batch[-1].pk
        reconciliation.renew()


STEPS = (
    _forget_missing_there,
    _read,
    _find_checkouts,
    _mark_several_accounts,
    _mark_repeated,
    _find_by_guid,
    _find_by_reference,
    link_unreadable,
    _mark_uncertain,
    find_by_account,
    _compare,
    link_returns,
    record_returns,
    mark_net_differences,
    mark_declined,
    _mark_missing_here,
    _add_missing_there,
)
