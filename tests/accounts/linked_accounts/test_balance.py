"""The balance of one account: /accounts/<pk>/balance/, asked after the page."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from icsso.billing import session as billing_session
from icsso.billing.session import BillingSession, State
from tests.cast import Cast, member, other_biller
from tests.sandbox_process import SandboxProcess

FETCH = {"X-Requested-With": "fetch"}
pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture
def street(client: Client, cast: Cast) -> Iterator[Client]:
    """Somebody with every account of the street: owing nothing, in credit, overdue."""
    numbers = ("10000102", "10000103", "10000104", "10000105")
    user = member(cast.biller, "street@example.com", "all the doors of the street", *numbers)
    client.force_login(user)
    return client


def test_shows_balance_and_due_date_in_words(
    sandbox: SandboxProcess, laundry: Client, cast: Cast
) -> None:
    due, days = _due(sandbox, "10000101")
    page = laundry.get(_address(cast, "10000101"), headers=FETCH)
    assert page.status_code == 200
    assert "$84.20" in page.content.decode()
    assert f"Due in {days} days, on {date_format(due)}" in page.content.decode()
    assert "<html" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "X-Requested-With" in page["Vary"]


def test_is_a_page_of_its_own_without_javascript(laundry: Client, cast: Cast) -> None:
    page = laundry.get(_address(cast, "10000101")).content.decode()
    assert "<html" in page
    assert "$84.20" in page
    assert "10000101" in page


def test_owing_nothing_credit_and_overdue_have_their_own_words(
    sandbox: SandboxProcess, street: Client, cast: Cast
) -> None:
    nothing = street.get(_address(cast, "10000102"), headers=FETCH).content.decode()
    assert "$0.00" in nothing
    assert "Nothing due" in nothing
    credit = street.get(_address(cast, "10000103"), headers=FETCH).content.decode()
    assert "Your credit" in credit
    assert "$25.10" in credit
    assert "nothing to pay" in credit
    overdue = street.get(_address(cast, "10000104"), headers=FETCH).content.decode()
    assert "$120.05" in overdue
    assert "Overdue" in overdue
    _day, days = _due(sandbox, "10000104")
    assert f"Was due {-days} days ago" in overdue


def test_an_account_that_is_not_at_invoice_cloud_has_no_balance_and_harms_no_other(
    street: Client, cast: Cast
) -> None:
    harold = street.get(_address(cast, "10000105"), headers=FETCH)
    assert harold.status_code == 200
    assert "Your balance isn't available right now" in harold.content.decode()
    assert "Try again" in harold.content.decode()
    assert "$0.00" in street.get(_address(cast, "10000102"), headers=FETCH).content.decode()


def test_the_customer_guid_is_asked_once_and_the_balance_once_a_minute(
    sandbox: SandboxProcess, laundry: Client, cast: Cast
) -> None:
    for _ in range(3):
        laundry.get(_address(cast, "10000101"), headers=FETCH)
    assert _operations(sandbox) == ["retrieve_customer_guid", "account"]
    guid = sandbox.customer("10000101")["guid"]
    assert cast.account("10000101").customer_guid == UUID(guid)


def test_after_a_visit_to_the_billing_pages_it_is_asked_anew(
    sandbox: SandboxProcess, laundry: Client, cast: Cast
) -> None:
    def asked() -> int:
        laundry.get(_address(cast, "10000101"), headers=FETCH)
        return _operations(sandbox).count("account")

    assert (asked(), asked()) == (1, 1)
    session = laundry.session
    connected = BillingSession(
        state=State.CONNECTED, token="a token", expires_at=timezone.now() + timedelta(minutes=9)
    )
    billing_session.store(session, connected)
    session.save()
    assert laundry.get("/billing/autopay/").status_code == 200
    assert "$84.20" not in laundry.get("/").content.decode()
    assert (asked(), asked()) == (2, 2)
    # The billing page may still be open in another window: for a while, each return asks anew.
    assert "$84.20" not in laundry.get("/").content.decode()
    assert asked() == 3


def test_a_known_guid_is_not_asked_again(
    sandbox: SandboxProcess, laundry: Client, cast: Cast
) -> None:
    cast.account("10000101").learn_guid(UUID(sandbox.customer("10000101")["guid"]))
    laundry.get(_address(cast, "10000101"), headers=FETCH)
    assert _operations(sandbox) == ["account"]


@pytest.mark.parametrize("number", ["10000102", "10000201"])
def test_what_is_not_the_members_does_not_exist(
    sandbox: SandboxProcess, laundry: Client, cast: Cast, number: str
) -> None:
    assert laundry.get(_address(cast, number), headers=FETCH).status_code == 404
    assert laundry.get("/accounts/999999/balance/").status_code == 404
    assert _operations(sandbox) == []


def test_a_member_of_another_biller_and_a_stranger_see_nothing(client: Client, cast: Cast) -> None:
    address = _address(cast, "10000101")
    assert client.get(address).headers["Location"].startswith("/accounts/login/?next=/accounts/")
    stranger = member(other_biller(), "laundry@example.com", "a lamp in every window")
    client.force_login(stranger)
    assert client.get(address, headers={"Host": "power.localhost"}).status_code == 404
    assert client.get(address, headers={"Host": "localhost"}).status_code == 302


@pytest.mark.parametrize(
    "kind", ["unavailable", "too_many", "reset", "html", "truncated", "wrong_type", "unauthorized"]
)
def test_every_failure_says_not_available_and_the_next_try_asks_again(
    sandbox: SandboxProcess, laundry: Client, cast: Cast, kind: str, caplog: Any
) -> None:
    fault = {"operation": "account", "kind": kind, "times": None}
    sandbox.control("POST", "/_control/api/faults", fault)
    address = _address(cast, "10000101")
    page = laundry.get(address, headers=FETCH)
    assert page.status_code == 200
    assert "Your balance isn't available right now" in page.content.decode()
    assert "balance not available: account" in caplog.text
    sandbox.control("DELETE", "/_control/api/faults")
    assert "$84.20" in laundry.get(address, headers=FETCH).content.decode()


def test_an_answer_about_another_account_is_not_shown(
    sandbox: SandboxProcess, laundry: Client, cast: Cast, caplog: Any
) -> None:
    account = cast.account("10000101")
    account.learn_guid(UUID(sandbox.customer("10000104")["guid"]))
    page = laundry.get(_address(cast, "10000101"), headers=FETCH).content.decode()
    assert "Your balance isn't available right now" in page
    assert "120.05" not in page
    assert "answered for another account" in caplog.text
    # The wrong GUID is gone: the next try asks for the right one.
    assert "$84.20" in laundry.get(_address(cast, "10000101"), headers=FETCH).content.decode()


def test_a_guid_that_invoice_cloud_no_longer_knows_is_asked_for_again(
    laundry: Client, cast: Cast
) -> None:
    cast.account("10000101").learn_guid(UUID("00000000-0000-4000-8000-000000000000"))
    address = _address(cast, "10000101")
    assert "isn't available" in laundry.get(address, headers=FETCH).content.decode()
    assert "$84.20" in laundry.get(address, headers=FETCH).content.decode()


def test_only_a_get_is_answered(laundry: Client, cast: Cast) -> None:
    assert laundry.post(_address(cast, "10000101")).status_code == 405


def _address(cast: Cast, number: str) -> str:
    return f"/accounts/{cast.account(number).pk}/balance/"


def _operations(sandbox: SandboxProcess) -> list[str]:
    calls = sandbox.control("GET", "/_control/api/calls")
    return [call["operation"] for call in calls]


def _due(sandbox: SandboxProcess, number: str) -> tuple[date, int]:
    """The first due date of what is open, and the days until then on the portal's calendar."""
    invoices = sandbox.customer(number)["invoices"]
    days = (invoice["due_date"] for invoice in invoices if float(invoice["balance"]) > 0)
    due = date.fromisoformat(min(days))
    return due, (due - timezone.localdate()).days
