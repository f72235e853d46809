"""What is repeated, what is not, and how long that may take."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from tenacity import Retrying

from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.contract import OPERATIONS
from icsso.client.errors import (
    CredentialMismatch,
    InvoiceCloudProtocolError,
    InvoiceCloudUnavailable,
)
from icsso.client.resilience import retry as repeating
from icsso.client.resilience.pipeline import Protection
from tests.icsso.client.wire import CALLS, EMAIL
from tests.sandbox_process import SandboxProcess

REPEATED = {
    "biller_status",
    "retrieve_users",
    "remote_authentication",
    "retrieve_user_accounts",
    "register_accounts",
    "update_password",
    "retrieve_customer_guid",
    "account",
}
JITTER = repeating.JITTER  # as in production


@pytest.fixture
def client(sandbox: SandboxProcess) -> InvoiceCloudClient:
    sandbox.control("DELETE", "/_control/api/calls")
    return InvoiceCloudClient(
        base_url=sandbox.url,
        api_key=sandbox.api_key,
        options=Options(protection=Protection(tries=3)),
    )


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses asked for, which nobody sits out here."""
    asked: list[float] = []
    monkeypatch.setattr(repeating, "JITTER", JITTER)
    monkeypatch.setattr("tenacity.nap.time.sleep", asked.append)
    return asked


def switch_on(
    sandbox: SandboxProcess, operation: str, kind: str, *, times: int | None, seconds: float = 0
) -> None:
    fault = {"operation": operation, "kind": kind, "times": times, "seconds": seconds}
    sandbox.control("POST", "/_control/api/faults", fault)


def asked(sandbox: SandboxProcess) -> list[str]:
    return [call["operation"] for call in sandbox.control("GET", "/_control/api/calls")]


@pytest.mark.parametrize("kind", ["reset", "reset_after", "bad_gateway", "gateway_timeout"])
def test_what_failed_in_passing_is_repeated(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float], kind: str
) -> None:
    switch_on(sandbox, "retrieve_users", kind, times=2)
    assert client.retrieve_users(account_number="10000101")
    assert asked(sandbox) == ["retrieve_users"] * 3
    assert len(pauses) == 2


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_what_is_safe_to_repeat_is(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float], operation: str
) -> None:
    switch_on(sandbox, operation, "bad_gateway", times=None)
    with pytest.raises(InvoiceCloudUnavailable):
        CALLS[operation](client)
    assert asked(sandbox) == [operation] * (3 if operation in REPEATED else 1)


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - REPEATED))
def test_what_was_certainly_not_done_is_repeated(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float], operation: str
) -> None:
    switch_on(sandbox, operation, "too_many", times=2, seconds=1)
    CALLS[operation](client)
    assert asked(sandbox) == [operation] * 3
    switch_on(sandbox, operation, "too_many", times=1, seconds=1)
    switch_on(sandbox, operation, "bad_gateway", times=None)
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        CALLS[operation](client)
    assert caught.value.outcome_unknown
    assert asked(sandbox) == [operation] * 5


def test_a_payment_page_that_may_have_been_made_is_made_once(
    sandbox: SandboxProcess, client: InvoiceCloudClient
) -> None:
    switch_on(sandbox, "cloud_payments", "reset_after", times=None)
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        CALLS["cloud_payments"](client)
    assert caught.value.outcome_unknown
    assert asked(sandbox) == ["cloud_payments"]


def test_refusals_and_nonsense_are_not_repeated(
    sandbox: SandboxProcess, client: InvoiceCloudClient
) -> None:
    with pytest.raises(CredentialMismatch):
        client.remote_authentication(email=EMAIL, password="quite another kettle")
    switch_on(sandbox, "retrieve_users", "server_error", times=1)
    with pytest.raises(InvoiceCloudProtocolError):
        client.retrieve_users(account_number="10000101")
    assert asked(sandbox) == ["remote_authentication", "retrieve_users"]


def test_a_password_set_before_the_answer_was_lost_is_set_once_more(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float]
) -> None:
    switch_on(sandbox, "update_password", "reset_after", times=1)
    client.update_password(email=EMAIL, new_password="another kettle on the stove")
    assert client.remote_authentication(email=EMAIL, password="another kettle on the stove").token


