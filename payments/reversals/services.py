"""Recording what became of a payment: the only module that creates reversals.

Each call is one event under the payment's lock. It never takes more than is left of each invoice,
and a reversal is taken back once, as a whole.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts import kept
from accounts.models import StaffUser
from payments.models import (
    Checkout,
    Payment,
    PaymentLine,
    Postback,
    ReconciliationLine,
    Reversal,
    ReversalLine,
)
from payments.models.reversal_kind import ReversalKind

logger = logging.getLogger(__name__)
Kind, Source = ReversalKind, Reversal.Source
ZERO = Decimal("0.00")

NOTHING_LEFT = _("Nothing of this payment is left to take back.")
TOO_MUCH = _("That is more than is left of this payment.")
NO_INVOICE = _("This payment has several invoices, and none has this invoice number.")
NOT_OURS = _("Only a payment that a staff user added or accepted can be withdrawn.")
TAKEN_BACK = _("This was already taken back.")
NO_REASON = _("Say why.")
KNOWN = _("This was already recorded.")


class NotReversed(Exception):
    """Nothing was saved; `message` says why."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How an event is known. by: the person who recorded it, decided about the postback, or
    uploaded the list."""

    source: Reversal.Source
    by: StaffUser
    happened_at: datetime
    note: str = ""
    postback: Postback | None = None
    list_line: ReconciliationLine | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """What goes back if it is not the whole payment.

    amount: dollars without the fee, zero if only the fee goes back. fee: None if not known; then no
    fee goes back, unless a void ends the payment. invoice_number: without one, the amount is taken
    from the invoices in their order.
    """

    amount: Decimal
    fee: Decimal | None = None
    invoice_number: str = ""


class Share(NamedTuple):
    """What an event takes from one invoice, or gives back: negative if taken."""

    line: PaymentLine
    amount: Decimal
    fee: Decimal


def reverse(
    payment: Payment, kind: ReversalKind, evidence: Evidence, part: Part | None = None
) -> Reversal:
    """Records that a payment was returned, refunded, voided, or charged back.

    part: None for all that is left, its fees included.
    Raises NotReversed.
    """
    with transaction.atomic():
        locked = lock(payment)
        lines = _lines_of(locked, part.invoice_number if part else "")
        if part is None or _ends_it(lines, kind, part):
            shares = _everything(lines)
        else:
            shares = _allocated(lines, amount=part.amount, fee=part.fee or ZERO)
        return _record(locked, kind, evidence, shares)


def withdraw(payment: Payment, *, by: StaffUser, note: str) -> Reversal:
    """Records that what a staff user added or accepted was no payment. Takes everything that is
    left of it. Raises NotReversed."""
    if not payment.can_be_withdrawn:
        raise NotReversed(NOT_OURS)
    if not note.strip():
        raise NotReversed(NO_REASON)
    evidence = Evidence(source=Source.STAFF, by=by, note=note, happened_at=timezone.now())
    with transaction.atomic():
        locked = lock(payment)
        return _record(locked, Kind.WITHDRAWN, evidence, _everything(_lines_of(locked)))


def reinstate(reversal: Reversal, evidence: Evidence) -> Reversal:
    """Takes a reversal back, for example because a dispute was won or it was recorded by mistake.
    Happens once per reversal. Raises NotReversed."""
    if reversal.kind == Kind.REINSTATED:
        raise NotReversed(TAKEN_BACK)
    with transaction.atomic():
        locked = lock(reversal.payment)
        taken: Iterable[ReversalLine] = reversal.lines.select_related("payment_line")
        shares = [Share(one.payment_line, -one.amount, -one.fee) for one in taken]
        ReconciliationLine.objects.all().reopen(reversal)
        return _record(locked, Kind.REINSTATED, evidence, shares, reinstates=reversal)


def lock(payment: Payment) -> Payment:
    """Returns the payment read again, inside a transaction. Allows one event at a time, with the
    lock of `postbacks.conclude`, which adds invoices, and the payment's own, because it may have no
    checkout."""
    if payment.checkout_id:
        Checkout.objects.select_for_update(no_key=True).get(pk=payment.checkout_id)
    rows = Payment.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("account", "biller").get(pk=payment.pk)


def _lines_of(payment: Payment, invoice_number: str = "") -> list[PaymentLine]:
    """Returns the invoices an event is about, in their order."""
    lines = list(payment.lines.prefetch_related("reversal_lines").order_by("pk"))
    if not invoice_number or len(lines) == 1:
        return lines
    named = [line for line in lines if line.invoice_number == invoice_number]
    if not named:
        raise NotReversed(NO_INVOICE)
    return named


def _ends_it(lines: Sequence[PaymentLine], kind: ReversalKind, part: Part) -> bool:
    """Whether it voids everything that is left. A voided payment never took place, fee included."""
    left = sum((line.net_amount for line in lines), ZERO)
    return kind == Kind.VOIDED and part.fee is None and part.amount == left


def _everything(lines: Iterable[PaymentLine]) -> list[Share]:
    return [Share(line, -line.net_amount, -line.net_fee) for line in lines]


def _allocated(lines: Sequence[PaymentLine], *, amount: Decimal, fee: Decimal) -> list[Share]:
    amounts = _split(amount, [line.net_amount for line in lines])
    fees = _split(fee, [line.net_fee for line in lines])
    return [Share(*each) for each in zip(lines, amounts, fees, strict=True)]


def _split(whole: Decimal, left: Sequence[Decimal]) -> list[Decimal]:
    """Returns what to take of each, in their order, as negative amounts. Raises NotReversed."""
    if whole < 0:
        raise NotReversed(TOO_MUCH)
    shares = []
    for each in left:
        taken = min(whole, each)
        whole -= taken
        shares.append(-taken)
    if whole:
        raise NotReversed(TOO_MUCH)
    return shares


def _record(
    payment: Payment,
    kind: ReversalKind,
    evidence: Evidence,
    shares: Sequence[Share],
    *,
    reinstates: Reversal | None = None,
) -> Reversal:
    counted = [share for share in shares if share.amount or share.fee]
    if not counted:
        raise NotReversed(NOTHING_LEFT)
    facts = {name: getattr(evidence, name) for name in evidence.__dataclass_fields__}
    try:
        with transaction.atomic():
            made: Reversal = Reversal.objects.create(
                payment=payment, kind=kind, reinstates=reinstates, **facts
            )
    except IntegrityError:  # its postback, its line, or the reversal it takes back has one
        raise NotReversed(TAKEN_BACK if reinstates else KNOWN) from None
    for share in counted:
        ReversalLine.objects.create(
            reversal=made, payment_line=share.line, amount=share.amount, fee=share.fee
        )
    # Robust: an unreachable cache must not make a recorded event look like a failed one.
    transaction.on_commit(lambda: kept.forget_paid(payment.account), robust=True)
    extra = {"payment": payment.pk, "biller": payment.biller.slug, "source": evidence.source}
    logger.info("payment %s", kind, extra=extra)
    return made
