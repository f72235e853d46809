"""What staff see of webhooks, and what they do about them."""

from collections.abc import Iterator

import pytest
from auditlog.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from backoffice.audit.events import Event
from posting.models import WebhookDelivery, WebhookEndpoint
from posting.webhooks.outbox import add_deliveries
from tests.cast import Cast, staff
from tests.posting.lines import endpoint_at, paid, taken_back
from tests.posting.receiver import WebhookReceiver, receiving, status

ENDPOINTS, LOG = "/admin/posting/webhookendpoint/", "/admin/posting/webhookdelivery/"
State = WebhookDelivery.State


@pytest.fixture
def finance(cast: Cast) -> Client:
    client = Client()
    client.force_login(staff("finance", cast.biller))
    return client


@pytest.fixture
def cis() -> Iterator[WebhookReceiver]:
    with receiving() as receiver:
        yield receiver


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def add(client: Client, cast: Cast, **changes: object) -> HttpResponse:
    form = {
        "biller": cast.biller.pk,
        "url": "https://cis.example.com/hooks",
        "description": "Billing",
        "event_types": ["payment.received", "payment.reversed"],
        "is_active": "on",
        **changes,
    }
    answer: HttpResponse = client.post(f"{ENDPOINTS}add/", form)
    return answer


def test_a_new_endpoints_secret_is_shown_once(administrator: Client, cast: Cast) -> None:
    answer = add(administrator, cast)
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in text(answer)
    assert "no-store" in answer["Cache-Control"]
    for page in (
        f"{ENDPOINTS}{endpoint.pk}/change/",
        ENDPOINTS,
        f"{ENDPOINTS}{endpoint.pk}/secret/",
    ):
        shown = administrator.get(page)
        assert shown.status_code == 200
        assert "whsec_" not in text(shown)
    written = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert "cis.example.com" in written
    assert "whsec_" not in written


def test_the_list_names_each_endpoint_and_shows_its_address_once(
    administrator: Client, cast: Cast
) -> None:
    add(administrator, cast, url="https://cis.example.com/plain", description="")
    add(administrator, cast, url="https://cis.example.com/named", description="Payments <CIS>")
    page = text(administrator.get(ENDPOINTS))
    assert page.count("https://cis.example.com/plain") == 1
    assert page.count("https://cis.example.com/named") == 1
    assert "Payments &lt;CIS&gt;" in page


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://cis.example.com/hooks", "must start with https"),
        ("https://user:pass@cis.example.com/", "not a web address"),
        ("https://cis.example.com/#part", "without"),
        ("https://cis.example.com/hooks?token=abc", "could be read in lists"),
        ("https://10.0.0.7/hooks", "not a public server"),
        ("https://localhost/hooks", "not a public server"),
        ("https://cis.internal/hooks", "not a public server"),
    ],
)
def test_an_address_that_is_not_public_or_not_https_is_refused(
    administrator: Client, cast: Cast, settings: Settings, url: str, words: str
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = False  # a rule of its own
    settings.WEBHOOK_PUBLIC_ONLY = True
    assert words in text(add(administrator, cast, url=url))
    assert not WebhookEndpoint.objects.exists()


def test_replacing_the_secret_shows_the_new_one_once(administrator: Client, cast: Cast) -> None:
    endpoint = endpoint_at(cast, "https://cis.example.com/")
    old, page = endpoint.secret, f"{ENDPOINTS}{endpoint.pk}/secret/"
    seen = {"seen": endpoint.secret_set_at.isoformat()}
    answer = administrator.post(page, seen)
    endpoint.refresh_from_db()
    assert endpoint.secret != old
    assert endpoint.secret in text(answer)
    assert endpoint.previous_secret == old
    again = administrator.post(page, seen)  # the same page sent twice
    assert "was replaced since" in text(again)
    assert endpoint.secret not in text(again)
    assert LogEntry.objects.filter(additional_data__event=Event.SECRET_REPLACED).count() == 1
    administrator.post(f"{ENDPOINTS}{endpoint.pk}/end-previous-secret/")
    endpoint.refresh_from_db()
    assert endpoint.secrets_at(timezone.now()) == [endpoint.secret]


def test_a_test_event_and_what_the_receiver_says(
    administrator: Client, cast: Cast, cis: WebhookReceiver
) -> None:
    endpoint = endpoint_at(cast, cis.url)
    cis.answers = [status(200, "hello"), status(401, "<b>who</b> are you?")]
    address = f"{ENDPOINTS}{endpoint.pk}/test/"
    assert "accepted by the receiver, status 200" in text(administrator.post(address, follow=True))
    refused = text(administrator.post(address, follow=True))
    assert "&lt;b&gt;who&lt;/b&gt; are you?" in refused
    assert Webhook(endpoint.secret).verify(cis.received[0].body, dict(cis.received[0].headers))


def test_the_log_shows_each_delivery_and_its_last_answer(
    finance: Client, cast: Cast, cis: WebhookReceiver
) -> None:
    endpoint = endpoint_at(cast, cis.url)
    payment = paid(cast)
    taken_back(payment)
    add_deliveries(endpoint)
    delivery = WebhookDelivery.objects.get(event="payment.reversed")
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=State.GIVEN_UP, attempts=19, status=500, outcome="server-error", answer="<down>"
    )
    listed = text(finance.get(LOG))
    for words in ("payment reversed", "given up", "server error (500), 19 attempts", "−$84.20"):
        assert words in listed
    found = text(finance.get(LOG, {"q": str(payment.payment_guid)}))
    assert "2 webhook deliveries" in found
    page = text(finance.get(f"{LOG}{delivery.pk}/change/"))
    assert "&lt;down&gt;" in page
    assert delivery.message_id in page
    assert "Webhook deliveries" in text(finance.get("/admin/"))


