"""Whether the process lives and whether it can serve."""

from threading import Event

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from icsso.billers import availability
from icsso.billers.clients import breaker_of
from icsso.billers.models import Biller
from icsso.client.resilience.policies import Service
from tests.cast import other_biller


def test_the_process_lives_without_a_database(client: Client):
    """No `db` here: one query, and pytest-django fails the test."""
    response = client.get("/healthz", HTTP_HOST="localhost")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_ready_when_database_and_cache_answer(client: Client, biller: Biller):
    response = client.get("/readyz", HTTP_HOST="localhost")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "invoice_cloud": {"springfield-water": "not called yet"},
    }


def test_invoice_cloud_away_is_reported_and_fails_nothing(client: Client, biller: Biller):
    availability.note("springfield-water", available=True)
    availability.note("springfield-water", available=False)
    response = client.get("/readyz", HTTP_HOST="localhost")
    assert response.status_code == 200
    assert response.json()["invoice_cloud"]["springfield-water"].startswith("away since 20")


def test_a_breaker_that_is_open_is_reported(client: Client, biller: Biller):
    availability.note("springfield-water", available=False)
    for _ in range(5):
        breaker_of("springfield-water", Service.CLOUD_PAYMENTS).failed()
    state = client.get("/readyz", HTTP_HOST="localhost").json()["invoice_cloud"]
    assert state["springfield-water"].endswith("; breaker open: cloud_payments")


def test_since_when_does_not_move_while_the_state_stays(biller: Biller):
    availability.note("springfield-water", available=False)
    first = availability.last_known("springfield-water")
    availability.note("springfield-water", available=False)
    assert availability.last_known("springfield-water") == first


def test_a_cache_that_is_away_loses_no_answer(settings, caplog: pytest.LogCaptureFixture):
    nowhere = {"BACKEND": "inhance.redis_cache.RedisCache"}
    settings.CACHES = {"default": nowhere | {"LOCATION": "redis://127.0.0.1:9/0"}}
    availability.note("springfield-water", available=True)
    assert "availability not recorded" in caplog.text


def test_nobody_sees_another_biller(client: Client, biller: Biller):
    other_biller()
    availability.note("shelbyville-power", available=False)
    here = client.get("/readyz", HTTP_HOST="localhost").json()["invoice_cloud"]
    house = client.get("/readyz", HTTP_HOST="127.0.0.1").json()["invoice_cloud"]
    assert list(here) == ["springfield-water"]
    assert house == {"billers": 2, "away": 1}


HOSTS = ("10.0.3.7", "10.0.3.7:8000", "[fd00::7]:8000", "portal", "evil.example", "a_b", "")


@pytest.mark.parametrize("host", HOSTS)
def test_probes_are_answered_at_any_host(
    client: Client, biller: Biller, settings: Settings, host: str
):
    settings.ALLOWED_HOSTS = ["pay.springfield-water.example"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    assert client.get("/healthz", HTTP_HOST=host).status_code == 200
    ready = client.get("/readyz", HTTP_HOST=host)
    assert (ready.status_code, ready.json()["invoice_cloud"]) == (200, {"billers": 1, "away": 0})
    assert ready["X-Request-ID"]
    assert ready["Content-Security-Policy"]
    assert "no-store" in ready["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/", "/healthz/", "/healthz/x", "/robots.txt", "/admin/", "/pay/"]
)
def test_nothing_else_is(client: Client, biller: Biller, settings: Settings, path: str):
    settings.ALLOWED_HOSTS = ["pay.springfield-water.example"]
    assert client.get(path, HTTP_HOST="10.0.3.7").status_code == 400


@pytest.mark.any_database
@pytest.mark.django_db(transaction=True)
def test_not_ready_with_a_file_that_can_only_be_read(client: Client, biller: Biller):
    known, before = connection.settings_dict, connection.settings_dict["NAME"]
    assert client.get("/readyz", HTTP_HOST="localhost").status_code == 200
    connection.close()
    known["NAME"] = f"file:{before}?mode=ro"
    try:
        response = client.get("/readyz", HTTP_HOST="localhost")
    finally:
        known["NAME"] = before
        connection.close()
    assert response.status_code == 503
    assert response.json()["failing"] == ["database"]


@pytest.mark.django_db(transaction=True)
def test_ready_while_someone_else_is_writing(client: Client, biller: Biller):
    with transaction.atomic():
        Biller.objects.update(support_phone="(217) 555-0100")
        assert client.get("/readyz", HTTP_HOST="localhost").status_code == 200


def test_not_ready_names_the_database(
    client: Client, biller: Biller, monkeypatch: pytest.MonkeyPatch
):
    def gone() -> bool:
        raise OperationalError("could not connect")

    monkeypatch.setattr("inhance.health._database_writes", gone)
    response = client.get("/readyz", HTTP_HOST="localhost")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "failing": ["database"]}


def test_not_ready_names_a_cache_that_forgets(client: Client, biller: Biller, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    response = client.get("/readyz", HTTP_HOST="localhost")
    assert response.status_code == 503
    assert response.json()["failing"] == ["cache"]


def test_a_server_that_hangs_is_not_waited_for(
    client: Client, biller: Biller, monkeypatch: pytest.MonkeyPatch
):
    over = Event()
    monkeypatch.setattr("inhance.health._cache_answers", lambda: over.wait(30))
    response = client.get("/readyz", HTTP_HOST="localhost")
    over.set()
    assert response.json()["failing"] == ["cache"]
