"""Recording the reversals that a list certainly reports, each event once.

Two lists may overlap, so an event that is known from another list, a staff user, or a postback is
recognized. What cannot be told apart from a recorded event stays uncertain, for staff to decide.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from payments.models import Payment, Reversal
from payments.models.reconciliation import ClaimLost, Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine
from payments.models.reversal_kind import ReversalKind
from payments.reversals.services import Evidence, NotReversed, Part, lock, reinstate, reverse

FoundBy, Outcome = ReconciliationLine.FoundBy, ReconciliationLine.Outcome
Reason, Source = ReconciliationLine.Reason, Reversal.Source
LINES_AT_ONCE = 200


class Decision(NamedTuple):
    """The outcome for a line. known_as: the reversal that was recorded from another source."""

    outcome: str
    reason: str = ""
    known_as: Reversal | None = None


def record_returns(reconciliation: Reconciliation) -> None:
    """Records what lines with a known PaymentGUID report. Safe to repeat: a line whose event it
    recorded keeps it. Raises ClaimLost."""
    certain = _certain(reconciliation).select_related("payment__account").defer("cells")
    last = 0
    while batch := list(certain.filter(number__gt=last)[:LINES_AT_ONCE]):
        for line in batch:
            _decide(line, reconciliation)
        last = batch[-1].number or 0
        reconciliation.renew()


def mark_net_differences(reconciliation: Reconciliation) -> None:
    """Compares net amounts: a payment that the list shows as paid, but that was reversed here
    without any list reporting it, is different."""
    lists = Reconciliation.objects.in_force().filter(biller=reconciliation.biller_id)
    confirmed = ReconciliationLine.objects.filter(
        payment=OuterRef("payment"), outcome=Outcome.REVERSED, reconciliation__in=lists
    )
    days = Q(happened_at__gte=reconciliation.begin, happened_at__lt=reconciliation.end)
    reversals = Reversal.objects.in_effect().filter(payment=OuterRef("payment"))
    unknown_there = reversals.filter(Q(kind=ReversalKind.WITHDRAWN) | days)
    matched = reconciliation.lines.filter(outcome=Outcome.MATCHED)
    only_here = matched.filter(Exists(unknown_there), ~Exists(confirmed))
    only_here.update(outcome=Outcome.DIFFERENT, reason=Reason.NET)


def _certain(reconciliation: Reconciliation) -> LineQuerySet:
    """Returns the lines that reverse a payment of ours that is known for certain."""
    lines = reconciliation.lines.filter(outcome=Outcome.RETURNED, found_by=FoundBy.GUID)
    certain: LineQuerySet = lines.exclude(kind="").exclude(payment=None).order_by("number")
    return certain


def unconfirmed(reconciliation: Reconciliation) -> LineQuerySet:
    """Returns the lines that are recorded once somebody confirms what the list contains, because
    they do not themselves say that money went back."""
    waiting = _certain(reconciliation).filter(reason=Reason.REPORT, resolutions=None)
    takes_something = Q(amount__gt=0) | Q(amount=0, fee__gt=0)
    nonzero: LineQuerySet = waiting.filter(takes_something)
    return nonzero


@transaction.atomic
def take_back(reversal: Reversal, *, by: StaffUser) -> None:
    """Takes back what a withdrawn list recorded. If another list reports the same event, it is
    recorded from that one. Raises NotReversed."""
    lines = ReconciliationLine.objects.filter(known_as=reversal, outcome=Outcome.REVERSED)
    lists = Reconciliation.objects.in_force().filter(pk__in=lines.values("reconciliation"))
    # Before the payment's lock, as in `_decide`. Lines that are matched at the same time stay
    # uncertain.
    locked = list(lists.select_for_update(no_key=True).order_by("pk"))
    known = list(lines.filter(reconciliation__in=locked).order_by("pk"))
    evidence = Evidence(
        source=Source.STAFF,
        by=by,
        happened_at=timezone.now(),
        note=_("The list it was recorded from was withdrawn."),
    )
    reinstate(reversal, evidence)
    for line in known:
        decide(line, reversal.payment)


@transaction.atomic
def _decide(line: ReconciliationLine, reconciliation: Reconciliation) -> None:
    """Saves the outcome of the line, with the reversal if there is one. Raises ClaimLost."""
    _keep_claim(reconciliation)
    assert line.payment  # noqa: S101  (chosen by the query)
    decide(line, line.payment)


def decide(line: ReconciliationLine, payment: Payment) -> None:
    """Saves the outcome of a line that is certainly about this payment, with the reversal if there
    is one. Its list must be locked."""
    line.payment, line.found_by = payment, FoundBy.GUID
    line.outcome, line.reason, line.known_as = _outcome(line, lock(payment), line.reconciliation)
    line.save(update_fields=["payment", "found_by", "outcome", "reason", "known_as"])


def _keep_claim(reconciliation: Reconciliation) -> None:
    """Locks the list, so that it cannot be withdrawn at the same time. Raises ClaimLost."""
    lists = Reconciliation.objects.in_force().select_for_update(no_key=True)
    held = lists.filter(pk=reconciliation.pk, began_at=reconciliation.began_at)
    if not list(held.values_list("pk", flat=True)):
        raise ClaimLost


def _outcome(
    line: ReconciliationLine, payment: Payment, reconciliation: Reconciliation
) -> Decision:
    if Reversal.objects.filter(list_line=line).exists():
        return Decision(Outcome.REVERSED)
    if doubt := _doubt(line, payment):
        return Decision(Outcome.AMBIGUOUS, doubt)
    if line.amount is None or not (line.amount or line.fee):
        return Decision(Outcome.RETURNED, line.reason)
    return _recorded_before(line, payment, reconciliation) or _recorded(
        line, payment, reconciliation
    )


def _recorded(
    line: ReconciliationLine, payment: Payment, reconciliation: Reconciliation
) -> Decision:
    """Records a new event, unless it has to be confirmed first."""
    if _needs_confirmation(line, reconciliation):
        return Decision(Outcome.RETURNED, Reason.REPORT)
    try:
        reverse(payment, ReversalKind(line.kind), evidence_of(line), part_of(line))
    except NotReversed:
        return Decision(Outcome.AMBIGUOUS, Reason.TOO_MUCH)
    return Decision(Outcome.REVERSED)


def _needs_confirmation(line: ReconciliationLine, reconciliation: Reconciliation) -> bool:
    """Whether the line is a return only because of what the list is declared to contain. If it was
    known from another source, it no longer shows which."""
    if reconciliation.report == Reconciliation.Report.PAYMENTS or reconciliation.confirmed_by_id:
        return False
    is_positive = (line.amount or line.fee or 0) > 0
    return line.reason in {Reason.REPORT, Reason.ALREADY} and is_positive


def _doubt(line: ReconciliationLine, payment: Payment) -> str:
    """Returns why it is not certain that the line reverses the payment."""
    if line.number_key != payment.account.number_key:
        return Reason.OTHER_ACCOUNT
    return Reason.PAYMENT if _may_be_the_payment(line, payment) else ""


def _may_be_the_payment(line: ReconciliationLine, payment: Payment) -> bool:
    """Whether a line contradicts its list, which is declared to contain only returns: it says that
    it was approved, or has the payment's own amount and day."""
    if line.reason != Reason.REPORT:
        return False
    if line.says_approved:
        return True
    zone = payment.biller.zone
    is_same_day = line.paid_at and (
        line.paid_at.astimezone(zone).date() == payment.paid_at.astimezone(zone).date()
    )
    amounts = {each.amount for each in payment.lines.all()} | {payment.amount}
    return bool(is_same_day) and line.amount in amounts


