"""Invoice Cloud writes account numbers in another way than the CIS: they are the same accounts."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member, UnknownAccount, User, UtilityAccount
from accounts.signup import existing_login
from tests.accounts.invoice_cloud.test_sync import ANA, MANY, PASSWORD, connect, last_run, states
from tests.accounts.signup.bringing import EMAIL, brought, has_login
from tests.accounts.signup.bringing import PASSWORD as ROSAS
from tests.accounts.there import There
from tests.cast import Cast, member


@pytest.fixture
def ana(there: There, cast: Cast) -> User:
    user = member(cast.biller, ANA, PASSWORD, "10000102")
    connect(user, PASSWORD)
    there.calls()
    return user


def customers(there: There, *numbers: str) -> None:
    rows = [{"account_number": n, "name": "Ana Torres", "invoices": []} for n in numbers]
    there.add_customers(*rows)
    there.register(ANA, PASSWORD, "10000102", *numbers)


def in_cis(cast: Cast, *numbers: str) -> None:
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=n, name="Ana Torres") for n in numbers
    )


def test_accounts_listed_without_zeros_and_dashes_are_linked_once(
    there: There, cast: Cast, ana: User
) -> None:
    in_cis(cast, "0070-1", "00702")
    customers(there, "701", "702")
    for _again in range(2):
        connect(ana, PASSWORD)
        assert states(ana) == dict.fromkeys(["10000102", "0070-1", "00702"], "registered")
    guid = UtilityAccount.objects.get(account_number="0070-1").customer_guid
    assert str(guid) == there.sandbox.customer("701")["guid"]
    assert "register_accounts" not in there.operations()
    assert not UnknownAccount.objects.exists()


def test_where_two_accounts_fit_staff_are_shown_the_number(
    there: There, cast: Cast, ana: User
) -> None:
    in_cis(cast, "0701", "00701")
    customers(there, "701")
    connect(ana, PASSWORD)
    assert list(states(ana)) == ["10000102"]
    [unknown] = UnknownAccount.objects.all()
    assert (unknown.account_number, unknown.number_key) == ("701", "701")
    in_cis(cast, "701")
    connect(ana, PASSWORD)
    assert set(states(ana)) == {"10000102", "701"}
    assert not UnknownAccount.objects.exists()


def test_a_linked_account_is_not_taken_for_another_whose_number_has_no_zeros(
    there: There, cast: Cast, ana: User
) -> None:
    in_cis(cast, "0701", "701")
    ana.all_links.create(account=UtilityAccount.objects.get(account_number="0701"))
    customers(there, "701")
    connect(ana, PASSWORD)
    assert states(ana)["701"] == "registered"
    guid = UtilityAccount.objects.get(account_number="0701").customer_guid
    assert str(guid) != there.sandbox.customer("701")["guid"]


def test_hundreds_written_differently_take_few_queries(there: There, cast: Cast, ana: User) -> None:
    in_cis(cast, *(f"00{number}" for number in MANY))
    customers(there, *MANY)
    with CaptureQueriesContext(connection) as first:
        connect(ana, PASSWORD)
    assert len(states(ana)) == 301
    assert last_run(ana).linked == 300
    assert len(first) < 40
    ana.refresh_from_db()
    with CaptureQueriesContext(connection) as second:
        connect(ana, PASSWORD)
    assert len(second) <= 11


def test_a_login_brings_accounts_that_the_cis_writes_differently(
    there: There, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing_login, "PACE", 0.01)
    UtilityAccount.objects.get(account_number="10000103").delete()
    in_cis(cast, "0010-000103")
    has_login(there)
    link = brought(client)
    assert client.post(link, {"password": ROSAS}).status_code == 302
    links = Member.objects.get(email=EMAIL).links
    numbers = links.values_list("account__account_number", flat=True)
    assert set(numbers) == {"0010-000103", "10000104"}
