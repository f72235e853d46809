"""A property manager with 1,000 accounts signs in, links and looks around like everybody else.

What 5,000 cost is measured by `bench/manager.py`.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import NamedTuple

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.invoice_cloud.background import THREADS, background_work
from accounts.invoice_cloud.sync import sync_accounts
from accounts.linked_accounts.refresh import AT_ONCE
from accounts.models import LinkedAccount, User, UtilityAccount
from icsso.client.resilience.policies import POLICIES
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast, member

MANY = [f"3{number:07}" for number in range(1000)]
EMAIL, PASSWORD = "large@example.com", "five thousand brass doorbells"
LARGE = {"username": EMAIL, "password": PASSWORD}
ANA = {"username": "ana@example.com", "password": PASSWORD}
USUAL = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
State = LinkedAccount.State
BALANCES = Counter(account=AT_ONCE)  # asked for after a sign-in, of those not known yet
A_LONG_TIME = 3600  # seconds: how fast the machine is decides nothing here


class Cost(NamedTuple):
    """Of a request: queries and calls to Invoice Cloud before its answer, and calls after it."""

    queries: int
    waited_for: Counter[str]
    afterwards: Counter[str]


@pytest.fixture
def there(
    transactional_db: None, there: There, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> There:
    """Invoice Cloud with 1,000 more customers. Here, threads do the rest, as in production. No call
    and no run is cut short; tests/accounts/invoice_cloud/test_sync.py has what happens then."""
    settings.SYNCHRONISE_AFTERWARDS = True
    settings.INVOICE_CLOUD_TIMEOUT = A_LONG_TIME
    settings.INVOICE_CLOUD_TIMEOUTS = dict.fromkeys(POLICIES, A_LONG_TIME)
    monkeypatch.setattr("accounts.invoice_cloud.sync.SECONDS", A_LONG_TIME)
    ContentType.objects.get_for_model(LinkedAccount)  # a process asks once, for the audit log
    there.add_customers(
        *({"account_number": n, "name": "Large Manager", "invoices": []} for n in MANY)
    )
    return there


@pytest.fixture
def cis(there: There, cast: Cast) -> Cast:
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=n, name="Large Manager") for n in MANY
    )
    return cast


@pytest.fixture
def large(there: There, cis: Cast) -> User:
    """Signed in before, with all accounts linked here and registered there."""
    there.register(EMAIL, PASSWORD, *MANY)
    user = member(cis.biller, EMAIL, PASSWORD, *MANY)
    assert Client().post("/accounts/login/", LARGE).status_code == 302
    assert background_work.wait(A_LONG_TIME)
    assert not user.links.exclude(state=State.REGISTERED).exists()
    assert not UtilityAccount.objects.filter(all_links__member=user, customer_guid=None).exists()
    return user


@contextmanager
def nothing_begins_in_threads() -> Iterator[None]:
    gate = Event()
    for number in range(THREADS):
        background_work.do(("gate", number), lambda: gate.wait(A_LONG_TIME))
    try:
        yield
    finally:
        gate.set()
        assert background_work.wait(A_LONG_TIME)


def post(there: There, client: Client, address: str, given: dict[str, str]) -> Cost:
    there.calls()
    with nothing_begins_in_threads():
        with CaptureQueriesContext(connection) as queries:
            assert client.post(address, given).status_code == 302
        waited_for = Counter(there.operations())
    return Cost(len(queries), waited_for, Counter(there.operations()))


def sign_in(there: There, given: dict[str, str]) -> Cost:
    return post(there, Client(), "/accounts/login/", given)


def test_a_sign_in_costs_what_it_costs_with_one_account(there: There, large: User) -> None:
    sign_in(there, USUAL)
    one, many = sign_in(there, USUAL), sign_in(there, LARGE)
    assert one.queries == many.queries
    assert one.waited_for == many.waited_for == {"remote_authentication": 1}
    assert many.afterwards == one.afterwards | BALANCES == {"retrieve_user_accounts": 1, **BALANCES}


def test_the_first_sign_in_waits_for_one_account_and_the_rest_follows(
    there: There, cis: Cast
) -> None:
    user = member(cis.biller, EMAIL, PASSWORD, *MANY)
    member(cis.biller, ANA["username"], PASSWORD, "10000102")
    cost = sign_in(there, LARGE)
    assert cost.waited_for == {
        "retrieve_users": 2,  # by email, and by account number
        "register_accounts": 1,
        "remote_authentication": 1,
    }
    further = {"retrieve_customer_guid": AT_ONCE - 1, **BALANCES}
    assert cost.afterwards == {"retrieve_user_accounts": 1, "register_accounts": 10, **further}
    assert cost.queries == sign_in(there, ANA).queries  # a first one, too
    assert user.links.filter(state=State.REGISTERED).count() == 1000
    assert user.account_syncs.get().registered == 999


def test_no_query_is_made_for_each_account(there: There, cis: Cast) -> None:
    there.register(EMAIL, PASSWORD, *MANY[:500])
    user = member(cis.biller, EMAIL, PASSWORD, *MANY[500:])
    with CaptureQueriesContext(connection) as queries:
        run = sync_accounts(user, PASSWORD)
    assert (run.linked, run.registered, run.failure) == (500, 500, "")
    assert user.links.filter(state=State.REGISTERED).count() == 1000
    # Seven for each call of a hundred, inserts in batches, and one for legal holds.
    assert len(queries) <= 60


def test_all_refused_are_not_asked_about_one_by_one(there: There, cis: Cast) -> None:
    there.register("other@example.com", PASSWORD, *MANY)
    there.register(EMAIL, PASSWORD, "10000102")
    user = member(cis.biller, EMAIL, PASSWORD, *MANY)
    there.calls()
    with CaptureQueriesContext(connection) as queries:
        run = sync_accounts(user, PASSWORD)
    asked = Counter(there.operations())
    assert asked == {"retrieve_user_accounts": 1, "register_accounts": 10, "retrieve_users": 10}
    assert (run.refused, run.linked) == (1000, 1)
    assert user.links.filter(state=State.ELSEWHERE).count() == 10
    assert not user.links.filter(state=State.PENDING, note="").exists()
    assert len(queries) < 90


def test_one_more_account_is_linked_without_trouble(there: There, large: User) -> None:
    client = Client()
    client.post("/accounts/login/", LARGE)
    assert background_work.wait(A_LONG_TIME)
    client.post("/accounts/link/", {"account_number": "10000104", "name": "Rosa Delgado"})
    confirm = "/accounts/confirm/?next=/accounts/"
    with nothing_begins_in_threads():
        assert client.post(confirm, {"password": PASSWORD})["Location"] == "/accounts/"
        found = client.get("/accounts/?q=10000104").content.decode()
        assert "connecting 1 account to the billing pages" in found
        assert "Confirm your password to see them<" not in found
    cost = post(there, client, confirm, {"password": PASSWORD})
    assert cost.waited_for == cost.afterwards == {}  # nothing is left to do
    page = client.get("/accounts/?q=10000104").content.decode()
    assert "Account number 10000104" in page
    assert "to the billing pages" not in page
    assert there.sandbox.customer("10000104")["registered_by"] == EMAIL


def test_pages_cost_no_more_queries_than_with_forty(cis: Cast) -> None:
    large = member(cis.biller, EMAIL, PASSWORD, *MANY)
    large.links.update(state=State.REGISTERED, settled_at=timezone.now())
    for address in ("/", "/accounts/", "/?q=manage", "/accounts/?page=50"):
        forty, many = (queries_of(address, user) for user in (cis.manager, large))
        # With up to 50 accounts there is a reminder, too, which takes two queries.
        assert many <= forty <= 8, address


def queries_of(address: str, user: User) -> int:
    client = Client()
    client.force_login(user)
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)
