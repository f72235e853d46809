"""A service that does not answer is left alone; one probe at a time looks whether it is back."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from icsso.billers.clients import breaker_of, client_of, held_back
from icsso.billers.models import Biller
from icsso.client.errors import (
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudUnavailable,
)
from icsso.client.resilience.circuit_breaker import Breaker
from icsso.client.resilience.policies import Service
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD
from tests.icsso.client.wire import PAYMENT
from tests.sandbox_process import SandboxProcess

NOT_ASKED = "not called: it has not responded for some time"


class Shelf:
    """A store with a clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: dict[str, tuple[Any, float | None]] = {}

    def get(self, key: str) -> Any:
        value, ends_at = self._entries.get(key, (None, None))
        return None if ends_at is not None and ends_at <= self.now else value

    def set(self, key: str, value: Any, timeout: float | None) -> None:
        self._entries[key] = value, None if timeout is None else self.now + timeout

    def add(self, key: str, value: Any, timeout: float | None) -> bool:
        if self.get(key) is not None:
            return False
        self.set(key, value, timeout)
        return True

    def incr(self, key: str) -> int:
        if self.get(key) is None:
            raise ValueError(key)
        value, ends_at = self._entries[key]
        self._entries[key] = value + 1, ends_at
        return int(value) + 1

    def delete_many(self, keys: list[str]) -> None:
        for key in keys:
            self._entries.pop(key, None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def breaker(shelf: Shelf) -> Breaker:
    return Breaker(name="springfield:rest", store=shelf, failures=3, rest=20)


def admits(breaker: Breaker, caller: str = "somebody") -> bool:
    return breaker.admits(caller, seconds=8)


def open_up(breaker: Breaker) -> None:
    for _ in range(breaker.failures):
        breaker.failed()


def test_it_opens_after_so_many_failures_in_a_row_however_slowly_they_come(
    breaker: Breaker, shelf: Shelf
) -> None:
    for _ in range(2):
        breaker.failed()
        shelf.now += 3600
    assert admits(breaker)
    breaker.failed()
    assert breaker.is_open()
    assert not admits(breaker)


def test_an_answer_in_between_begins_the_count_again(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.answered()
    assert not breaker.is_open()


def test_after_its_rest_one_probe_is_let_through(breaker: Breaker, shelf: Shelf) -> None:
    open_up(breaker)
    shelf.now += 19
    assert not admits(breaker)
    shelf.now += 1
    assert [admits(breaker, str(n)) for n in range(5)] == [True, False, False, False, False]


def test_the_calls_of_one_sign_in_probe_together(breaker: Breaker, shelf: Shelf) -> None:
    open_up(breaker)
    shelf.now += 20
    assert admits(breaker, "a sign-in")
    assert not admits(breaker, "another")
    assert admits(breaker, "a sign-in")


def test_a_probe_that_is_answered_closes_it_for_all(breaker: Breaker, shelf: Shelf) -> None:
    open_up(breaker)
    shelf.now += 20
    assert admits(breaker)
    breaker.answered()
    assert [admits(breaker, str(n)) for n in range(3)] == [True, True, True]
    breaker.failed()
    assert not breaker.is_open()


def test_a_probe_that_fails_is_followed_by_another_whole_rest(
    breaker: Breaker, shelf: Shelf
) -> None:
    open_up(breaker)
    shelf.now += 20
    assert admits(breaker, "a sign-in")
    breaker.failed()
    shelf.now += 19
    assert not admits(breaker, "a sign-in")
    shelf.now += 1
    assert admits(breaker)


def test_a_prober_that_dies_does_not_keep_the_others_out(breaker: Breaker, shelf: Shelf) -> None:
    open_up(breaker)
    shelf.now += 20
    assert admits(breaker, "killed")
    shelf.now += 27  # nobody else while its call may still be under way
    assert not admits(breaker)
    shelf.now += 1
    assert admits(breaker)


def test_who_says_how_long_to_wait_is_left_alone_for_that_long(
    breaker: Breaker, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    breaker.told_to_wait(120)
    breaker.told_to_wait(120)
    shelf.now += 119
    assert not admits(breaker)
    shelf.now += 1
    assert [admits(breaker, str(n)) for n in range(3)] == [True, False, False]
    breaker.answered()
    assert admits(breaker)
    assert [record.getMessage() for record in caplog.records] == [
        "breaker opened: springfield:rest asked for no calls for 120 s",
        "breaker closed: springfield:rest is responding again",
    ]


def test_nobody_is_waited_for_longer_than_five_minutes(breaker: Breaker, shelf: Shelf) -> None:
    breaker.told_to_wait(1_000_000)
    shelf.now += 299
    assert not admits(breaker)
    shelf.now += 1
    assert admits(breaker)


def test_calls_that_were_under_way_neither_end_the_wait_nor_shorten_it(
    breaker: Breaker, shelf: Shelf
) -> None:
    breaker.told_to_wait(120)
    breaker.answered()
    breaker.failed()
    shelf.now += 119
    assert not admits(breaker)


def test_operators_read_once_when_it_opens_and_when_it_closes(
    breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    open_up(breaker)
    breaker.failed()
    breaker.answered()
    breaker.answered()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "breaker opened: springfield:rest failed 3 times in a row"),
        ("WARNING", "breaker closed: springfield:rest is responding again"),
    ]


@pytest.mark.cache
def test_djangos_cache_is_such_a_store() -> None:
    breaker = Breaker(name="springfield:rest", store=cache, failures=2, rest=60)
    open_up(breaker)
    assert not admits(breaker)
    breaker.answered()
    assert admits(breaker)


# From here on the client, the cache and the sandbox.


def fault(sandbox: SandboxProcess, operation: str, kind: str, *, seconds: float = 0) -> None:
    """seconds: of what is slow, and of `Retry-After`."""
    row = {"operation": operation, "kind": kind, "times": None, "seconds": seconds}
    sandbox.control("POST", "/_control/api/faults", row)


def heal(sandbox: SandboxProcess) -> None:
    sandbox.control("DELETE", "/_control/api/faults")
    sandbox.control("DELETE", "/_control/api/calls")


def fails(call: Callable[[], object], times: int = 1) -> InvoiceCloudError:
    for _ in range(times):
        with pytest.raises(InvoiceCloudError) as caught:
            call()
    return caught.value


@pytest.mark.parametrize("kind", ["unavailable", "server_error"])
def test_five_calls_in_vain_and_the_sixth_is_not_sent(
    sandbox: SandboxProcess, biller: Biller, kind: str
) -> None:
    fault(sandbox, "*", kind)
    heard_last = fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL), times=5)
    assert NOT_ASKED not in str(heard_last)
    heal(sandbox)
    error = fails(lambda: client_of(biller).retrieve_user_accounts(email=LAUNDRY_EMAIL))
    assert isinstance(error, InvoiceCloudUnavailable)
    assert str(error) == f"retrieve_user_accounts: {NOT_ASKED}"
    assert not error.outcome_unknown
    assert error.retry_after == 5
    assert sandbox.control("GET", "/_control/api/calls") == []


