"""Sends what is due, outside any transaction: claim, commit, call, record the outcome.

A delivery is claimed by a conditional update, so two senders never make the same attempt. If a
sender is killed in between, its claim expires, and the delivery is sent again with the same
`webhook-id`. If an endpoint does not answer, nothing is sent to it for a while, longer each time;
then one delivery shows whether it is back.
"""

import logging
import time
from datetime import timedelta
from typing import NamedTuple

import requests
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from posting.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from posting.webhooks import signing
from posting.webhooks.payloads import body_of
from posting.webhooks.retries import pause_after, rest_after
from posting.webhooks.transport import SECONDS, Answer, post, session

logger = logging.getLogger(__name__)
State, Outcome = WebhookDelivery.State, WebhookDelivery.Outcome

CLAIM = timedelta(seconds=SECONDS * 6)  # well over the longest call
LOOKED_AT = 10  # due deliveries; other senders may have claimed some of them
# The endpoint as a whole is failing, not just this delivery.
OUTAGES = {
    Outcome.BUSY,
    Outcome.SERVER_ERROR,
    Outcome.TIMEOUT,
    Outcome.UNREACHABLE,
    Outcome.NOT_PUBLIC,
    Outcome.NOT_TRUSTED,
}


class Sent(NamedTuple):
    delivered: int = 0
    failed: int = 0


def send_due(endpoint: int, *, until: float) -> Sent:
    """Sends the endpoint's due deliveries, one after another. Returns how many were accepted.

    endpoint: its primary key. until: by `time.monotonic`, after which no attempt begins.
    """
    delivered = failed = 0
    with session() as connections:
        while time.monotonic() < until:
            known = _ready(endpoint)
            delivery = claim_next(known) if known else None
            if delivery is None:
                break
            answer = attempt(delivery, connections)
            is_accepted = answer.outcome is Outcome.ACCEPTED
            delivered, failed = delivered + is_accepted, failed + (not is_accepted)
    return Sent(delivered, failed)


def _ready(endpoint: int) -> WebhookEndpoint | None:
    """Returns the endpoint as it is now, unless it is off or paused."""
    found = WebhookEndpoint.objects.select_related("biller").filter(pk=endpoint, is_active=True)
    known = found.first()
    return None if known is None or known.rests(timezone.now()) else known


def claim_next(endpoint: WebhookEndpoint) -> WebhookDelivery | None:
    """Claims the delivery that has been due for longest."""
    due = endpoint.deliveries.due(timezone.now()).order_by("next_attempt_at", "pk")
    lines = ("payment_line", "reversal_line__reversal")
    for delivery in due.select_related("endpoint__biller", *lines)[:LOOKED_AT]:
        if claim(delivery):
            return delivery
    return None


def claim(delivery: WebhookDelivery) -> bool:
    """Claims one attempt. Returns False if another sender was first, or it is not due anymore."""
    now = timezone.now()
    due = WebhookDelivery.objects.due(now).filter(pk=delivery.pk, attempts=delivery.attempts)
    facts = {"claimed_until": now + CLAIM, "last_attempt_at": now}
    with transaction.atomic():
        if not due.update(attempts=F("attempts") + 1, **facts):
            return False
        delivery.attempts += 1
        WebhookAttempt.objects.create(delivery=delivery, number=delivery.attempts, at=now)
    return True


def attempt(delivery: WebhookDelivery, connections: requests.Session) -> Answer:
    """Makes the claimed attempt and records the outcome."""
    endpoint, body = delivery.endpoint, body_of(delivery)
    headers = signing.headers(
        endpoint.secrets_at(timezone.now()),
        message_id=delivery.message_id,
        timestamp=int(time.time()),
        body=body,
    )
    answer = post(connections, endpoint.url, body, headers)
    own = WebhookAttempt.objects.filter(delivery=delivery, number=delivery.attempts)
    own.update(**_result(answer))
    if answer.outcome is Outcome.ACCEPTED:
        _accepted(delivery, answer)
    else:
        _failed(delivery, answer)
    extra = {"delivery": delivery.pk, "endpoint": endpoint.pk, "status": answer.status}
    extra |= {"milliseconds": answer.milliseconds, "attempt": delivery.attempts}
    level = logging.INFO if answer.outcome is Outcome.ACCEPTED else logging.WARNING
    logger.log(level, "webhook: %s", answer.outcome.value, extra=extra)
    return answer


def _facts(answer: Answer) -> dict[str, object]:
    return {"claimed_until": None, **_result(answer)}


def _result(answer: Answer) -> dict[str, object]:
    return {
        "outcome": answer.outcome,
        "status": answer.status,
        "answer": answer.text,
        "milliseconds": answer.milliseconds,
    }


def _accepted(delivery: WebhookDelivery, answer: Answer) -> None:
    """Records the success, whoever has claimed it meanwhile: the receiver has it."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=State.SETTLED).update(
        state=State.DELIVERED, delivered_at=now, next_attempt_at=None, **_facts(answer)
    )
    WebhookDelivery.objects.filter(pk=delivery.pk, state=State.SETTLED).update(**_facts(answer))
    _is_back(delivery.endpoint)


def _failed(delivery: WebhookDelivery, answer: Answer) -> None:
    now = timezone.now()
    own = WebhookDelivery.objects.pending().filter(pk=delivery.pk, attempts=delivery.attempts)
    pause = max(pause_after(delivery.attempts), answer.retry_after or timedelta())
    if now >= delivery.expires_at and answer.outcome is not Outcome.GONE:
        own.update(state=State.GIVEN_UP, next_attempt_at=None, **_facts(answer))
    else:
        # The last attempt is at the end of the delivery's time, however long the pause would be.
        own.update(next_attempt_at=min(now + pause, delivery.expires_at), **_facts(answer))
    if answer.outcome is Outcome.GONE:
        _turn_off(delivery.endpoint)
    elif answer.outcome in OUTAGES:
        _leave_alone(delivery.endpoint, answer)
    elif delivery.endpoint.failures:
        _is_back(delivery.endpoint)  # the endpoint answers; only this delivery is refused


def _leave_alone(endpoint: WebhookEndpoint, answer: Answer) -> None:
    now, failures = timezone.now(), endpoint.failures + 1
    rest = max(rest_after(failures), answer.retry_after or timedelta())
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=failures,
        failing_since=endpoint.failing_since or now,
        rests_until=now + rest,
    )
    # Time also runs out for deliveries that were not tried because the endpoint was paused.
    if (endpoint.failing_since or now) < now - rest:
        had_its_time = Q(created_at__gte=endpoint.failing_since) | Q(attempts__gt=0)
        expired = endpoint.deliveries.due(now).filter(had_its_time, expires_at__lt=now)
        expired.update(state=State.GIVEN_UP, next_attempt_at=None, outcome=answer.outcome)


def _is_back(endpoint: WebhookEndpoint) -> None:
    """Makes everything due at once that failed while the endpoint was unavailable."""
    if not endpoint.failures:
        return
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=0, failing_since=None, rests_until=None
    )
    waited = Q(outcome__in=OUTAGES, claimed_until=None)
    endpoint.deliveries.pending().filter(waited).update(next_attempt_at=timezone.now())


def _turn_off(endpoint: WebhookEndpoint) -> None:
    endpoint.is_active, endpoint.gone_at = False, timezone.now()
    endpoint.save(update_fields=["is_active", "gone_at"])
