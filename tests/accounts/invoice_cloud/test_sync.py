"""Accounts linked here and registered there become the same, both ways, however many they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.invoice_cloud import register as registering
from accounts.invoice_cloud.connect import connect as connect_now
from accounts.invoice_cloud.sync import sync_accounts
from accounts.linked_accounts import services as linking
from accounts.models import LinkedAccount, UnknownAccount, User, UtilityAccount
from accounts.models.sync import AccountSync
from icsso.billing.session import BillingSession, State
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast, member

PASSWORD = "seven herons over the mill"
ANA = "ana@example.com"
MANY = [f"3{number:07}" for number in range(300)]


def connect(user: User, password: str) -> BillingSession:
    """A sign-in, and what goes on after it."""
    billing = connect_now(user, password)
    if billing.state == State.CONNECTED:
        sync_accounts(user, password)
    return billing


def last_run(user: User) -> AccountSync:
    run = user.account_syncs.first()
    assert run is not None
    return run


@pytest.fixture
def ana(there: There, cast: Cast) -> User:
    """Registered there with one account, and known to be."""
    user = member(cast.biller, ANA, PASSWORD, "10000102")
    connect(user, PASSWORD)
    user.refresh_from_db()
    there.calls()
    return user


def link_here(user: User, *numbers: str) -> None:
    for number in numbers:
        account = UtilityAccount.objects.get(account_number=number)
        linking.link(member=user, account=account)


def states(user: User) -> dict[str, str]:
    return dict(user.links.values_list("account__account_number", "state"))


def registered_by(there: There, number: str) -> Any:
    return there.sandbox.customer(number)["registered_by"]


def test_registered_there_is_linked_here(there: There, ana: User) -> None:
    there.register(ANA, PASSWORD, "10000102", "10000103", "10000104")
    connect(ana, PASSWORD)
    assert states(ana) == dict.fromkeys(["10000102", "10000103", "10000104"], "registered")
    assert ana.links.filter(is_first=True).count() == 1
    guid = UtilityAccount.objects.get(account_number="10000103").customer_guid
    assert str(guid) == there.sandbox.customer("10000103")["guid"]


def test_linked_here_is_registered_there_in_one_call(there: There, ana: User) -> None:
    link_here(ana, "10000103", "10000104")
    connect(ana, PASSWORD)
    calls = there.calls()
    [registering_call] = [c for c in calls if c["operation"] == "register_accounts"]
    numbers = [row["AccountNumber"] for row in registering_call["body"]["Accounts"]]
    assert sorted(numbers) == ["10000103", "10000104"]
    assert registered_by(there, "10000103") == registered_by(there, "10000104") == ANA
    assert set(states(ana).values()) == {"registered"}


def test_unknown_to_the_cis_is_shown_to_operators_and_linked_once_it_is_known(
    there: There, ana: User
) -> None:
    there.add_customers({"account_number": "70000001", "name": "Nobody We Know", "invoices": []})
    there.register(ANA, PASSWORD, "10000102", "70000001")
    connect(ana, PASSWORD)
    connect(ana, PASSWORD)
    assert last_run(ana).unknown == 1
    assert [u.account_number for u in ana.unknown_accounts.all()] == ["70000001"]
    assert list(states(ana)) == ["10000102"]
    UtilityAccount.objects.create(
        biller=ana.biller, account_number="70000001", name="Nobody We Know"
    )
    connect(ana, PASSWORD)
    assert states(ana)["70000001"] == "registered"
    assert not UnknownAccount.objects.exists()


def test_an_account_of_another_biller_with_the_same_number_is_not_linked(
    there: There, ana: User
) -> None:
    there.add_customers({"account_number": "70000001", "name": "Nobody We Know", "invoices": []})
    there.register(ANA, PASSWORD, "10000102", "70000001")
    UtilityAccount.objects.create(
        biller=people.other_biller(), account_number="70000001", name="Nobody"
    )
    connect(ana, PASSWORD)
    assert list(states(ana)) == ["10000102"]


def test_what_the_member_unlinked_does_not_come_back(there: There, ana: User) -> None:
    there.register(ANA, PASSWORD, "10000102", "10000103")
    connect(ana, PASSWORD)
    linking.unlink(ana.links.get(account__account_number="10000103"))
    connect(ana, PASSWORD)
    assert list(states(ana)) == ["10000102"]
    assert not UnknownAccount.objects.exists()


def test_absent_there_is_created_and_registered(there: There, ana: User) -> None:
    link_here(ana, "10000105")
    connect(ana, PASSWORD)
    assert registered_by(there, "10000105") == ANA
    assert states(ana)["10000105"] == "registered"


def test_created_by_a_sign_in_that_broke_off_is_registered(
    there: There, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is unknown when the call is refused; when it is looked up, it exists, and nobody
    has registered it."""
    link_here(ana, "10000105")
    look_up = registering._look_up

    def after_another(*asked: Any) -> Any:
        there.add_customers({"account_number": "10000105", "name": "Harold Becker"})
        return look_up(*asked)

    monkeypatch.setattr(registering, "_look_up", after_another)
    connect(ana, PASSWORD)
    assert registered_by(there, "10000105") == ANA
    assert states(ana)["10000105"] == "registered"


