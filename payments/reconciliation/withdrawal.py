"""Withdrawing a list that was uploaded by mistake, as long as nothing was resolved from it."""

import logging

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from accounts.models import StaffUser
from payments.models import Reversal
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine, Resolution
from payments.models.reversal import ReversalQuerySet
from payments.reconciliation.returns import take_back
from payments.reversals.services import NotReversed

logger = logging.getLogger(__name__)
AT_ONCE = 200  # reversals


class NotWithdrawn(Exception):
    """Lines of the list are resolved, or it was withdrawn before. Nothing was changed."""


def resolved_lines(reconciliation: Reconciliation) -> LineQuerySet:
    """Returns the lines that keep the list from being withdrawn; reversals don't."""
    lines = ReconciliationLine.objects.filter(reconciliation=reconciliation)
    recorded = Resolution.objects.filter(kind=Resolution.Kind.RECORDED).values("line")
    resolved: LineQuerySet = lines.resolved().exclude(pk__in=recorded).order_by("number", "pk")
    return resolved


def reversals_of(reconciliation: Reconciliation) -> ReversalQuerySet:
    """Returns the reversals that withdrawing the list takes back, or has yet to take back."""
    made = Reversal.objects.in_effect().filter(list_line__reconciliation=reconciliation)
    left: ReversalQuerySet = made.order_by("pk")
    return left


def withdraw(reconciliation: Reconciliation, *, by: StaffUser) -> None:
    """Marks the list withdrawn: it counts nowhere from then on, and the same file can be uploaded
    again. Its lines stay with their notes, and the reversals recorded from it are taken back in
    the background, each by a second record. Raises NotWithdrawn."""
    with transaction.atomic():
        # The lock of `resolution`: anyone resolving a line now waits, or is done.
        lists = Reconciliation.objects.select_for_update(no_key=True)
        locked = lists.get(pk=reconciliation.pk)
        if locked.withdrawn_at or resolved_lines(locked).exists():
            raise NotWithdrawn
        locked.withdrawn_at, locked.withdrawn_by = timezone.now(), by
        locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    extra = {"reconciliation": locked.pk, "biller": locked.biller.slug}
    logger.info("list withdrawn", extra=extra)
    take_back_in_background.enqueue(locked.pk)


@task()
def take_back_in_background(pk: int) -> None:
    take_back_reversals(Reconciliation.objects.select_related("withdrawn_by").get(pk=pk))


def take_back_reversals(reconciliation: Reconciliation) -> None:
    """Takes back what a withdrawn list recorded, each in a transaction of its own. After an
    interruption, or in a second process, it continues with the rest."""
    by = reconciliation.withdrawn_by
    assert by  # noqa: S101  (it is withdrawn)
    made, last = reversals_of(reconciliation).select_related("payment"), 0
    while batch := list(made.filter(pk__gt=last)[:AT_ONCE]):
        for reversal in batch:
            try:
                take_back(reversal, by=by)
            except NotReversed:
                logger.info("reversal was taken back already", extra={"reversal": reversal.pk})
        last = batch[-1].pk


def take_up_withdrawals() -> None:
    """Continues with withdrawn lists that have had reversals left to take back for a long time."""
    since = timezone.now() - Reconciliation.CLAIM_TIMEOUT
    left = Reversal.objects.in_effect().filter(list_line__reconciliation__withdrawn_at__lt=since)
    of_lists = left.values("list_line__reconciliation")
    for pk in Reconciliation.objects.filter(pk__in=of_lists).values_list("pk", flat=True):
        take_back_in_background.enqueue(pk)
