"""Finds the lines that an endpoint has no delivery for, and adds one for each.

The database finds the lines without a delivery, so nothing depends on a signal, a task, or a
process that may have died. Only lines of the last day are checked again: by then, the transaction
that wrote a line has ended.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from payments.models import PaymentLine, ReversalLine
from posting.entries import payment_lines, reversal_lines
from posting.models import EventType, WebhookDelivery, WebhookEndpoint

BATCH = 1000
LONGEST_TRANSACTION = timedelta(days=1)  # far longer than any database keeps one open


def add_deliveries(endpoint: WebhookEndpoint) -> int:
    """Adds the missing deliveries. Safe to repeat at any time. Returns how many."""
    started = timezone.now()
    since = endpoint.starts_at
    if endpoint.swept_at:
        since = max(since, endpoint.swept_at - LONGEST_TRANSACTION)
    added = sum(_add(rows) for rows in _missing(endpoint, since=since))
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(swept_at=started)
    return added


def add_deliveries_between(endpoint: WebhookEndpoint, first: datetime, end: datetime) -> int:
    """Adds missing deliveries for lines recorded from `first` until before `end`, including lines
    from before the endpoint's start. Returns how many."""
    return sum(_add(rows) for rows in _missing(endpoint, since=first, end=end))


def _missing(
    endpoint: WebhookEndpoint, *, since: datetime, end: datetime | None = None
) -> Iterator[list[WebhookDelivery]]:
    wanted, biller = endpoint.event_types, endpoint.biller
    if EventType.RECEIVED in wanted:
        lines = payment_lines(biller, since=since)
        lines = lines.filter(recorded_at__lt=end) if end else lines
        for pks in _without_delivery(lines, "payment_line", endpoint):
            yield [
                WebhookDelivery(endpoint=endpoint, event=EventType.RECEIVED, payment_line_id=pk)
                for pk in pks
            ]
    if EventType.REVERSED in wanted:
        reversed_lines = reversal_lines(biller, since=since)
        if end:
            reversed_lines = reversed_lines.filter(reversal__recorded_at__lt=end)
        for pks in _without_delivery(reversed_lines, "reversal_line", endpoint):
            yield [
                WebhookDelivery(endpoint=endpoint, event=EventType.REVERSED, reversal_line_id=pk)
                for pk in pks
            ]


def _without_delivery(
    lines: QuerySet[PaymentLine] | QuerySet[ReversalLine], name: str, endpoint: WebhookEndpoint
) -> Iterator[list[int]]:
    known = WebhookDelivery.objects.filter(endpoint=endpoint, **{name: OuterRef("pk")})
    missing = lines.filter(~Exists(known)).order_by("pk").values_list("pk", flat=True)
    last = 0
    while pks := list(missing.filter(pk__gt=last)[:BATCH]):
        yield pks
        last = pks[-1]


def _add(rows: list[WebhookDelivery]) -> int:
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