def evidence_of(
    line: ReconciliationLine, *, by: StaffUser | None = None, note: str = ""
) -> Evidence:
    """Returns the evidence for an event of the list. A line may have no date."""
    reconciliation = line.reconciliation
    return Evidence(
        source=Source.LIST,
        by=by or reconciliation.confirmed_by or reconciliation.uploaded_by,
        happened_at=line.paid_at or reconciliation.uploaded_at,
        note=note,
        list_line=line,
    )


def amount_of(line: ReconciliationLine) -> Decimal:
    """Returns how much the line takes back, without its sign."""
    return abs(line.amount) if line.amount else Decimal(0)


def part_of(line: ReconciliationLine) -> Part:
    return Part(
        amount=amount_of(line),
        fee=None if line.fee is None else abs(line.fee),
        invoice_number=line.invoice_number,
    )


def _recorded_before(
    line: ReconciliationLine, payment: Payment, reconciliation: Reconciliation
) -> Decision | None:
    """Returns None if the event is new."""
    alike = [each for each in _earlier(payment) if _takes_as_much(each, line)]
    own = [each for each in alike if _is_of(each, reconciliation)]
    if any(_is_repeated(each, line) for each in own):
        return Decision(Outcome.AMBIGUOUS, Reason.REPEATED)
    others = [each for each in alike if each not in own]
    if same := [each for each in others if _is_same(each, line)]:
        return _known_as(same, line, reconciliation)
    if not others:
        return None
    part = part_of(line)
    is_left = payment.net_amount >= part.amount
    if not part.amount:
        is_left = payment.net_fee >= (part.fee or Decimal(0))
    standing = [each for each in others if each.is_in_effect]
    if standing and not is_left:
        return _known_as(standing, line, reconciliation)
    return Decision(Outcome.AMBIGUOUS, Reason.EVENT)