def test_registered_by_somebody_else_stays_theirs(there: There, ana: User) -> None:
    link_here(ana, "10000106", "10000104")
    assert connect(ana, PASSWORD).state == State.CONNECTED
    link = ana.links.get(account__account_number="10000106")
    assert (link.state, link.note) == ("elsewhere", "m…@e….org")
    assert states(ana)["10000104"] == "registered"
    assert registered_by(there, "10000106") == "mei.chen@example.org"


def test_refused_keeps_the_words_and_is_asked_again_after_a_day(there: There, ana: User) -> None:
    link_here(ana, "10000106")
    connect(ana, PASSWORD)
    there.calls()
    connect(ana, PASSWORD)
    assert "register_accounts" not in there.operations()  # no round trip for nothing
    there.forget("mei.chen@example.org")
    ana.links.filter(state="elsewhere").update(settled_at=timezone.now() - timedelta(days=2))
    connect(ana, PASSWORD)
    assert states(ana)["10000106"] == "registered"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("retrieve_user_accounts", "unavailable"),
        ("retrieve_user_accounts", "html"),
        ("retrieve_user_accounts", "refused"),
        ("register_accounts", "unavailable"),
        ("register_accounts", "html"),
    ],
)
def test_an_outage_in_between_harms_nothing(
    there: There, ana: User, operation: str, kind: str
) -> None:
    link_here(ana, "10000103")
    there.fault(operation, kind)
    assert connect(ana, PASSWORD).is_usable
    assert states(ana)["10000103"] == "pending"
    assert operation in last_run(ana).failure
    there.heal()
    connect(ana, PASSWORD)
    assert states(ana)["10000103"] == "registered"
    assert last_run(ana).failure == ""


def test_refused_as_a_whole_because_of_one_the_others_are_registered(
    there: There, ana: User
) -> None:
    there.sandbox.vary("register_without_results")
    there.register("other@example.com", PASSWORD, "10000106")
    link_here(ana, "10000103", "10000105", "10000106")
    connect(ana, PASSWORD)
    numbers = ("10000102", "10000103", "10000105", "10000106")
    assert states(ana) == dict.fromkeys(numbers, "registered") | {"10000106": "elsewhere"}
    assert last_run(ana).failure == ""
    there.fault("register_accounts", "refused")
    link_here(ana, "10000104")
    connect(ana, PASSWORD)
    link = ana.links.get(account__account_number="10000104")
    assert link.state == "refused"
    assert link.note  # Invoice Cloud's words


def test_only_a_few_are_tried_alone_at_one_sign_in_and_the_others_at_the_next(
    there: There, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "MOST_ALONE", 2)
    there.sandbox.vary("register_without_results")
    link_here(ana, "10000103", "10000104", "10000105")
    there.calls()
    there.fault("register_accounts", "refused", times=3)  # twice all of them, once the first alone
    connect(ana, PASSWORD)
    asked = [c["body"] for c in there.calls() if c["operation"] == "register_accounts"]
    assert [len(body["Accounts"]) for body in asked] == [3, 3, 1, 1]
    others = dict.fromkeys(("10000102", "10000103", "10000104", "10000105"), "registered")
    [refused], [left] = (
        [number for number, found in states(ana).items() if found == state]
        for state in ("refused", "pending")
    )
    assert states(ana) == others | {refused: "refused", left: "pending"}
    connect(ana, PASSWORD)
    assert states(ana) == others | {refused: "refused"}


def test_what_each_run_did_is_kept_and_the_last_ten_of_them(there: There, ana: User) -> None:
    there.add_customers({"account_number": "70000001", "name": "Nobody We Know", "invoices": []})
    there.register(ANA, PASSWORD, "10000102", "10000104", "70000001")
    link_here(ana, "10000103", "10000106")
    connect(ana, PASSWORD)
    run = last_run(ana)
    assert (run.linked, run.registered, run.refused, run.unknown) == (1, 1, 1, 1)
    assert run.ended_at is not None
    assert run.started_at <= run.ended_at
    assert run.failure == ""
    for _ in range(12):
        sync_accounts(ana, PASSWORD)
    assert ana.account_syncs.count() == 10
    assert not ana.account_syncs.filter(pk=run.pk).exists()