def test_a_call_that_is_told_to_come_back_later_is_the_last_one_for_that_long(
    sandbox: SandboxProcess, biller: Biller
) -> None:
    fault(sandbox, "*", "unavailable", seconds=120)
    assert fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)).status == 503
    heal(sandbox)
    error = fails(lambda: client_of(biller).retrieve_user_accounts(email=LAUNDRY_EMAIL))
    assert str(error) == f"retrieve_user_accounts: {NOT_ASKED}"
    assert sandbox.control("GET", "/_control/api/calls") == []
    cache.delete("breaker:springfield-water:rest:probe")  # the wait is over
    assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    assert list(held_back(biller.slug)) == []


def test_payments_go_on_while_the_rest_is_away_and_the_other_way_round(
    sandbox: SandboxProcess, biller: Biller
) -> None:
    fault(sandbox, "retrieve_users", "unavailable")
    fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL), times=6)
    assert list(held_back(biller.slug)) == [Service.REST]
    assert client_of(biller).cloud_payments(PAYMENT)
    cache.clear()
    fault(sandbox, "cloud_payments", "unavailable")
    fails(lambda: client_of(biller).cloud_payments(PAYMENT), times=6)
    assert list(held_back(biller.slug)) == [Service.CLOUD_PAYMENTS]
    assert client_of(biller).retrieve_user_accounts(email=LAUNDRY_EMAIL)


