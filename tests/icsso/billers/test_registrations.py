"""Who registered an account: Retrieve Users, or SOAP where that is unusable and turned on."""

import pytest

from icsso.billers.clients import client_of, held_back, soap_reader_of
from icsso.billers.models import Biller
from icsso.billers.registrations import users_of_account
from icsso.client.contract import User
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable
from icsso.client.resilience.policies import Service
from tests.accounts.there import There
from tests.cast import LAUNDRY_EMAIL
from tests.sandbox_process import SandboxProcess

SOAP = "view_customer_record"


@pytest.fixture
def there(sandbox: SandboxProcess) -> There:
    there = There(sandbox)
    there.calls()
    return there


@pytest.fixture
def reading(biller: Biller) -> Biller:
    biller.reads_customer_records = True
    return biller


def users(biller: Biller, account_number: str = "10000101") -> tuple[User, ...]:
    return users_of_account(biller, client_of(biller), account_number)


def test_it_is_off_unless_it_is_turned_on_and_can_work(biller: Biller) -> None:
    assert soap_reader_of(biller) is None
    biller.reads_customer_records = True
    assert soap_reader_of(biller) is not None
    biller.web_service_key = ""
    assert soap_reader_of(biller) is None


def test_while_rest_can_be_used_nobody_else_is_asked(there: There, reading: Biller) -> None:
    assert users(reading)[0].registered
    assert there.operations() == ["retrieve_users"]


@pytest.mark.parametrize("kind", ["html", "refused", "unauthorized", "server_error", "truncated"])
def test_where_rest_is_unusable_soap_says_the_same(
    there: There, reading: Biller, kind: str
) -> None:
    numbers = ("10000101", "10000102", "no-such-account")
    known = [users(reading, number) for number in numbers]
    there.fault("retrieve_users", kind)
    told = [users(reading, number) for number in numbers]
    assert [[(u.account_number, u.registered) for u in row] for row in told] == [
        [(u.account_number, u.registered) for u in row] for row in known
    ]
    assert [u.email for u in told[0]] == [LAUNDRY_EMAIL]
    assert told[2] == ()


def test_without_it_the_error_of_rest_stays(there: There, biller: Biller) -> None:
    there.fault("retrieve_users", "html")
    with pytest.raises(InvoiceCloudError):
        users(biller)
    assert SOAP not in there.operations()


def test_an_outage_of_rest_is_an_outage(there: There, reading: Biller) -> None:
    there.fault("retrieve_users", "unavailable")
    with pytest.raises(InvoiceCloudUnavailable):
        users(reading)
    assert SOAP not in there.operations()


def test_if_soap_is_away_too_the_first_error_counts_and_billing_goes_on(
    there: There, reading: Biller
) -> None:
    there.fault("retrieve_users", "refused")
    there.fault(SOAP, "unavailable")
    for _ in range(5):
        with pytest.raises(InvoiceCloudRejected):
            users(reading)
    assert list(held_back(reading.slug)) == [Service.SOAP]
