"""429 means "less often," not "unavailable": it counts for its operation, and no other operation
waits."""

import pytest
from django.core.cache import cache
from django.test import Client

from icsso.billers import availability
from icsso.billers.clients import client_of, held_back, limited
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudUnavailable
from icsso.client.resilience.policies import Service
from tests.accounts.there import There
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast
from tests.icsso.client.wire import GUID, PAYMENT
from tests.sandbox_process import SandboxProcess

FEWER = "not called: it asked for fewer calls"
GOOD = {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD}


@pytest.fixture
def there(sandbox: SandboxProcess) -> There:
    return There(sandbox)


def fault(there: There, operation: str, kind: str, *, wait: float) -> None:
    """wait: seconds that `Retry-After` asks for."""
    row = {"operation": operation, "kind": kind, "times": None, "seconds": wait}
    there.sandbox.control("POST", "/_control/api/faults", row)


def balance_fails(biller: Biller) -> InvoiceCloudUnavailable:
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client_of(biller).account(GUID)
    return caught.value


def test_a_long_wait_is_for_that_operation_only(there: There, biller: Biller) -> None:
    fault(there, "account", "too_many", wait=120)
    assert balance_fails(biller).status == 429
    there.heal()
    there.calls()
    assert str(balance_fails(biller)) == f"account: {FEWER}"
    assert there.calls() == []
    client = client_of(biller)
    assert client.retrieve_customer_guid(account_number="10000101", email=LAUNDRY_EMAIL)
    assert client.retrieve_users(email=LAUNDRY_EMAIL)
    assert client.remote_authentication(email=LAUNDRY_EMAIL, password=LAUNDRY_PASSWORD)
    assert client.cloud_payments(PAYMENT)
    assert (list(limited(biller.slug)), list(held_back(biller.slug))) == (["account"], [])


def test_it_is_called_again_once_the_wait_is_over(there: There, biller: Biller) -> None:
    fault(there, "retrieve_users", "too_many", wait=120)
    with pytest.raises(InvoiceCloudUnavailable):
        client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    there.heal()
    cache.delete("breaker:springfield-water:limit:retrieve_users:probe")  # the wait is over
    assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    assert list(limited(biller.slug)) == []


def test_without_a_wait_five_in_a_row_are_enough(there: There, biller: Biller) -> None:
    fault(there, "account", "too_many", wait=0)
    assert [FEWER in str(balance_fails(biller)) for _ in range(6)] == [False] * 5 + [True]
    assert list(held_back(biller.slug)) == []


def test_balances_that_are_away_stop_neither_a_sign_in_nor_a_payment(
    there: There, biller: Biller
) -> None:
    fault(there, "account", "unavailable", wait=120)
    assert balance_fails(biller).status == 503
    assert list(held_back(biller.slug)) == [Service.BALANCES]
    assert client_of(biller).retrieve_users(email=LAUNDRY_EMAIL)
    assert client_of(biller).cloud_payments(PAYMENT)


def test_a_429_ends_a_row_of_failures_because_the_service_is_there(
    there: There, biller: Biller
) -> None:
    for kind in ["unavailable"] * 4 + ["too_many"] + ["unavailable"] * 4:
        fault(there, "account", kind, wait=0)
        balance_fails(biller)
        there.heal()
    assert (list(limited(biller.slug)), list(held_back(biller.slug))) == ([], [])


def test_a_429_is_not_reported_as_away(there: There, biller: Biller) -> None:
    fault(there, "account", "too_many", wait=120)
    balance_fails(biller)
    known = availability.last_known(biller.slug)
    assert known is not None
    assert known.available
    state = Client().get("/readyz", HTTP_HOST="localhost").json()["invoice_cloud"]
    assert state["springfield-water"].startswith("answers since ")
    assert state["springfield-water"].endswith("; wants fewer calls: account")


def test_while_balances_wait_a_member_signs_in_and_reads_the_bills(
    there: There, cast: Cast
) -> None:
    for operation in ("account", "retrieve_customer_guid"):
        fault(there, operation, "too_many", wait=300)
    early = Client()
    early.post("/accounts/login/", GOOD)
    for _ in range(2):
        page = early.get(f"/accounts/{cast.account('10000101').pk}/balance/").content.decode()
        assert "Your balance isn't available right now" in page
    late = Client()
    assert late.post("/accounts/login/", GOOD).status_code == 302
    assert "<iframe" in late.get("/billing/bills/").content.decode()
