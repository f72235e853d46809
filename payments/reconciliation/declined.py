"""Attempts that Invoice Cloud declined stay declined, whatever a list omits."""

from django.db.models import Exists, OuterRef

from payments.models import Payment, Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.postbacks.parsing import data_of

Outcome, Reason = ReconciliationLine.Outcome, ReconciliationLine.Reason
Verdict = Postback.Verdict
MOST = 50  # postbacks with one PaymentGUID that are read


def mark_declined(reconciliation: Reconciliation) -> None:
    """Marks lines about an attempt that a postback reported as declined, unless the line itself
    says that it was approved."""
    postbacks = Postback.objects.filter(
        checkout__biller=reconciliation.biller_id,
        payment_guid=OuterRef("payment_guid"),
        verdict=Verdict.DECLINED,
    )
    silent = reconciliation.lines.unmatched().exclude(payment_guid=None).filter(says_approved=False)
    attempts = silent.filter(Exists(postbacks))
    attempts.update(outcome=Outcome.AMBIGUOUS, reason=Reason.DECLINED)


def decline_of(line: ReconciliationLine) -> Postback | None:
    """Returns the last postback that declined the line's attempt, unless that was paid."""
    if line.payment_guid is None:
        return None
    biller = line.reconciliation.biller_id
    known = Payment.objects.filter(biller=biller, payment_guid=line.payment_guid)
    if known.filter(account__number_key=line.number_key).exists():
        return None
    named = Postback.objects.filter(checkout__biller=biller, payment_guid=line.payment_guid)
    told = named.filter(verdict__in=[Verdict.DECLINED, Verdict.REVIEW])
    latest = told.select_related("checkout__biller").order_by("-received_at", "-pk")[:MOST]
    return next((each for each in latest if data_of(each).is_declined()), None)
