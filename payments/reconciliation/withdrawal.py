"""Withdrawing a list that was uploaded by mistake, while nothing was settled from it."""

import logging

from django.db import transaction
from django.utils import timezone

from accounts.models import StaffUser
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine

logger = logging.getLogger(__name__)


class NotWithdrawn(Exception):
    """Lines of the list are settled, or it was withdrawn before. Nothing was changed."""


def settled_lines(reconciliation: Reconciliation) -> LineQuerySet:
    lines = ReconciliationLine.objects.filter(reconciliation=reconciliation)
    settled: LineQuerySet = lines.settled().order_by("number", "pk")
    return settled


def withdraw(reconciliation: Reconciliation, *, by: StaffUser) -> None:
    """Marks the list withdrawn: it counts nowhere from then on, and the same file can be uploaded
    again. Its lines stay with their notes. Raises NotWithdrawn."""
    with transaction.atomic():
        # The lock of `resolution`: whoever settles a line now waits, or is done.
        lists = Reconciliation.objects.select_for_update(no_key=True)
        locked = lists.get(pk=reconciliation.pk)
        if locked.withdrawn_at or settled_lines(locked).exists():
            raise NotWithdrawn
        locked.withdrawn_at, locked.withdrawn_by = timezone.now(), by
        locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    extra = {"reconciliation": locked.pk, "biller": locked.biller.slug}
    logger.info("list withdrawn", extra=extra)
