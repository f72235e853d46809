"""`connect`: the three branches, every return, and whatever Invoice Cloud does."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.invoice_cloud.connect import connect
from accounts.models import LinkedAccount, User
from icsso.billing.session import BillingSession, State
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast, member

PASSWORD = "seven herons over the mill"
ANA = "ana@example.com"
pytestmark = pytest.mark.usefixtures("sandbox")

RETURN = ["remote_authentication"]
# By email, and by account number.
LOOKED_UP = ["retrieve_users", "retrieve_users"]
FIRST_TIME = [*LOOKED_UP, "register_accounts", *RETURN]


@pytest.fixture
def ana(cast: Cast) -> User:
    """At Invoice Cloud, where nobody has registered her account."""
    return member(cast.biller, ANA, PASSWORD, "10000102")


def the_link(user: User) -> LinkedAccount:
    return user.links.get()


def signed_in_before(user: User) -> User:
    assert connect(user, PASSWORD).state == State.CONNECTED
    user.refresh_from_db()
    return user


def test_absent_there_creates_registers_authenticates(there: There, cast: Cast) -> None:
    harold = member(cast.biller, "harold@example.com", PASSWORD, "10000105")
    billing = connect(harold, PASSWORD)
    assert (billing.state, billing.is_usable) == (State.CONNECTED, True)
    calls = there.calls()
    assert [call["operation"] for call in calls[:4]] == [
        *LOOKED_UP,
        "create_customer_record",
        "register_accounts",
    ]
    assert sorted(call["operation"] for call in calls[4:]) == RETURN
    assert calls[2]["body"] == {
        "AccountNumber": "10000105",
        "CustomerName": "Harold Becker",
        "Address1": "20 Mill Street",
        "Address2": "",
        "City": "Springfield",
        "State": "IL",
        "Zip": "62701",
        "Phone": "",
        "EmailAddress": "harold@example.com",
    }
    assert calls[3]["body"]["LoginTypeID"] == 1
    created = there.sandbox.customer("10000105")
    assert created["registered_by"] == "harold@example.com"
    assert billing.customer_guid == created["guid"]
    assert the_link(harold).state == LinkedAccount.State.REGISTERED
    harold.refresh_from_db()
    assert harold.registered_at is not None


def test_there_and_unregistered_registers_authenticates(there: There, ana: User) -> None:
    assert connect(ana, PASSWORD).state == State.CONNECTED
    assert sorted(there.operations()) == sorted(FIRST_TIME)
    assert there.sandbox.customer("10000102")["registered_by"] == ANA
    assert there.has_password(ANA, PASSWORD)


def test_registered_under_this_address_authenticates(there: There, cast: Cast) -> None:
    billing = connect(cast.laundry, people.LAUNDRY_PASSWORD)
    assert billing.state == State.CONNECTED
    assert sorted(there.operations()) == sorted(["retrieve_users", *RETURN])
    assert the_link(cast.laundry).state == LinkedAccount.State.REGISTERED


def test_registered_under_another_address_takes_nothing_over(there: There, cast: Cast) -> None:
    spouse = member(cast.biller, "spouse@example.com", PASSWORD, "10000106")
    billing = connect(spouse, PASSWORD)
    assert (billing.state, billing.note, billing.token) == (State.ELSEWHERE, "m…@e….org", "")
    assert there.operations() == LOOKED_UP
    assert (the_link(spouse).state, the_link(spouse).note) == ("elsewhere", "m…@e….org")
    assert there.user("spouse@example.com") is None
    spouse.refresh_from_db()
    assert spouse.registered_at is None


def test_elsewhere_is_asked_again_at_the_next_sign_in(there: There, cast: Cast) -> None:
    spouse = member(cast.biller, "spouse@example.com", PASSWORD, "10000106")
    connect(spouse, PASSWORD)
    there.forget("mei.chen@example.org")
    assert connect(spouse, PASSWORD).state == State.CONNECTED
    assert the_link(spouse).state == LinkedAccount.State.REGISTERED


def test_one_account_elsewhere_does_not_keep_the_others_from_billing(
    there: There, cast: Cast
) -> None:
    both = member(cast.biller, "both@example.com", PASSWORD, "10000102", "10000106")
    both.links.filter(account__account_number="10000106").update(is_first=True)
    both.links.filter(account__account_number="10000102").update(is_first=False)
    assert connect(both, PASSWORD).state == State.CONNECTED
    states = dict(both.links.values_list("account__account_number", "state"))
    assert states == {"10000102": "registered", "10000106": "elsewhere"}


def test_two_of_a_household_each_keep_what_was_answered(there: There, ana: User) -> None:
    connect(ana, PASSWORD)
    second = member(ana.biller, "luis@example.com", PASSWORD, "10000102")  # type: ignore[arg-type]
    assert connect(second, PASSWORD).state == State.ELSEWHERE
    assert the_link(ana).state == LinkedAccount.State.REGISTERED
    assert the_link(second).note == "a…@e….com"


def test_returning_waits_for_the_token_alone(there: There, ana: User) -> None:
    signed_in_before(ana)
    there.calls()
    assert connect(ana, PASSWORD).state == State.CONNECTED
    assert there.operations() == ["remote_authentication"]


def test_customer_guid_is_asked_for_once_and_beside_the_token(there: There, ana: User) -> None:
    signed_in_before(ana)
    the_link(ana).account.forget_guid()
    there.calls()
    there.fault("*", "slow", seconds=2)
    assert connect(ana, PASSWORD).customer_guid == there.sandbox.customer("10000102")["guid"]
    calls = there.calls()
    assert sorted(call["operation"] for call in calls) == [
        "remote_authentication",
        "retrieve_customer_guid",
    ]
    # One round trip of waiting: each began before the other had ended.
    assert max(call["started"] for call in calls) < min(call["ended"] for call in calls)
    connect(ana, PASSWORD)
    assert "retrieve_customer_guid" not in there.operations()


def test_the_token_lives_as_long_as_invoice_cloud_said(there: There, ana: User) -> None:
    row = {"api_key": people.API_KEY, "name": "Springfield Water", "token_seconds": 300}
    there.sandbox.control(
        "POST", "/_control/api/billers", {**row, "biller_guid": str(people.BILLER_GUID)}
    )
    before = timezone.now()
    billing = connect(ana, PASSWORD)
    assert billing.expires_at is not None
    assert before < billing.expires_at <= timezone.now() + timedelta(seconds=300)


def test_a_token_that_ends_at_once_is_trouble_there_and_no_endless_question(
    there: There, ana: User
) -> None:
    row = {"api_key": people.API_KEY, "name": "Springfield Water", "token_seconds": 60}
    there.sandbox.control(
        "POST", "/_control/api/billers", {**row, "biller_guid": str(people.BILLER_GUID)}
    )
    assert connect(ana, PASSWORD) == BillingSession(state=State.AWAY)


def test_forgotten_there_registers_again(there: There, ana: User) -> None:
    signed_in_before(ana)
    there.forget(ANA)
    there.calls()
    assert connect(ana, PASSWORD).state == State.CONNECTED
    assert "register_accounts" in there.operations()
    assert there.sandbox.customer("10000102")["registered_by"] == ANA


def test_another_password_there_is_never_registered_over(there: There, ana: User) -> None:
    signed_in_before(ana)
    there.register(ANA, "the password of before", "10000102")
    there.calls()
    billing = connect(ana, PASSWORD)
    assert (billing.state, billing.token) == (State.RECONNECT, "")
    assert there.has_password(ANA, "the password of before")


def test_someone_known_there_is_never_registered_with_an_unproven_password(
    there: There, ana: User
) -> None:
    """What Register Accounts does with another password is unknown: it may overwrite it."""
    there.register(ANA, "the password of before", "10000103")
    there.calls()
    assert connect(ana, PASSWORD).state == State.RECONNECT
    assert "register_accounts" not in there.operations()


def test_another_password_there_at_the_first_sign_in(there: There, ana: User) -> None:
    there.register(ANA, "the password of before", "10000103")
    assert connect(ana, PASSWORD).state == State.RECONNECT
    assert there.has_password(ANA, "the password of before")
    assert there.sandbox.customer("10000102")["registered_by"] is None


def test_a_member_without_accounts_is_told_so(there: There, cast: Cast) -> None:
    nobody = member(cast.biller, "nobody@example.com", PASSWORD)
    billing = connect(nobody, PASSWORD)
    assert (billing.state, billing.note) == (State.REFUSED, "You haven't linked an account yet.")


def test_refused_shows_invoice_clouds_words(there: There, ana: User) -> None:
    there.fault("register_accounts", "refused")
    billing = connect(ana, PASSWORD)
    assert (billing.state, billing.note) == (State.REFUSED, "The request was refused.")


AWAY = ["unavailable", "too_many", "bad_gateway", "gateway_timeout", "reset", "reset_after"]
AWAY += ["html", "truncated", "redirect", "server_error"]
STEPS = ["retrieve_users", "create_customer_record", "register_accounts", "remote_authentication"]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [(STEPS[-1], kind) for kind in AWAY]
    + [(step, kind) for step in STEPS[:-1] for kind in ("unavailable", "reset_after", "html")],
)
def test_an_outage_at_any_step_is_gone_on_with_at_the_next_sign_in(
    there: There, cast: Cast, operation: str, kind: str
) -> None:
    harold = member(cast.biller, "harold@example.com", PASSWORD, "10000105")
    there.fault(operation, kind)
    billing = connect(harold, PASSWORD)
    assert (billing.state, billing.token) == (State.AWAY, "")
    there.heal()
    harold.refresh_from_db()
    assert connect(harold, PASSWORD).state == State.CONNECTED
    customers = there.sandbox.state("customers")
    assert [c["registered_by"] for c in customers if c["account_number"] == "10000105"] == [
        "harold@example.com"
    ]


@pytest.mark.parametrize("kind", ["hang", "hang_after"])
@pytest.mark.parametrize("operation", STEPS)
def test_a_timeout_at_any_step_does_nothing_twice(
    there: There, cast: Cast, settings: Settings, operation: str, kind: str
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {operation: 1.0}
    harold = member(cast.biller, "harold@example.com", PASSWORD, "10000105")
    there.fault(operation, kind, times=1)
    assert connect(harold, PASSWORD).state == State.AWAY
    there.heal()
    there.calls()
    settings.INVOICE_CLOUD_TIMEOUTS = {}
    harold.refresh_from_db()
    assert connect(harold, PASSWORD).state == State.CONNECTED
    asked = there.operations()
    created = STEPS.index(operation) > 1 or (operation == STEPS[1] and kind == "hang_after")
    registered = STEPS.index(operation) > 2 or (operation == STEPS[2] and kind == "hang_after")
    assert asked.count("create_customer_record") == (0 if created else 1)
    assert asked.count("register_accounts") == (0 if registered else 1)


def test_with_everything_hanging_it_ends_in_time_after_one_step(
    there: There, ana: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in_before(ana)
    there.calls()
    settings.INVOICE_CLOUD_TIMEOUT = 1.0
    there.fault("*", "hang")
    assert connect(ana, PASSWORD).state == State.AWAY
    assert sorted(there.operations()) == RETURN


def test_slow_answers_share_one_limit(
    there: There, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is within its own limit, but together they take too long: the rest is not
    asked."""
    monkeypatch.setattr("accounts.invoice_cloud.connect.BUDGET", 3.5)
    there.fault("*", "slow", seconds=2)
    assert connect(ana, PASSWORD).state == State.AWAY
    assert there.operations() == LOOKED_UP