def test_another_billers_breaker_is_another(sandbox: SandboxProcess, biller: Biller) -> None:
    fault(sandbox, "*", "unavailable")
    fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL), times=5)
    assert not breaker_of("shelbyville-power", Service.REST).is_open()


def test_its_settings_are_those_of_now(
    sandbox: SandboxProcess, biller: Biller, settings: Settings
) -> None:
    """And not those with which the first call of the process was made."""
    assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    settings.INVOICE_CLOUD_BREAKER_FAILURES = 1
    fault(sandbox, "*", "server_error")
    fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL))
    assert NOT_ASKED in str(fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)))


def test_refusals_are_answers(sandbox: SandboxProcess, biller: Biller) -> None:
    client = client_of(biller)

    def wrong() -> object:
        return client.remote_authentication(email=LAUNDRY_EMAIL, password="not her password")

    assert isinstance(fails(wrong, times=8), CredentialMismatch)
    fault(sandbox, "retrieve_users", "html")
    assert isinstance(
        fails(lambda: client.retrieve_users(email=LAUNDRY_EMAIL), times=8),
        InvoiceCloudProtocolError,
    )
    assert list(held_back(biller.slug)) == []


def test_once_it_is_back_one_sign_in_is_enough(
    sandbox: SandboxProcess, biller: Biller, caplog: pytest.LogCaptureFixture
) -> None:
    """Its calls go out together, and none of them is kept out because another is the probe."""
    fault(sandbox, "*", "unavailable")
    fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL), times=5)
    heal(sandbox)
    fault(sandbox, "*", "slow", seconds=0.5)
    cache.delete("breaker:springfield-water:rest:probe")  # its rest is over
    client = client_of(biller).within(10)
    with ThreadPoolExecutor(2) as pool:
        accounts = pool.submit(client.retrieve_user_accounts, email=LAUNDRY_EMAIL)
        token = client.remote_authentication(email=LAUNDRY_EMAIL, password=LAUNDRY_PASSWORD)
    assert token.token
    assert accounts.result()
    assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)  # and anybody else's
    assert "breaker closed: springfield-water:rest is responding again" in caplog.text


def test_the_operators_question_is_asked_all_the_same(
    sandbox: SandboxProcess, biller: Biller
) -> None:
    fault(sandbox, "retrieve_users", "unavailable")
    fails(lambda: client_of(biller).retrieve_users(email=LAUNDRY_EMAIL), times=5)
    assert client_of(biller).biller_status().active


def test_no_time_left_is_nobodys_failure(sandbox: SandboxProcess, biller: Biller) -> None:
    late = client_of(biller).within(-1)
    fails(lambda: late.retrieve_users(email=LAUNDRY_EMAIL), times=8)
    assert list(held_back(biller.slug)) == []


def test_a_store_that_is_away_loses_no_answer(
    sandbox: SandboxProcess,
    biller: Biller,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    redis = {"BACKEND": "inhance.redis_cache.RedisCache"}
    settings.CACHES = {"default": redis | {"LOCATION": "redis://127.0.0.1:9/0"}}
    with caplog.at_level(logging.ERROR):
        assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    assert "breaker: the cache does not respond" in caplog.text
