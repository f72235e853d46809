"""When an event is tried again, and when it is given up."""

from datetime import timedelta

from django.utils import timezone

from posting.models import WebhookDelivery, WebhookEndpoint
from posting.webhooks import services as webhooks
from posting.webhooks.retries import pause_after
from tests.cast import Cast
from tests.posting.lines import paid
from tests.posting.receiver import WebhookReceiver, status
from tests.posting.webhooks.test_webhooks import State, all_due, cis, endpoint, send

__all__ = ["cis", "endpoint"]


def test_a_long_pause_ends_with_the_three_days(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast)
    cis.always = status(503, Retry_After="86400")
    end = timezone.now() + timedelta(hours=23)
    webhooks.add_deliveries(endpoint)
    WebhookDelivery.objects.update(expires_at=end)
    send()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.next_attempt_at) == (State.PENDING, end)


def test_retry_after_is_honored(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast)
    cis.answers = [status(429, Retry_After="7200")]
    send()
    delivery = WebhookDelivery.objects.get()
    endpoint.refresh_from_db()
    in_two_hours = timezone.now() + timedelta(seconds=7100)
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > in_two_hours
    assert endpoint.rests_until is not None
    assert endpoint.rests_until > in_two_hours


def test_after_three_days_it_is_given_up_and_waits_for_staff(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast)
    cis.always = status(500)
    send()
    WebhookDelivery.objects.update(expires_at=timezone.now())
    all_due()
    send()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.next_attempt_at) == (State.GIVEN_UP, None)
    assert webhooks.to_look_at(type(cast.biller).objects.all()) == 1
    all_due()
    send()
    assert len(cis.received) == 2
    cis.always = status(200)
    webhooks.send_again(WebhookDelivery.objects.all())
    all_due()
    send()
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert cis.ids == [delivery.message_id] * 3


def test_the_pauses_grow_and_add_up_to_three_days_of_few_attempts() -> None:
    pauses = [pause_after(number) for number in range(1, 40)]
    assert timedelta(seconds=30) <= pauses[0] <= timedelta(seconds=38)
    assert max(pauses) <= timedelta(hours=7.5)
    total, attempts = timedelta(), 0
    while total < timedelta(days=3):
        total, attempts = total + pauses[attempts], attempts + 1
    assert 15 < attempts < 25
