"""How many requests may wait for Invoice Cloud at once: the next one is told so at once and does
not wait."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from django.core.cache import cache
from django.test import Client
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from icsso.billers.clients import client_of
from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.errors import Heard, InvoiceCloudBusy
from icsso.client.resilience.bulkhead import Bulkhead, Priority
from icsso.client.resilience.pipeline import Protection
from tests import cast as people
from tests.cast import Cast
from tests.icsso.client.wire import EMAIL
from tests.sandbox_process import SandboxProcess

FOREGROUND, YIELDING, BACKGROUND = Priority


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Seats belong to the process: each test has a biller of its own."""
    return str(request.node.name)


@contextmanager
def taken(bulkhead: Bulkhead, seats: int, priority: Priority = FOREGROUND) -> Iterator[None]:
    with ExitStack() as held:
        for _ in range(seats):
            held.enter_context(bulkhead.seat("account", priority=priority, seconds=0))
        yield


def test_there_are_so_many_seats_and_no_more(name: str) -> None:
    bulkhead = Bulkhead(name, in_all=101, per_biller=3)
    with taken(bulkhead, 3):
        with pytest.raises(InvoiceCloudBusy) as caught, taken(bulkhead, 1):
            pass
        assert str(caught.value) == "account: not called: too many calls are waiting"
        assert not caught.value.outcome_unknown
        assert caught.value.retry_after == 1
    with taken(bulkhead, 3):  # given back, by the one that found none as well
        pass


def test_one_biller_leaves_seats_for_the_others(name: str) -> None:
    one, other = (Bulkhead(f"{name} {n}", in_all=5, per_biller=3) for n in (1, 2))
    with taken(one, 3), taken(other, 2), pytest.raises(InvoiceCloudBusy), taken(other, 1):
        pass


def test_the_seats_are_the_process_s_whoever_counts_them(name: str) -> None:
    with (
        taken(Bulkhead(name, in_all=102, per_biller=2), 2),
        pytest.raises(InvoiceCloudBusy),
        taken(Bulkhead(name, in_all=102, per_biller=2), 1),
    ):
        pass


def test_balances_leave_half_of_the_seats_to_sign_ins_and_payments(name: str) -> None:
    bulkhead = Bulkhead(name, in_all=103, per_biller=4)
    with taken(bulkhead, 2, YIELDING):
        with pytest.raises(InvoiceCloudBusy), taken(bulkhead, 1, YIELDING):
            pass
        with taken(bulkhead, 2):
            pass


def test_in_the_background_one_waits_for_ones_turn(name: str) -> None:
    bulkhead = Bulkhead(name, in_all=104, per_biller=2)
    came = threading.Event()

    def wait() -> None:
        with bulkhead.seat("account", priority=BACKGROUND, seconds=60):
            came.set()

    with ThreadPoolExecutor(1) as pool:
        with taken(bulkhead, 2):
            waiting = pool.submit(wait)
            assert not came.wait(0.2)
        waiting.result()
    assert came.is_set()


def test_in_the_background_one_does_not_wait_for_ever(name: str) -> None:
    bulkhead = Bulkhead(name, in_all=105, per_biller=1)
    with (
        taken(bulkhead, 1),
        pytest.raises(InvoiceCloudBusy),
        bulkhead.seat("account", priority=BACKGROUND, seconds=0.05),
    ):
        pass


def test_a_call_sits_while_it_waits_and_the_next_is_not_even_sent(
    name: str, sandbox: SandboxProcess
) -> None:
    heard: list[Heard] = []
    client = InvoiceCloudClient(
        base_url=sandbox.url,
        api_key=sandbox.api_key,
        options=Options(
            protection=Protection(bulkhead=Bulkhead(name, in_all=106, per_biller=1)),
            heard=heard.append,
        ),
    )
    sandbox.control("DELETE", "/_control/api/calls")
    with client.seat():
        with pytest.raises(InvoiceCloudBusy):
            client.retrieve_users(email=EMAIL)
        assert heard == []  # nothing was learnt about Invoice Cloud
        assert sandbox.control("GET", "/_control/api/calls") == []
    assert client.retrieve_users(email=EMAIL)
    assert client.retrieve_users(email=EMAIL)


def test_too_many_at_once_read_that_they_may_try_again(
    client: Client, sandbox: SandboxProcess, cast: Cast, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_SEATS_PER_BILLER = 1
    with client_of(cast.biller).seat():
        client.post(
            "/accounts/login/",
            {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD},
        )
        bills = client.get("/billing/bills/").content.decode()
        assert "Billing pages aren't available right now" in bills
        assert "Try again" in bills
        assert "stopped answering" not in bills
        guest = client.post("/pay/", {"account_number": "10000101"}, follow=True).content.decode()
        assert "The payment page didn't open" in guest
        assert "Nothing was paid" in guest
    again = client.post(
        "/accounts/confirm/?next=/billing/bills/", {"password": people.LAUNDRY_PASSWORD}
    )
    assert again.headers["Location"] == "/billing/bills/"
    assert "<iframe" in client.get("/billing/bills/").content.decode()


def test_a_tab_that_waits_for_another_tabs_sign_in_sits_as_well(
    client: Client, cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who opens many tabs while Invoice Cloud is slow must not hold every thread."""
    settings.INVOICE_CLOUD_SEATS_PER_BILLER = 1
    client.force_login(cast.laundry)
    cache.set(f"connecting:{cast.laundry.pk}:{client.session.session_key}", True)
    monkeypatch.setattr("accounts.login.services.time.sleep", lambda seconds: pytest.fail("waits"))
    with client_of(cast.biller).seat():
        answer = client.post(
            "/accounts/confirm/?next=/billing/bills/", {"password": people.LAUNDRY_PASSWORD}
        )
    assert answer.headers["Location"] == "/billing/bills/"


def test_seats_that_are_taken_and_calls_without_one_are_measured(name: str) -> None:
    def measured() -> tuple[float, float]:
        names = ("seats_in_use", "seats_refused_total")
        values = [REGISTRY.get_sample_value(f"portal_invoice_cloud_{each}") for each in names]
        return values[0] or 0.0, values[1] or 0.0

    bulkhead = Bulkhead(name, in_all=100, per_biller=2)
    in_use, refused = measured()
    with taken(bulkhead, 2):
        with pytest.raises(InvoiceCloudBusy), taken(bulkhead, 1):
            pass
        assert measured() == (in_use + 2, refused + 1)
    assert measured() == (in_use, refused + 1)