def test_one_is_sent_again(finance: Client, cast: Cast, cis: WebhookReceiver) -> None:
    endpoint = endpoint_at(cast, cis.url)
    paid(cast)
    add_deliveries(endpoint)
    WebhookDelivery.objects.update(state=State.GIVEN_UP, next_attempt_at=None)
    delivery = WebhookDelivery.objects.get()
    finance.post(f"{LOG}{delivery.pk}/again/")
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert cis.ids == [delivery.message_id]
    entry = LogEntry.objects.get(additional_data__event=Event.SENT_AGAIN)
    assert str(entry.actor) == "finance@springfield-water.example"


def test_days_are_sent_again(finance: Client, cast: Cast, cis: WebhookReceiver) -> None:
    payment = paid(cast)
    endpoint = endpoint_at(cast, cis.url)  # the payment is older
    page, today = f"{ENDPOINTS}{endpoint.pk}/send-again/", cast.biller.today().isoformat()
    assert "1 event will be sent" in text(
        finance.post(page, {"first": today, "last": today}, follow=True)
    )
    assert cis.ids == [f"msg_P{payment.lines.get().pk}"]
    nothing = finance.post(page, {"first": today, "last": today}, follow=True)
    assert "0 events will be sent" in text(nothing)
    finance.post(page, {"first": today, "last": today, "also_delivered": "on"})
    assert len(cis.ids) == 2
    wrong = finance.post(page, {"first": "2026-01-01", "last": "2026-12-31"})
    assert "at most 92 days" in text(wrong)


def test_what_was_posted_by_hand_is_settled_with_a_reason(finance: Client, cast: Cast) -> None:
    endpoint = endpoint_at(cast, "http://127.0.0.1:9/")
    paid(cast)
    add_deliveries(endpoint)
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state=State.GIVEN_UP)
    page = f"{LOG}{delivery.pk}/settle/"
    assert "This field is required" in text(finance.post(page))
    finance.post(page, {"reason": "posted by hand"})
    delivery.refresh_from_db()
    assert delivery.state == State.SETTLED


def test_turning_on_again_makes_what_waits_due(administrator: Client, cast: Cast) -> None:
    endpoint = endpoint_at(
        cast, "https://cis.example.com/", gone_at=timezone.now(), is_active=False
    )
    form = {"url": endpoint.url, "event_types": ["payment.received"], "is_active": "on"}
    administrator.post(f"{ENDPOINTS}{endpoint.pk}/change/", form)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.gone_at) == (True, None)
    assert endpoint.event_types == ["payment.received"]
    assert endpoint.secret.startswith("whsec_")


def test_support_reads_the_log_and_does_nothing(cast: Cast) -> None:
    endpoint = endpoint_at(cast, "http://127.0.0.1:9/")
    paid(cast)
    add_deliveries(endpoint)
    delivery, client = WebhookDelivery.objects.get(), Client()
    client.force_login(staff("support", cast.biller))
    assert client.get(LOG).status_code == 200
    for page in (f"{LOG}{delivery.pk}/again/", ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/send-again/"):
        assert client.post(page).status_code == 403
