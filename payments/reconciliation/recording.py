"""Recording a reversal from a line without a certain payment: staff choose the payment."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import chain

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from payments.models import Payment, Reversal
from payments.models.payment import PaymentQuerySet
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from payments.models.reversal_kind import ReversalKind
from payments.reconciliation.resolution import (
    NotResolved,
    check_matched,
    check_seen,
    write_resolution,
)
from payments.reconciliation.returns import evidence_of
from payments.reversals.services import NotReversed, Part, reverse

logger = logging.getLogger(__name__)
Outcome, Kind = ReconciliationLine.Outcome, Resolution.Kind
MOST_CANDIDATES = 10


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A staff user's decision: which payment, what happened, and how much went back.

    fee: None if it was kept.
    """

    payment: Payment
    kind: str
    amount: Decimal
    fee: Decimal | None
    note: str


def may_be_a_reversal(line: ReconciliationLine) -> bool:
    """Whether the line says that money went back, but not certainly of which payment, or whether
    that is already recorded."""
    is_uncertain = line.outcome == Outcome.AMBIGUOUS and bool(line.kind)
    return line.outcome == Outcome.RETURNED or is_uncertain


def candidates(line: ReconciliationLine) -> list[Payment]:
    """Returns the payments that the line may reverse, the likeliest first."""
    if not may_be_a_reversal(line):
        return []
    found = [line.payment] if line.payment else []
    others = chain(found, _by_reference(line), _by_account(line))
    by_key = {payment.pk: payment for payment in others}
    return [each for each in by_key.values() if each.net_total][:MOST_CANDIDATES]


def _payments(line: ReconciliationLine) -> PaymentQuerySet:
    own = Payment.objects.filter(biller=line.reconciliation.biller_id)
    found: PaymentQuerySet = own.select_related("account").with_net().order_by("-paid_at", "-pk")
    return found


def _by_reference(line: ReconciliationLine) -> list[Payment]:
    if not line.reference:
        return []
    return list(_payments(line).filter(checkout__biller_reference=line.reference))


def _by_account(line: ReconciliationLine) -> list[Payment]:
    """Returns earlier payments of the account, those with the same amount first."""
    if not line.number_key or line.payment:
        return []
    until = line.paid_at or timezone.now()
    end = until + timedelta(days=1)
    payments = _payments(line).filter(account__number_key=line.number_key, paid_at__lt=end)
    found = list(payments[: MOST_CANDIDATES * 2])
    amount = abs(line.amount or 0)
    return sorted(found, key=lambda payment: payment.amount != amount)


def record_reversal(
    line: ReconciliationLine, choice: Choice, *, by: StaffUser, seen: int | None
) -> Reversal:
    """Records what the line says about the payment that the staff user chose.

    seen: the key of the line's latest resolution when the page was opened. Raises NotResolved.
    """
    if choice.payment not in candidates(line):
        raise NotResolved(_("This decision isn't available for this line."))
    part = Part(
        amount=choice.amount,
        fee=choice.fee,
        invoice_number=_invoice(line, choice.payment),
    )
    evidence = evidence_of(line, by=by, note=choice.note)
    try:
        with transaction.atomic():
            check_matched(line)
            check_seen(Resolution.objects.filter(line=line), seen)
            made = reverse(choice.payment, ReversalKind(choice.kind), evidence, part)
            write_resolution(line, kind=Kind.RECORDED, note=choice.note, by=by)
    except NotReversed as error:
        raise NotResolved(error.message) from None
    extra = {"payment": choice.payment.pk, "biller": line.reconciliation.biller.slug}
    logger.info("reversal recorded from a list", extra=extra)
    return made


def _invoice(line: ReconciliationLine, payment: Payment) -> str:
    """Returns the line's invoice, if the chosen payment has it."""
    numbers = {each.invoice_number for each in payment.lines.all()}
    return line.invoice_number if line.invoice_number in numbers else ""
