"""Metrics from the database: what waits, for how long, and the results of deliveries. They are the
same at every web process, whichever machine did the work.

The number of queries is fixed, whatever the number of billers, and no label has more values with
more billers.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, DateTimeField, F, Min, QuerySet, When
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from accounts.models import SentEmail, UndeliveredEmail
from accounts.notifications import backlog
from inhance.periodic import leases
from payments.models import Checkout, Postback
from posting.models import PostingFile, WebhookAttempt, WebhookDelivery

MOST = 10_000  # rows of one kind that are counted: higher numbers would say no more
LATELY = timedelta(hours=1)
# A task without a due time has been due since it was queued.
DUE = Case(
    When(run_after=get_date_max(), then=F("enqueued_at")),
    default=F("run_after"),
    output_field=DateTimeField(),
)


def tasks() -> Iterator[Metric]:
    depth = GaugeMetricFamily("portal_tasks_ready", "Tasks that are due", labels=["queue"])
    ages = GaugeMetricFamily(
        "portal_tasks_oldest_seconds", "Seconds the oldest task is due", labels=["queue"]
    )
    found = DBTaskResult.objects.ready().order_by().values("queue_name")
    counted = found.annotate(number=Count("pk"), since=Min(DUE))
    rows = {
        name: (number, since)
        for name, number, since in counted.values_list("queue_name", "number", "since")
    }
    for name in {*settings.TASKS["default"].get("QUEUES", ["default"]), *rows}:
        number, since = rows.get(name, (0, None))
        depth.add_metric([name], number)
        ages.add_metric([name], _age(since))
    yield from (depth, ages)


def periodic() -> Iterator[Metric]:
    found = leases.seconds_late()
    words = "Seconds past the time in which a periodic command should have succeeded"
    yield _by("portal_periodic_late_seconds", words, "command", found, found)


def payments() -> Iterator[Metric]:
    unconfirmed = Checkout.objects.to_check()
    yield _gauge("portal_checkouts_unconfirmed", "Not looked at by staff", _count(unconfirmed))
    review = Postback.objects.awaiting_decision()
    yield _gauge("portal_postbacks_for_review", "Wait for a decision of staff", _count(review))
    oldest = Postback.objects.received().aggregate(since=Min("received_at"))["since"]
    words = "Seconds since the oldest postback without a verdict was received"
    yield _gauge("portal_postbacks_undecided_seconds", words, _age(oldest))


def posting_files() -> Iterator[Metric]:
    waiting = PostingFile.objects.filter(next_attempt_at__isnull=False)
    states = (PostingFile.State.BUILT, PostingFile.State.FAILING)
    names = ("portal_posting_files_waiting", "portal_posting_files_oldest_seconds")
    yield from _waiting(waiting, "state", states, names, since="built_at")


def webhooks() -> Iterator[Metric]:
    names = ("portal_webhooks_waiting", "portal_webhooks_oldest_seconds")
    outcomes = ("", *WebhookDelivery.Outcome)
    pending = WebhookDelivery.objects.pending()
    yield from _waiting(pending, "outcome", outcomes, names, since="created_at")
    given_up = WebhookDelivery.objects.filter(state=WebhookDelivery.State.GIVEN_UP)
    yield _gauge("portal_webhooks_given_up", "Not posted, and not settled", _count(given_up))
    tries = WebhookAttempt.objects.filter(at__gt=timezone.now() - LATELY)
    name = "portal_webhook_attempts_last_hour"
    yield _by(name, "Attempts of the last hour", "outcome", outcomes, _grouped(tries, "outcome"))


def mails() -> Iterator[Metric]:
    queued = DBTaskResult.objects.filter(status="READY", task_path__in=backlog.TASKS).order_by()
    again = queued.filter(priority__lte=backlog.BACKLOG)
    found = {"first": _count(queued.filter(priority__gt=backlog.BACKLOG)), "again": _count(again)}
    words = "Emails not accepted yet, by whether one was tried before or is late"
    yield _by("portal_mails_waiting", words, "attempt", found, found)
    ago = timezone.now() - LATELY
    ended = _grouped(UndeliveredEmail.objects.filter(at__gt=ago), "reason")
    ended["sent"] = SentEmail.objects.filter(at__gt=ago).count()
    outcomes = ("sent", *UndeliveredEmail.Reason)
    yield _by("portal_mails_last_hour", "Emails of the last hour", "outcome", outcomes, ended)


def _waiting(
    rows: QuerySet[Any], label: str, values: Iterable[str], names: tuple[str, str], *, since: str
) -> Iterator[Metric]:
    """Returns how many wait, and for how many seconds the oldest has waited, by a column."""
    found = rows.order_by().values(label).annotate(number=Count("pk"), since=Min(since))
    numbers = {row[label]: row["number"] for row in found}
    ages = {row[label]: _age(row["since"]) for row in found}
    yield _by(names[0], "Not delivered yet", label, values, numbers)
    yield _by(names[1], "Seconds the oldest of them has waited", label, values, ages)


def _by(
    name: str, words: str, label: str, values: Iterable[str], found: dict[str, Any]
) -> GaugeMetricFamily:
    """Returns a gauge with one label; 0 for values that were not found."""
    family = GaugeMetricFamily(name, words, labels=[label])
    for value in values:
        family.add_metric([str(value) or "none"], found.get(value, 0))
    return family


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _grouped(rows: QuerySet[Any], column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(number=Count("pk")))


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()


def _age(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0