def test_retry_after_is_sat_out_when_it_is_short(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float]
) -> None:
    switch_on(sandbox, "retrieve_users", "unavailable", times=1, seconds=2)
    assert client.retrieve_users(account_number="10000101")
    (pause,) = pauses
    assert 2 <= pause < 3.1  # on top of it a random moment, so that not all come back together


def test_a_call_that_hangs_until_the_end_is_not_repeated_however_late_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hung: list[float] = []

    def begin_late(**how: Any) -> Retrying:
        time.sleep(0.02)
        return Retrying(**how)

    def hang(seconds: float) -> None:
        hung.append(seconds)
        time.sleep(seconds)
        raise InvoiceCloudUnavailable("account", "the response timed out")

    monkeypatch.setattr(repeating, "Retrying", begin_late)
    with pytest.raises(InvoiceCloudUnavailable):
        repeating.repeated(hang, tries=3, seconds=0.05)
    assert len(hung) == 1


def test_told_to_wait_longer_than_anybody_would_it_is_not_available_now(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float]
) -> None:
    switch_on(sandbox, "retrieve_users", "too_many", times=None, seconds=3)
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client.retrieve_users(account_number="10000101")
    assert caught.value.retry_after == 3
    assert asked(sandbox) == ["retrieve_users"]
    assert pauses == []


def test_no_pause_leads_beyond_the_time_of_the_whole(
    sandbox: SandboxProcess, client: InvoiceCloudClient, pauses: list[float]
) -> None:
    switch_on(sandbox, "retrieve_users", "unavailable", times=None, seconds=2)
    with pytest.raises(InvoiceCloudUnavailable):
        client.within(1.5).retrieve_users(account_number="10000101")
    assert asked(sandbox) == ["retrieve_users"]
    assert pauses == []


def test_what_hangs_until_its_time_is_up_is_not_asked_again(
    sandbox: SandboxProcess, client: InvoiceCloudClient
) -> None:
    switch_on(sandbox, "retrieve_users", "hang", times=None, seconds=5)
    with pytest.raises(InvoiceCloudUnavailable, match="the response timed out"):
        client.within(1.0).retrieve_users(account_number="10000101")
    sandbox.control("DELETE", "/_control/api/faults")
    assert asked(sandbox) == ["retrieve_users"]


def test_pauses_are_random_and_grow(pauses: list[float]) -> None:
    def attempt(seconds: float) -> None:
        raise InvoiceCloudUnavailable("account", "not available (503)", status=503)

    for _ in range(100):
        with pytest.raises(InvoiceCloudUnavailable):
            repeating.repeated(attempt, tries=4, seconds=60)
    first, second, third = pauses[0::3], pauses[1::3], pauses[2::3]
    assert len(set(first)) > 50
    assert max(first) <= 0.1 < max(second) <= 0.2 < max(third) <= 0.4


def test_a_doubt_stays_whatever_the_next_attempt_met(pauses: list[float]) -> None:
    """Carried out maybe, then nobody there: what was not sent the second time proves nothing."""
    failures = iter(
        [
            InvoiceCloudUnavailable("update_password", "lost", outcome_unknown=True),
            InvoiceCloudUnavailable("update_password", "the connection timed out"),
        ]
    )

    def attempt(seconds: float) -> None:
        raise next(failures)

    with pytest.raises(InvoiceCloudUnavailable, match="connection timed out") as caught:
        repeating.repeated(attempt, tries=2, seconds=60)
    assert caught.value.outcome_unknown


def test_each_attempt_gets_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    now = [100.0]
    monkeypatch.setattr("icsso.client.resilience.retry.time.monotonic", lambda: now[0])
    given: list[float] = []

    def attempt(seconds: float) -> None:
        given.append(seconds)
        now[0] += 3.5
        raise InvoiceCloudUnavailable("account", "not available (503)")

    with pytest.raises(InvoiceCloudUnavailable):
        repeating.repeated(attempt, tries=2, seconds=8)
    assert given == [8.0, 4.5]
