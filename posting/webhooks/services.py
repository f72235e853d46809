"""What staff do with endpoints and deliveries, and sending for all billers at once."""

import logging
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial

from django.db.models import Q, QuerySet
from django.utils import timezone

from backoffice.navigation import capped
from icsso.billers.models import Biller
from posting.models import EventType, WebhookDelivery, WebhookEndpoint
from posting.models.webhook_delivery import LIFE
from posting.threads import in_threads
from posting.webhooks import signing
from posting.webhooks.outbox import add_deliveries, add_deliveries_between
from posting.webhooks.sending import Sent, attempt, claim, send_due
from posting.webhooks.transport import Answer, session

logger = logging.getLogger(__name__)
State = WebhookDelivery.State

ACTIVE = WebhookEndpoint.objects.filter(is_active=True)
FAILING = timedelta(hours=1)  # after which staff are told


def send_all(*, seconds: float) -> tuple[Sent, int]:
    """Adds missing deliveries and sends what is due, several endpoints at once.

    Returns how many were sent, and for how many endpoints this failed altogether.
    """
    until = time.monotonic() + seconds
    endpoints = list(ACTIVE.all().order_by("pk").values_list("pk", flat=True))
    results = in_threads(partial(_logged, partial(add_and_send, until=until)), endpoints)
    done = [each for each in results if each is not None]
    sent = Sent(sum(each.delivered for each in done), sum(each.failed for each in done))
    return sent, len(results) - len(done)


def add_and_send(endpoint: int, *, until: float) -> Sent:
    """endpoint: its primary key. until: by `time.monotonic`."""
    add_deliveries(WebhookEndpoint.objects.select_related("biller").get(pk=endpoint))
    return send_due(endpoint, until=until)


def _logged(work: Callable[[int], Sent], endpoint: int) -> Sent | None:
    try:
        return work(endpoint)
    except Exception:  # one endpoint must not keep payments from the others
        logger.exception("webhooks of an endpoint not sent", extra={"endpoint": endpoint})
        return None


def rotate_secret(endpoint: WebhookEndpoint) -> str:
    """Sets a new secret and returns it. The previous one also signs for 24 hours."""
    now = timezone.now()
    endpoint.previous_secret = endpoint.secret
    endpoint.previous_secret_ends_at = now + WebhookEndpoint.ROTATION
    endpoint.secret, endpoint.secret_set_at = signing.new_secret(), now
    endpoint.save(
        update_fields=["secret", "secret_set_at", "previous_secret", "previous_secret_ends_at"]
    )
    return endpoint.secret


def end_rotation(endpoint: WebhookEndpoint) -> None:
    """Deletes the previous secret: it no longer signs."""
    endpoint.previous_secret, endpoint.previous_secret_ends_at = "", None
    endpoint.save(update_fields=["previous_secret", "previous_secret_ends_at"])


def turned_on(endpoint: WebhookEndpoint) -> None:
    """Call it after an endpoint was turned on or its address changed. Everything that waits becomes
    due, and has three days again."""
    now = timezone.now()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        gone_at=None, failures=0, failing_since=None, rests_until=None
    )
    endpoint.deliveries.pending().update(next_attempt_at=now, expires_at=now + LIFE)


def send_again(deliveries: QuerySet[WebhookDelivery]) -> int:
    """Makes them due, with the same ids as before. Returns how many."""
    now = timezone.now()
    return deliveries.update(
        state=State.PENDING, next_attempt_at=now, expires_at=now + LIFE, delivered_at=None
    )


def send_days_again(
    endpoint: WebhookEndpoint, first: date, last: date, *, also_delivered: bool
) -> int:
    """Makes due what was recorded on these days of the biller, including lines from before the
    endpoint existed. Returns how many."""
    begin, end = moments_of(endpoint.biller, first, last)
    add_deliveries_between(endpoint, begin, end)
    chosen = endpoint.deliveries.filter(
        Q(payment_line__recorded_at__gte=begin, payment_line__recorded_at__lt=end)
        | Q(
            reversal_line__reversal__recorded_at__gte=begin,
            reversal_line__reversal__recorded_at__lt=end,
        )
    )
    if not also_delivered:
        chosen = chosen.exclude(state__in=[State.DELIVERED, State.SETTLED])
    return send_again(chosen)


def moments_of(biller: Biller, first: date, last: date) -> tuple[datetime, datetime]:
    """Returns the beginning of the first day and the end of the last, in the biller's zone."""
    after = last + timedelta(days=1)
    begin, end = (datetime.combine(day, time_of_day.min, biller.zone) for day in (first, after))
    return begin, end


def send_test(endpoint: WebhookEndpoint) -> tuple[WebhookDelivery, Answer | None]:
    """Sends a test event now, once. Returns it, and the answer unless another sender was faster."""
    now = timezone.now()
    test = WebhookDelivery.objects.create(endpoint=endpoint, event=EventType.TEST, expires_at=now)
    if not claim(test):
        return test, None
    with session() as one:
        return test, attempt(test, one)


def settle(delivery: WebhookDelivery) -> bool:
    """Ends a delivery that staff have dealt with. Returns whether it was still open."""
    open_ones = WebhookDelivery.objects.filter(state__in=[State.PENDING, State.GIVEN_UP])
    own = open_ones.filter(pk=delivery.pk)
    return bool(own.update(state=State.SETTLED, next_attempt_at=None))


def to_look_at(billers: QuerySet[Biller]) -> int:
    """Returns how many deliveries were given up and how many endpoints don't work."""
    since = timezone.now() - FAILING
    endpoints = WebhookEndpoint.objects.filter(biller__in=billers).filter(
        Q(gone_at__isnull=False, is_active=False) | Q(is_active=True, failing_since__lt=since)
    )
    given_up = WebhookDelivery.objects.filter(endpoint__biller__in=billers, state=State.GIVEN_UP)
    return capped(given_up.exclude(event=EventType.TEST)) + endpoints.count()
