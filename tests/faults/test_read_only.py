"""PostgreSQL is read-only, as after a failover: the portal is unavailable meanwhile, and nothing is
lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import DataError, InternalError, close_old_connections, connection, transaction
from django.test import Client
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from icsso.billers.hosts import kept
from inhance.postgresql.base import DatabaseIsReadOnly
from payments.models import Checkout
from tests import cast as people
from tests.cast import Cast
from tests.faults.flows.browsers import OverHttp
from tests.payments.paying import opened, postback_fields, send_postback, verdicts
from tests.portal_process import PortalProcess, database_url
from tests.sandbox_process import SandboxProcess

pytestmark = [pytest.mark.production, pytest.mark.django_db(transaction=True)]
GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
PAGES = ["/", "/accounts/login/", "/accounts/register/", "/pay/", "/admin/login/"]
ENGLISH, SPANISH = "This site isn't available right now", "Este sitio no está disponible"


@pytest.fixture
def demoted() -> Iterator[None]:
    """The server of this connection no longer takes writes."""
    connection.cursor().execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    yield
    connection.close()


@contextmanager
def failover() -> Iterator[None]:
    """Makes the whole database read-only: it ends all other sessions, and new ones can only
    read."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with psycopg.connect(database_url(), autocommit=True) as administrator:
        administrator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.close()
        try:
            yield
        finally:
            administrator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


def test_a_write_that_is_refused_is_an_outage_and_ends_the_connection(
    cast: Cast, demoted: None
) -> None:
    with pytest.raises(DatabaseIsReadOnly), transaction.atomic():
        cast.biller.save()
    assert connection.connection is not None
    close_old_connections()  # as Django does around every request, and workers around every task
    assert connection.connection is None
    cast.biller.save()


def test_any_other_internal_error_stays_one(cast: Cast) -> None:
    cursor = connection.cursor()
    with transaction.atomic():
        with pytest.raises(DataError):
            cursor.execute("SELECT 1 / 0")
        with pytest.raises(InternalError):  # the transaction has failed
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)
    cast.biller.save()


def test_a_connection_that_can_only_be_read_is_not_used_again(cast: Cast, demoted: None) -> None:
    assert not connection.is_usable()
    connection.close()
    cast.biller.refresh_from_db()
    assert connection.is_usable()


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("es", SPANISH)])
def test_who_signs_in_reads_so_and_can_after_it(
    sandbox: SandboxProcess, cast: Cast, demoted: None, language: str, words: str
) -> None:
    browser = Client(headers={"accept-language": language}, raise_request_exception=False)
    refused = browser.post("/accounts/login/", GOOD)
    assert refused.status_code == 503
    assert refused["Retry-After"] == "60"
    assert words in refused.content.decode()
    close_old_connections()
    assert browser.post("/accounts/login/", GOOD).status_code == 302


def test_a_failure_behind_the_view_is_the_same(
    sandbox: SandboxProcess, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is saved around the view."""

    def demote(**_kwargs: object) -> None:
        connection.cursor().execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")

    client.raise_request_exception = False
    user_logged_in.connect(demote)
    try:
        assert client.post("/accounts/login/", GOOD).status_code == 503
    finally:
        user_logged_in.disconnect(demote)
        connection.close()
    assert client.get("/accounts/")["Location"].startswith("/accounts/login/")


def test_a_postback_is_wanted_again(cast: Cast, client: Client) -> None:
    checkout = opened(cast)
    fields = postback_fields(checkout)
    with failover():
        assert send_postback(client, checkout, fields).status_code == 503
    connection.close()
    assert verdicts(checkout) == []
    assert send_postback(client, checkout, fields).status_code == 200
    assert verdicts(checkout) == [("approved", "")]


def test_the_portal_goes_on_without_a_restart(
    sandbox: SandboxProcess, cast: Cast, tmp_path: Path
) -> None:
    checkout = opened(cast)
    fields = postback_fields(checkout)
    environment = {
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "TASKS_BACKEND": "django_tasks_db.DatabaseBackend",
    }
    with PortalProcess(
        tmp_path, settings_module="tests.faults.settings", environment=environment
    ) as portal:
        browser = OverHttp(portal.url, sandbox)
        asked = browser.post("/accounts/password-reset/", email=people.LAUNDRY_EMAIL)
        assert asked.status == 302, portal.log
        with failover():
            time.sleep(kept.SECONDS)  # what needs the biller alone is answered so long (0049)
            assert {path: browser.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 503)
            assert browser.post("/accounts/login/", **GOOD).status == 503
            assert browser.post("/accounts/register/", email="ana@example.com").status == 503
            assert postback(portal, checkout, fields) == 503
            assert browser.get("/healthz").status == 200
            assert browser.get("/readyz").status == 503
            assert work(environment) != 0
        waiting = DBTaskResult.objects.get()
        assert waiting.status == TaskResultStatus.READY
        assert browser.emails(people.LAUNDRY_EMAIL) == []

        assert {path: browser.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)
        assert browser.get("/readyz").status == 200
        assert postback(portal, checkout, fields) == 200
        assert work(environment) == 0
        assert len(browser.emails(people.LAUNDRY_EMAIL)) == 1
        assert browser.post("/accounts/login/", **GOOD).status == 302
    assert verdicts(checkout) == [("approved", "")]


def postback(portal: PortalProcess, checkout: Checkout, fields: dict[str, str]) -> int:
    address = f"{portal.url}/pay/postback/p{checkout.address}/"
    return requests.post(address, fields, timeout=30).status_code


def work(environment: dict[str, str]) -> int:
    """Returns the exit code of a worker that does what is waiting. systemd starts it again."""
    command = [sys.executable, "manage.py", "db_worker", "--batch", "--no-startup-delay"]
    command += ["--queue-name", "*"]
    own = {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}
    done = subprocess.run(
        [*command, "--no-reload"], env=os.environ | own | environment, check=False, timeout=180
    )
    return done.returncode
