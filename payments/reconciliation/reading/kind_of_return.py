"""What a line certainly says became of its payment."""

from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.models.reversal_kind import ReversalKind
from payments.reconciliation.reading.no_payment import Said, texts_about
from payments.reversals.kinds import is_uncertain, kind_in, words_of
from payments.reversals.status_words import ACH, UNPAID

Reason, Report = ReconciliationLine.Reason, Reconciliation.Report
# If a line names several, the first one here applies.
ORDER = (
    ReversalKind.CHARGEBACK,
    ReversalKind.RETURNED,
    ReversalKind.REFUNDED,
    ReversalKind.VOIDED,
)


def kind_of_return(said: Said, *, stated: str, why: str, report: str) -> str:
    """Returns a `ReversalKind`, or "" if it is not certain that money went back.

    stated: the reason (`Reason`) that the words of the line give for being no payment; why: the
    reason that applies, which may also be its amount or its report.
    """
    if stated == Reason.STATUS and report == Report.PAYMENTS:
        return ""
    texts = texts_about(said, stated or why)
    if any(map(is_uncertain, texts)) or any(map(_is_refused, texts)):
        return ""
    kinds = {kind_in(text) for text in texts}
    for kind in ORDER:
        if kind in kinds:
            return kind
    return "" if stated == Reason.UNPAID else _usual_kind(said, report)


def _is_refused(text: str) -> bool:
    """Whether the line says that its subject was declined: a refund can be declined too."""
    return kind_in(text) is None and bool(words_of(text) & UNPAID)


def _usual_kind(said: Said, report: str) -> ReversalKind:
    """Returns the kind for a line that only has a negative amount, or is in such a report."""
    if report == Report.CHARGEBACKS:
        return ReversalKind.CHARGEBACK
    is_bank = report == Report.RETURNS and bool(words_of(f"{said.type} {said.method}") & ACH)
    return ReversalKind.RETURNED if is_bank else ReversalKind.REFUNDED
