"""Webhooks: every payment and reversal reaches the billing system, whatever it answers."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from payments.models import PaymentLine
from posting.models import WebhookDelivery, WebhookEndpoint
from posting.webhooks import outbox, sending
from posting.webhooks import services as webhooks
from tests.cast import Cast
from tests.payments.paying import at_once
from tests.posting.lines import endpoint_at, paid, taken_back
from tests.posting.receiver import (
    Answering,
    WebhookReceiver,
    broken_off,
    cut_short,
    impatient,
    late,
    receiving,
    status,
)

State, Outcome = WebhookDelivery.State, WebhookDelivery.Outcome


@pytest.fixture
def cis() -> Iterator[WebhookReceiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(cast: Cast, cis: WebhookReceiver) -> WebhookEndpoint:
    return endpoint_at(cast, cis.url)


def send() -> None:
    call_command("send_webhooks", verbosity=0)


def all_due() -> None:
    """As if the pauses were over."""
    WebhookDelivery.objects.pending().update(next_attempt_at=timezone.now())
    WebhookEndpoint.objects.update(rests_until=None)


def test_a_payment_and_its_reversal_arrive_signed_with_all_facts(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    payment = paid(cast, "84.20")
    taken_back(payment, "-4.20")
    send()
    received, reversed_ = (
        Webhook(endpoint.secret).verify(each.body, dict(each.headers.items()))
        for each in cis.received
    )
    line = payment.lines.get()
    assert received["type"] == "payment.received"
    assert received["data"] == {
        "id": f"P{line.pk}",
        "kind": "payment",
        "payment_guid": str(payment.payment_guid),
        "invoice_number": "INV-1",
        "account_number": "10000101",
        "amount": "84.20",
        "fee": "2.50",
        "total": "86.70",
        "paid_at": payment.paid_at.astimezone(cast.biller.zone).isoformat(timespec="seconds"),
        "happened_at": received["data"]["paid_at"],
        "recorded_at": received["timestamp"],
        "method": "Visa",
        "reference": "",
    }
    assert reversed_["type"] == "payment.reversed"
    assert (reversed_["data"]["amount"], reversed_["data"]["kind"]) == ("-4.20", "returned")
    assert reversed_["data"]["payment_line"] == f"P{line.pk}"
    assert cis.ids[0] == f"msg_P{line.pk}"
    assert {each.state for each in WebhookDelivery.objects.all()} == {State.DELIVERED}


def test_each_line_is_sent_once_however_often_it_runs(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast, "10.00", "20.00")
    send()
    send()
    paid(cast, "30.00")
    send()
    amounts = [json.loads(each.body)["data"]["amount"] for each in cis.received]
    assert amounts == ["10.00", "20.00", "30.00"]


def test_a_line_that_was_committed_late_is_found(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    """Its transaction began before the last run, and ended after it."""
    send()
    payment = paid(cast)
    began = timezone.now() - timedelta(hours=20)
    WebhookEndpoint.objects.update(starts_at=began - timedelta(days=9))
    PaymentLine.objects.filter(payment=payment).update(recorded_at=began)
    send()
    assert len(cis.received) == 1


def test_a_further_invoice_of_an_older_payment_is_sent(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    payment = paid(cast)
    payment.created_at -= timedelta(days=40)
    payment.save()
    WebhookEndpoint.objects.update(starts_at=timezone.now())
    payment.lines.create(invoice_number="INV-9", amount="5.00", fee="0")
    send()
    [only] = cis.received
    assert json.loads(only.body)["data"]["invoice_number"] == "INV-9"


def test_what_was_recorded_before_the_endpoint_is_left_to_a_replay(
    cast: Cast, cis: WebhookReceiver
) -> None:
    paid(cast)
    endpoint = endpoint_at(cast, cis.url)
    send()
    assert cis.received == []
    today = cast.biller.today()
    assert webhooks.send_days_again(endpoint, today, today, also_delivered=False) == 1
    send()
    assert len(cis.received) == 1


def test_only_the_chosen_events_are_sent(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.update(event_types=["payment.reversed"])
    taken_back(paid(cast))
    send()
    assert [json.loads(each.body)["type"] for each in cis.received] == ["payment.reversed"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(500, "down\x00 for \n maintenance" + "x" * 999), (Outcome.SERVER_ERROR, 500)),
        (status(503), (Outcome.BUSY, 503)),
        (status(429), (Outcome.BUSY, 429)),
        (status(400, "no such account"), (Outcome.REFUSED, 400)),
        (status(302, Location="http://127.0.0.1:9/"), (Outcome.REDIRECTED, 302)),
        (broken_off, (Outcome.UNREACHABLE, None)),
        (late(0.7), (Outcome.TIMEOUT, None)),
    ],
)
def test_what_was_not_accepted_is_sent_again_with_the_same_id(
    cast: Cast,
    cis: WebhookReceiver,
    endpoint: WebhookEndpoint,
    answer: Answering,
    expected: tuple[WebhookDelivery.Outcome, int | None],
) -> None:
    paid(cast)
    cis.answers = [answer]
    with impatient(cis.url) if Outcome.TIMEOUT in expected else nullcontext():
        send()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.outcome, delivery.status) == (State.PENDING, *expected)
    assert delivery.answer.isprintable()
    assert len(delivery.answer) <= 300
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=20)
    send()
    assert len(cis.received) == 1  # not due yet
    all_due()
    send()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.DELIVERED, 2)
    assert cis.ids == [delivery.message_id] * 2
    assert cis.received[0].body == cis.received[1].body


def test_an_answer_that_breaks_off_after_200_is_one(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast)
    cis.answers = [cut_short]
    send()
    assert WebhookDelivery.objects.get().state == State.DELIVERED


def test_nobody_there(cast: Cast) -> None:
    endpoint_at(cast, "http://127.0.0.1:9/hooks")
    paid(cast)
    send()
    assert WebhookDelivery.objects.get().outcome == Outcome.UNREACHABLE


def test_gone_turns_the_endpoint_off_and_loses_nothing(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    paid(cast)
    cis.answers = [status(410)]
    send()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, bool(endpoint.gone_at)) == (False, True)
    assert webhooks.to_look_at(type(cast.biller).objects.all()) == 1
    paid(cast)
    all_due()
    send()
    assert len(cis.received) == 1
    endpoint.is_active = True
    endpoint.save()
    webhooks.turned_on(endpoint)
    send()
    assert len(cis.received) == 3


def test_an_endpoint_that_fails_is_left_alone_and_then_gets_everything(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    for _ in range(5):
        paid(cast)
    cis.always = status(500)
    send()
    assert len(cis.received) == 1  # one shows it
    WebhookEndpoint.objects.update(rests_until=None)
    send()
    assert len(cis.received) == 2
    cis.always = status(200)
    WebhookEndpoint.objects.update(rests_until=None)
    send()
    assert not WebhookDelivery.objects.pending().exists()
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_one_refused_delivery_holds_up_no_other(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    for _ in range(3):
        paid(cast)
    cis.answers = [status(422, "unknown invoice")]
    send()
    assert len(cis.received) == 3
    assert WebhookDelivery.objects.filter(state=State.DELIVERED).count() == 2


def test_both_secrets_sign_while_one_replaces_the_other(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    old = endpoint.secret
    new = webhooks.rotate_secret(endpoint)
    paid(cast)
    send()
    [only] = cis.received
    for secret in (old, new):
        assert Webhook(secret).verify(only.body, dict(only.headers.items()))
    WebhookEndpoint.objects.update(previous_secret_ends_at=timezone.now())
    paid(cast)
    send()
    last = cis.received[-1]
    assert Webhook(new).verify(last.body, dict(last.headers.items()))
    assert len(last.headers["webhook-signature"].split()) == 1


def test_the_secret_is_not_readable_in_the_database(endpoint: WebhookEndpoint) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM posting_webhookendpoint")
        [(stored,)] = cursor.fetchall()
    assert endpoint.secret.startswith("whsec_")
    assert "whsec_" not in stored


def test_killed_between_sending_and_writing_it_is_sent_again(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(cast)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_accepted", killed)
        with pytest.raises(KeyboardInterrupt):
            send()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (State.PENDING, 1)
    send()
    assert len(cis.received) == 1  # it may still be at it
    WebhookDelivery.objects.update(claimed_until=timezone.now())
    send()
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert cis.ids == [delivery.message_id] * 2


def test_a_private_address_is_not_called(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = False  # a rule of its own
    settings.WEBHOOK_PUBLIC_ONLY = True
    paid(cast)
    send()
    assert WebhookDelivery.objects.get().outcome == Outcome.NOT_PUBLIC
    assert cis.received == []


def test_a_test_event_is_sent_once(
    cast: Cast, cis: WebhookReceiver, endpoint: WebhookEndpoint
) -> None:
    cis.always = status(500, "not me")
    delivery, answer = webhooks.send_test(endpoint)
    assert answer is not None
    assert answer.text == "not me"
    assert json.loads(cis.received[0].body)["type"] == "portal.test"
    delivery.refresh_from_db()
    assert delivery.state == State.GIVEN_UP
    assert webhooks.to_look_at(type(cast.biller).objects.all()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_everything_once(cast: Cast, cis: WebhookReceiver) -> None:
    endpoint_at(cast, cis.url)
    for _ in range(10):
        paid(cast)
    at_once(*[send] * 3)
    assert len(cis.ids) == len(set(cis.ids)) == 10
    assert WebhookDelivery.objects.filter(state=State.DELIVERED, attempts=1).count() == 10


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_hangs_delays_no_other(cast: Cast, cis: WebhookReceiver) -> None:
    with receiving() as hanging:
        hanging.always = late(3)
        endpoint_at(cast, hanging.url)
        endpoint_at(cast, cis.url)
        with impatient(hanging.url):
            for _ in range(5):
                paid(cast)
            send()
        assert len(hanging.received) == 1
    assert len(cis.received) == 5


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_sent_right_after_its_commit(cast: Cast, cis: WebhookReceiver) -> None:
    endpoint_at(cast, cis.url)
    payment = paid(cast)
    assert cis.ids == [f"msg_P{payment.lines.get().pk}"]


@pytest.mark.django_db(transaction=True)
def test_a_broken_endpoint_fails_no_payment_and_no_other_endpoint(
    cast: Cast, cis: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = endpoint_at(cast, "http://127.0.0.1:9/")
    endpoint_at(cast, cis.url)
    whole = outbox.add_deliveries

    def fails(endpoint: WebhookEndpoint) -> int:
        if endpoint.pk == broken.pk:
            raise RuntimeError
        return whole(endpoint)

    monkeypatch.setattr(webhooks, "add_deliveries", fails)
    paid(cast)
    with pytest.raises(CommandError):
        send()
    assert len(cis.received) == 1
