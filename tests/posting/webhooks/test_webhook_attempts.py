"""Each attempt is kept for a while, and a large list queues one task for each biller."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from posting.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from posting.webhooks import sending
from posting.webhooks.tasks import send_soon
from tests.cast import Cast, staff
from tests.posting.lines import endpoint_at, paid
from tests.posting.receiver import WebhookReceiver, receiving, status
from tests.workers import WORKERS

LOG = "/admin/posting/webhookdelivery/"


@pytest.fixture
def cis() -> Iterator[WebhookReceiver]:
    with receiving() as receiver:
        yield receiver


def send() -> None:
    WebhookDelivery.objects.pending().update(next_attempt_at=timezone.now())
    WebhookEndpoint.objects.update(rests_until=None)
    call_command("send_webhooks", verbosity=0)


def test_each_attempt_is_kept_and_shown(cast: Cast, cis: WebhookReceiver) -> None:
    endpoint_at(cast, cis.url)
    paid(cast)
    cis.always = status(500, "out of paper")
    send()
    cis.always = status(200)
    send()
    kept = WebhookAttempt.objects.order_by("number").values_list("number", "outcome", "status")
    assert list(kept) == [(1, "server-error", 500), (2, "accepted", 200)]
    first = WebhookAttempt.objects.get(number=1)
    assert first.milliseconds is not None
    assert first.at <= timezone.now()
    finance = Client()
    finance.force_login(staff("support", cast.biller))
    page = finance.get(f"{LOG}{WebhookDelivery.objects.get().pk}/change/").content.decode()
    rows = page.split("Latest attempts")[1].split("</table>")[0]
    assert rows.index("accepted by the receiver") < rows.index("out of paper")
    assert "500" in rows


def test_one_of_a_sender_that_was_killed_is_there_without_a_result(
    cast: Cast, cis: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_killed(*_: Any) -> None:
        raise KeyboardInterrupt

    endpoint_at(cast, cis.url)
    paid(cast)
    monkeypatch.setattr(sending, "post", is_killed)
    with pytest.raises(KeyboardInterrupt):
        send()
    assert list(WebhookAttempt.objects.values_list("number", "outcome")) == [(1, "")]


def test_they_are_deleted_after_their_days_and_the_delivery_is_kept(
    cast: Cast, cis: WebhookReceiver
) -> None:
    endpoint_at(cast, cis.url)
    paid(cast)
    send()
    for age, left in ((89, 1), (91, 0)):
        WebhookAttempt.objects.update(at=timezone.now() - timedelta(days=age))
        call_command("apply_retention", verbosity=0)
        assert WebhookAttempt.objects.count() == left
    assert WebhookDelivery.objects.get().status == 200


def waiting() -> int:
    return int(DBTaskResult.objects.filter(task_path__endswith="send_soon").count())


def test_many_lines_queue_one_task(
    cast: Cast,
    cis: WebhookReceiver,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """As with the reversals of a large list, each of which is a transaction of its own."""
    settings.TASKS = WORKERS
    with django_capture_on_commit_callbacks(execute=True):
        paid(cast)  # it is kept that the biller has no endpoint, until it has one
    assert waiting() == 0
    endpoint_at(cast, cis.url)
    for _number in range(5):
        with django_capture_on_commit_callbacks(execute=True):
            paid(cast)
    assert waiting() == 1
    with django_capture_on_commit_callbacks(execute=True):
        send_soon.func(cast.biller.pk)
    assert len(cis.received) == 5  # from the moment that the endpoint was made
    with django_capture_on_commit_callbacks(execute=True):
        paid(cast)  # recorded after the task began: another one
    assert waiting() == 2
    WebhookEndpoint.objects.update(queued_at=timezone.now() - timedelta(minutes=6))
    with django_capture_on_commit_callbacks(execute=True):
        paid(cast)  # the waiting one is lost
    assert waiting() == 3