@pytest.mark.parametrize("kind", ["unauthorized", "html", "unavailable", "refused"])
def test_operators_read_what_happened_and_no_secret(
    there: There, ana: User, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    there.fault("*", kind)
    with caplog.at_level(logging.INFO):
        connect(ana, PASSWORD)
    levels = {r.levelname for r in caplog.records if r.name == "accounts.failures"}
    is_ours = kind in {"unauthorized", "html"}
    assert levels == ({"ERROR"} if is_ours else {"WARNING"})
    for secret in (PASSWORD, people.API_KEY, ANA, "10000102"):
        assert secret not in caplog.text


def test_a_wrong_api_key_is_never_the_customers_fault(there: There, ana: User) -> None:
    there.fault("*", "unauthorized")
    assert connect(ana, PASSWORD) == BillingSession(state=State.FAULT)


@pytest.mark.parametrize("kind", ["empty", "wrong_type", "refused", "success_false"])
def test_a_token_that_does_not_come_is_a_wrong_password_however_it_is_said(
    there: There, ana: User, kind: str
) -> None:
    signed_in_before(ana)
    there.fault("remote_authentication", kind)
    assert connect(ana, PASSWORD).state == State.RECONNECT
    there.heal()
    assert connect(ana, PASSWORD).state == State.CONNECTED


@pytest.mark.parametrize("kind", ["empty", "refused", "success_false"])
def test_whoever_may_be_registered_proves_the_password_first(
    there: There, ana: User, cast: Cast, kind: str
) -> None:
    there.fault("retrieve_users", kind)
    assert connect(cast.laundry, people.LAUNDRY_PASSWORD).state == State.CONNECTED
    there.sandbox.vary("credentials_401_empty")
    assert connect(ana, PASSWORD).state == State.REFUSED
    assert there.user(ANA) is None


def test_a_return_costs_few_queries(
    ana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in_before(ana)
    with django_assert_max_num_queries(6):
        connect(ana, PASSWORD)
