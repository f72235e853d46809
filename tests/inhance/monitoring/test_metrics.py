"""/metrics: who may read it, what it says, and that it stays small and quick."""

from collections.abc import Iterator
from datetime import timedelta
from math import inf
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import SentEmail
from accounts.notifications.backlog import BACKLOG, TASKS
from icsso.billers.clients import breaker_of, limit_of
from icsso.billers.models import Biller
from icsso.client.resilience.policies import Service
from inhance.monitoring import breakers
from inhance.periodic import leases
from inhance.periodic.models import PeriodicRun
from payments.models import Checkout
from tests.cast import Cast, other_biller
from tests.inhance.monitoring.reading import BEARER, TOKEN, scraped, value
from tests.payments.paying import opened, postback_fields, send_postback

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _with_token(settings: Settings) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    yield
    breakers._slugs.clear()


@pytest.mark.parametrize("header", [{}, BEARER])
def test_there_is_none_without_the_setting(
    client: Client, settings: Settings, header: dict[str, str]
):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers=header, HTTP_HOST="localhost").status_code == 404


@pytest.mark.parametrize("given", ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", "Bearer é"])
def test_nobody_reads_it_without_the_token(client: Client, biller: Biller, given: str):
    response = client.get("/metrics", headers={"Authorization": given}, HTTP_HOST="localhost")
    assert response.status_code == 401
    assert response.content == b""


def test_it_is_read_by_ip_address_and_without_tls(
    client: Client, biller: Biller, settings: Settings
):
    settings.ALLOWED_HOSTS = ["pay.springfield-water.example"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    assert value(scraped(client), "portal_source_up", source="database") == 1


def test_requests_are_counted_by_route_and_never_by_path(client: Client, biller: Biller):
    named = {"route": "/accounts/finish/<secret>/", "method": "GET", "status": "4xx"}
    before = value(scraped(client), "portal_requests_total", **named)
    client.get("/accounts/finish/hush-hush-secret/", HTTP_HOST="localhost")
    client.get("/nothing/hush-hush-secret/", HTTP_HOST="localhost")
    client.generic("HUSH", "/pay/", HTTP_HOST="localhost")
    after = scraped(client)
    assert value(after, "portal_requests_total", **named) == before + 1
    assert value(after, "portal_request_seconds_count", route="/accounts/finish/<secret>/") >= 1
    assert "hush" not in str(after).lower()


def test_a_biller_that_is_not_open_to_customers_is_no_error(client: Client, biller: Biller):
    biller.serve(is_active=False)
    named = {"route": "unknown", "method": "GET"}
    before = scraped(client)
    assert client.get("/pay/", HTTP_HOST="localhost").status_code == 503
    after = scraped(client)
    assert value(after, "portal_requests_total", **named, status="closed") == 1 + value(
        before, "portal_requests_total", **named, status="closed"
    )
    assert value(after, "portal_requests_total", **named, status="5xx") == value(
        before, "portal_requests_total", **named, status="5xx"
    )


def test_a_postback_is_counted_by_its_verdict(client: Client, cast: Cast):
    checkout = opened(cast)
    before, fields = scraped(client), postback_fields(checkout)
    for _ in range(2):
        send_postback(client, checkout, fields)
    after = scraped(client)
    for verdict in ("approved", "repeated"):
        told = [value(each, "portal_postbacks_total", verdict=verdict) for each in (before, after)]
        assert told[1] == told[0] + 1


def test_what_waits_is_told_with_its_age(client: Client, cast: Cast):
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, Approved="Maybe"))
    old = opened(cast, "10000102")
    ago = timezone.now() - timedelta(hours=3)
    Checkout.objects.filter(pk=old.pk).update(unconfirmed_at=ago, launched_at=ago)
    SentEmail.objects.create(biller=cast.biller, email="x@example.com", notification="pay_link")
    for minutes, priority in ((7, 0), (2, 0), (9, BACKLOG)):
        _queued(minutes, priority)
    figures = scraped(client)
    assert value(figures, "portal_postbacks_for_review") == 1
    assert value(figures, "portal_checkouts_unconfirmed") == 1
    assert value(figures, "portal_tasks_ready", queue="default") == 3
    assert 7 * 60 < value(figures, "portal_tasks_oldest_seconds", queue="default") < 10 * 60
    assert value(figures, "portal_mails_waiting", attempt="first") == 2
    assert value(figures, "portal_mails_waiting", attempt="again") == 1
    assert value(figures, "portal_mails_last_hour", outcome="sent") == 1