def _known_as(
    same: Sequence[Reversal], line: ReconciliationLine, reconciliation: Reconciliation
) -> Decision:
    """Returns the reversals that may be this event. Each line of a list is an event of its own, so
    two lines are never the same reversal."""
    lines = reconciliation.lines.exclude(pk=line.pk).filter(known_as__in=same)
    taken = set(lines.values_list("known_as", flat=True))
    free = [each for each in same if each.pk not in taken]
    if not free:
        return Decision(Outcome.AMBIGUOUS, Reason.REPEATED)
    return Decision(Outcome.REVERSED, Reason.ALREADY, free[0])


def _earlier(payment: Payment) -> Iterable[Reversal]:
    """Returns what was recorded so far, including what was taken back since, except from lists that
    were withdrawn."""
    reversals = payment.reversals.exclude(kind__in=[ReversalKind.REINSTATED])
    in_force = reversals.filter(list_line__reconciliation__withdrawn_at=None)
    related = in_force.select_related("list_line", "reinstatement")
    return related.prefetch_related("lines")


def _is_of(reversal: Reversal, reconciliation: Reconciliation) -> bool:
    line = reversal.list_line
    return line is not None and line.reconciliation_id == reconciliation.pk


def _takes_as_much(reversal: Reversal, line: ReconciliationLine) -> bool:
    """Compares the amounts, and the fee only if nothing else went back: lists may omit it."""
    amount = amount_of(line)
    is_alike = amount == -reversal.amount
    return is_alike and (bool(amount) or (part_of(line).fee or Decimal(0)) == -reversal.fee)


def _is_same(reversal: Reversal, line: ReconciliationLine) -> bool:
    """Whether nothing tells the two events apart: the same time, and no other invoice."""
    return reversal.happened_at == line.paid_at and _may_be_of_one_invoice(reversal, line)


def _is_repeated(reversal: Reversal, line: ReconciliationLine) -> bool:
    """Whether it equals an earlier line of its list. Both may lack a date."""
    earlier = reversal.list_line
    is_at_once = earlier is not None and earlier.paid_at == line.paid_at
    return is_at_once and _may_be_of_one_invoice(reversal, line)


def _may_be_of_one_invoice(reversal: Reversal, line: ReconciliationLine) -> bool:
    earlier = reversal.list_line.invoice_number if reversal.list_line else ""
    return len({line.invoice_number, earlier} - {""}) <= 1
