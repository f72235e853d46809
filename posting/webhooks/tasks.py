"""Sends a payment right after it was recorded. `manage.py send_webhooks` sends the rest."""

import logging
import time
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_tasks import task

from icsso.billers.hosts.kept import Kept
from payments.models import PaymentLine, Reversal
from posting.models import WebhookEndpoint
from posting.webhooks.services import add_and_send

logger = logging.getLogger(__name__)
SECONDS = 20.0  # of a worker that also has emails to send
LOST_AFTER = timedelta(minutes=5)  # after which a queued task is considered lost


def after_line(instance: PaymentLine | Reversal, created: bool, **_: Any) -> None:
    """Receives `post_save` of lines and reversals. Never raises: a recorded payment must not look
    like a failed one."""
    if created:
        biller = instance.payment.biller_id
        transaction.on_commit(partial(enqueue, biller), robust=True)


def enqueue(biller: int) -> None:
    """Queues at most one task for each biller, however many lines are recorded before it runs: it
    sends them all. biller: its primary key."""
    if not _have_endpoints.of(biller, _has_endpoint):
        return
    now = timezone.now()
    free = Q(queued_at=None) | Q(queued_at__lt=now - LOST_AFTER)
    if _healthy(biller).filter(free).update(queued_at=now):
        send_soon.enqueue(biller)


def _has_endpoint(biller: int) -> bool:
    return WebhookEndpoint.objects.filter(biller=biller).exists()


# Most billers have none, and each payment checks this. For a new endpoint, lines recorded in the
# first seconds are sent by `manage.py send_webhooks`.
_have_endpoints: Kept[int, bool] = Kept("posting.WebhookEndpoint")


@task()
def send_soon(biller: int) -> None:
    """Skips endpoints that fail, because a worker must not wait for them."""
    until = time.monotonic() + SECONDS
    # Cleared first, so that anything recorded from now on gets a task of its own.
    WebhookEndpoint.objects.filter(biller=biller).update(queued_at=None)
    for endpoint in list(_healthy(biller).order_by("pk").values_list("pk", flat=True)):
        add_and_send(endpoint, until=until)


def _healthy(biller: int) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(biller=biller, is_active=True, failures=0)