def test_periodic_commands_tell_for_how_long_they_are_late(client: Client, biller: Biller):
    named = {"command": "age_checkouts"}
    assert value(scraped(client), "portal_periodic_late_seconds", **named) == inf
    leases.plan()
    assert value(scraped(client), "portal_periodic_late_seconds", **named) == 0
    PeriodicRun.objects.update(succeeded_at=timezone.now() - timedelta(days=1))
    late = value(scraped(client), "portal_periodic_late_seconds", **named)
    assert 23 * 3600 < late < 24 * 3600


def _queued(minutes: int, priority: int) -> None:
    """An email that is due since then, or is tried again only tomorrow."""
    when = timezone.now() - timedelta(minutes=minutes)
    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path=TASKS[0],
        backend_name="default",
        run_after=when,
        priority=priority,
        exception_class_path="",
        traceback="",
    )


def test_breakers_are_told_for_each_biller(client: Client, biller: Biller):
    other_biller()
    for _ in range(5):
        breaker_of("springfield-water", Service.REST).failed()
    limit_of("shelbyville-power", "account").told_to_wait(60)
    figures = scraped(client)
    slugs = ("springfield-water", "shelbyville-power")
    opened = [value(figures, "portal_breaker_open", biller=s, service="rest") for s in slugs]
    assert opened == [1, 0]
    assert value(figures, "portal_operations_limited", operation="account") == 1
    assert value(figures, "portal_operations_limited", operation="cloud_payments") == 0


def test_a_scrape_is_bounded_for_500_billers(client: Client, biller: Biller, asked: list[str]):
    names = [f"utility-{number}" for number in range(500)]
    facts = {"base_url": "https://ic.example", "is_active": True}
    made = (Biller(slug=name, name=name, **facts) for name in names)
    scraped(client)
    few = len(asked)
    Biller.objects.bulk_create(made)
    asked.clear()
    figures = scraped(client)
    assert len(asked) == few < 30
    of_billers = [name for name, labels in figures if "biller" in dict(labels)]
    assert len(of_billers) == 501 * len(Service)
    assert set(of_billers) == {"portal_breaker_open"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement, in whichever thread it is made."""
    statements: list[str] = []
    execute = CursorWrapper.execute

    def noting(cursor: Any, sql: str, params: Any = None) -> Any:
        statements.append(sql)
        return execute(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noting)
    return statements


def test_without_a_database_the_rest_is_told(
    client: Client, biller: Biller, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(5):
        breaker_of("springfield-water", Service.REST).failed()
    scraped(client)  # learns the billers

    def gone(cursor: Any, sql: str, params: Any = None) -> Any:
        raise OperationalError("the database is away")

    monkeypatch.setattr(CursorWrapper, "execute", gone)
    connections.close_all()
    figures = scraped(client)
    assert value(figures, "portal_source_up", source="database") == 0
    assert value(figures, "portal_source_up", source="cache") == 1
    assert value(figures, "portal_breaker_open", biller="springfield-water", service="rest") == 1
    assert value(figures, "portal_requests_total", route="/metrics", method="GET", status="2xx")
    assert "portal_tasks_ready" not in {name for name, _labels in figures}


def test_without_redis_the_rest_is_told(client: Client, biller: Biller, settings: Settings):
    nowhere = {"BACKEND": "inhance.redis_cache.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": nowhere}
    figures = scraped(client)
    assert value(figures, "portal_source_up", source="database") == 1
    assert value(figures, "portal_source_up", source="cache") == 0
    assert value(figures, "portal_billers") == 1
