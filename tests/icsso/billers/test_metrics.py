"""What calls of Invoice Cloud took is counted beside the answer and written where nobody waits."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from icsso.billers.clients import client_of
from icsso.billers.metrics.models import CallMeasure
from icsso.billers.metrics.recorder import Counted, Tally, add, span, tally
from icsso.billers.models import Biller
from icsso.client.errors import Heard, InvoiceCloudError, Outcome
from tests.portal_process import ROOT, database_url
from tests.sandbox_process import SandboxProcess

STATUS = Heard("biller_status", Outcome.ANSWERED, 42, available=True)
A_PROCESS = """
import django
django.setup()
from icsso.client.errors import Heard, Outcome
from icsso.billers.metrics.recorder import tally
tally.note("springfield-water", Heard("biller_status", Outcome.ANSWERED, 42, available=True))
"""


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> Iterator[None]:
    tally.take()
    yield
    tally.take()


def counted() -> dict[tuple[str, str], int]:
    """Calls by operation and outcome: of two hours and spans, when a test met their border."""
    totals: dict[tuple[str, str], int] = {}
    for row in CallMeasure.objects.all():
        key = (row.operation, row.outcome)
        totals[key] = totals.get(key, 0) + row.calls
    return totals


def test_every_call_is_counted_by_how_it_ended(sandbox: SandboxProcess, biller: Biller) -> None:
    def fails(kind: str) -> None:
        fault = {"operation": "biller_status", "kind": kind, "times": 1}
        sandbox.control("POST", "/_control/api/faults", fault)

    client_of(biller).biller_status()
    client_of(biller).biller_status()
    with pytest.raises(InvoiceCloudError):
        client_of(biller).remote_authentication(email="nobody@example.com", password="wrong")
    fails("unavailable")
    client_of(biller).biller_status()  # asked again by itself: two calls on the wire
    fails("reset")
    client_of(biller).biller_status()
    tally.write()
    assert counted() == {
        ("biller_status", "answered"): 4,
        ("biller_status", "no-answer"): 1,
        ("biller_status", "unavailable"): 1,
        ("remote_authentication", "refused"): 1,
    }
    row = CallMeasure.objects.filter(operation="biller_status").earliest("pk")
    assert row.biller == biller
    assert row.hour <= timezone.now() < row.hour + timedelta(hours=2)
    assert (row.hour.minute, row.hour.second, row.hour.microsecond) == (0, 0, 0)


def test_a_call_asks_nothing_of_the_database(sandbox: SandboxProcess, biller: Biller) -> None:
    with CaptureQueriesContext(connection) as queries:
        client_of(biller).biller_status()
    assert len(queries) == 0
    assert sum(tally.take().values()) == 1


def test_processes_add_to_the_same_row(biller: Biller) -> None:
    hour = datetime(2026, 11, 23, 7, tzinfo=UTC)
    for calls in (1, 2, 3):
        add(Counter({Counted(biller.slug, "biller_status", hour, "answered", 50): calls}))
    assert CallMeasure.objects.get().calls == 6


def test_what_is_written_is_not_written_again(biller: Biller) -> None:
    tally.note(biller.slug, STATUS)
    tally.write()
    tally.write()
    assert counted() == {("biller_status", "answered"): 1}


def test_calls_of_a_biller_that_is_gone_are_dropped(db: None) -> None:
    tally.note("gone-gas", STATUS)
    tally.write()
    assert counted() == {}
    assert not tally.take()


def test_a_database_that_is_away_loses_no_count(
    biller: Biller, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_arguments: Any) -> None:
        raise OperationalError("gone")

    tally.note(biller.slug, STATUS)
    with connection.execute_wrapper(away):
        tally.write()
    assert "call metrics not written" in caplog.text
    tally.note(biller.slug, STATUS)
    tally.write()
    assert counted() == {("biller_status", "answered"): 2}


@pytest.mark.parametrize(
    ("milliseconds", "at_most"), [(0, 25), (25, 25), (26, 50), (1001, 1500), (60_000, 12_000)]
)
def test_milliseconds_fall_into_spans(milliseconds: int, at_most: int) -> None:
    assert span(milliseconds) == at_most


@pytest.mark.django_db(transaction=True)
def test_counts_are_written_by_themselves(biller: Biller, settings: Settings) -> None:
    settings.CALL_MEASURES_SECONDS = 0.01
    Tally().note(biller.slug, STATUS)
    wait_for(lambda: counted() == {("biller_status", "answered"): 1})


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_writes_what_it_has_counted(biller: Biller) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "inhance.settings",
        "DATABASE_URL": database_url(),
        "CALL_MEASURES_SECONDS": "3600",
    }
    own = os.environ | environment
    subprocess.run([sys.executable, "-c", A_PROCESS], check=True, env=own, cwd=ROOT, timeout=120)
    assert counted() == {("biller_status", "answered"): 1}


def test_after_three_months_measures_are_forgotten(biller: Biller) -> None:
    now = timezone.now()
    for days in (0, 91, 93):
        CallMeasure.objects.create(
            biller=biller,
            operation="account",
            hour=now - timedelta(days=days),
            outcome="answered",
            milliseconds=50,
            calls=days,
        )
    said = StringIO()
    call_command("apply_retention", stdout=said)
    assert "1 deleted: response times" in said.getvalue()
    assert counted() == {("account", "answered"): 91}


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