def test_a_run_that_breaks_off_keeps_what_it_had_done(there: There, ana: User) -> None:
    link_here(ana, "10000103", "10000106")
    there.fault("retrieve_users", "unavailable", times=3)  # each try of the first call
    connect(ana, PASSWORD)
    assert states(ana) == {
        "10000102": "registered",
        "10000103": "registered",
        "10000106": "pending",
    }
    run = last_run(ana)
    assert (run.registered, run.refused) == (1, 1)
    assert run.failure == "retrieve_users: not available (503)"
    connect(ana, PASSWORD)
    assert states(ana)["10000106"] == "elsewhere"


def test_all_calls_of_a_run_share_one_limit(
    there: There, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.invoice_cloud.sync.SECONDS", 1.5)
    link_here(ana, "10000103")
    there.calls()
    there.fault("retrieve_user_accounts", "slow")
    sync_accounts(ana, PASSWORD)
    assert "the response timed out" in last_run(ana).failure
    assert there.operations() == ["retrieve_user_accounts"]


def test_nothing_is_registered_under_an_address_of_before(there: There, ana: User) -> None:
    """Otherwise, the member would have a second user at Invoice Cloud."""
    link_here(ana, "10000103")
    User.objects.filter(pk=ana.pk).update(email="ana.torres@example.com")
    there.calls()
    sync_accounts(ana, PASSWORD)
    assert there.operations() == ["retrieve_user_accounts"]
    assert "being changed" in last_run(ana).failure


def test_nothing_is_registered_while_a_change_of_credentials_is_open(
    there: There, ana: User
) -> None:
    link_here(ana, "10000103")
    ana.credential_changes.create(kind="reset", state="in_progress")
    there.calls()
    sync_accounts(ana, PASSWORD)
    assert there.operations() == ["retrieve_user_accounts"]
    assert states(ana)["10000103"] == "pending"


def test_without_accounts_here_those_registered_there_come(there: There, cast: Cast) -> None:
    mei = member(cast.biller, "mei.chen@example.org", "a password of her own")
    assert connect(mei, "a password of her own").state == State.CONNECTED
    assert states(mei) == {"10000106": "registered"}
    assert mei.links.get().is_first


def test_a_manager_with_forty_accounts_at_the_first_sign_in(there: There, cast: Cast) -> None:
    assert connect(cast.manager, people.MANAGER_PASSWORD).state == State.CONNECTED
    assert len(there.operations()) == 3
    assert set(states(cast.manager).values()) == {"registered"}


@pytest.fixture
def large_manager(there: There, cast: Cast) -> User:
    """Three hundred accounts in the CIS and at Invoice Cloud; one is linked here."""
    there.add_customers(
        *({"account_number": n, "name": "Large Manager", "invoices": []} for n in MANY)
    )
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=n, name="Large Manager") for n in MANY
    )
    return member(cast.biller, "large@example.com", PASSWORD, MANY[0])


def test_hundreds_from_there_take_few_queries(there: There, large_manager: User) -> None:
    there.register("large@example.com", PASSWORD, *MANY)
    with CaptureQueriesContext(
        connection,
    ) as first:
        connect(large_manager, PASSWORD)
    assert set(states(large_manager).values()) == {"registered"}
    assert len(states(large_manager)) == 300
    assert not UtilityAccount.objects.filter(
        all_links__member=large_manager, customer_guid=None
    ).exists()
    assert len(first) < 40  # inserts and updates come in batches
    assert last_run(large_manager).linked == 299
    large_manager.refresh_from_db()
    with CaptureQueriesContext(connection) as second:
        connect(large_manager, PASSWORD)
    assert len(second) <= 10


def test_hundreds_from_here_are_registered_a_hundred_at_a_time(
    there: There, large_manager: User
) -> None:
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=large_manager, account=account)
        for account in UtilityAccount.objects.filter(account_number__in=MANY[1:])
    )
    there.calls()
    connect(large_manager, PASSWORD)
    asked = there.operations()
    assert asked.count("register_accounts") == 1 + 3  # the first alone opens the account there
    assert asked.count("retrieve_users") == 2  # by email, and by account number
    assert set(states(large_manager).values()) == {"registered"}


def test_many_refused_are_looked_up_a_few_at_a_time(
    there: There, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "MOST_LOOKED_UP", 2)
    there.register("other@example.com", PASSWORD, "10000103", "10000104", "10000106")
    link_here(ana, "10000103", "10000104", "10000106")
    connect(ana, PASSWORD)
    assert sorted(states(ana).values()) == ["elsewhere", "elsewhere", "pending", "registered"]
    assert "another user" in ana.links.get(state="pending").note  # why, for operators
    connect(ana, PASSWORD)
    assert sorted(states(ana).values()) == ["elsewhere", "elsewhere", "elsewhere", "registered"]
