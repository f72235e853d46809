"""The audit after a storm: silent if both sides agree, and a sentence for each difference."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import LinkedAccount, User
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.notifications import delivery as emails
from payments.models import Checkout, Payment, PaymentLine
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import GUID, opened, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess
from tests.storm.audits import audit
from tests.storm.audits.leaks import leaks
from tests.storm.people.person import Person
from tests.storm.town import Household, Town
from tests.workers import WORKERS


@pytest.fixture
def paid(cast: Cast, client: Client) -> dict[str, Any]:
    """A payment of $84.20 that both sides know, as Invoice Cloud reports it."""
    checkout = opened(cast)
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    payment = {"guid": GUID, "account_number": "10000101", "amount": "84.20", "fee": "2.50"}
    calls = [
        {"fields": {"BillerReference": checkout.biller_reference}, "attempts": [{"status": 200}]}
    ]
    payment |= {"approved": True, "hosted_payment": "hosted-page"}
    return {"payments": [payment], "postbacks": calls, "customers": []}


def test_both_sides_agree(paid: dict[str, Any]) -> None:
    assert audit.payments(paid) == audit.calls(paid) == []


def test_a_payment_that_is_lost(paid: dict[str, Any]) -> None:
    PaymentLine.objects.all().delete()
    Payment.objects.all().delete()
    [sentence] = audit.payments(paid)
    assert sentence.startswith("approved and not known here")


@pytest.mark.parametrize(
    "untrue", [{"approved": False}, {"amount": "84.21"}, {"fee": "0.00"}, {"guid": "another"}]
)
def test_a_payment_that_is_not_so(paid: dict[str, Any], untrue: dict[str, Any]) -> None:
    paid["payments"][0] |= untrue
    assert any("known here and not approved" in sentence for sentence in audit.payments(paid))


def test_a_call_that_was_answered_and_is_not_stored(paid: dict[str, Any]) -> None:
    paid["postbacks"] *= 2
    [sentence] = audit.calls(paid)
    assert sentence.startswith("answered with 200 and not stored")


def test_a_call_that_was_answered_with_an_error_page(paid: dict[str, Any]) -> None:
    paid["postbacks"][0]["attempts"] = [{"status": 500}, {"status": 503}, {"status": 200}]
    assert audit.calls(paid) == ["a call about a payment was answered 500"]


@pytest.mark.parametrize(
    ("state", "owner", "is_right"),
    [
        ("registered", people.LAUNDRY_EMAIL, True),
        ("registered", None, False),
        ("registered", people.MANAGER_EMAIL, False),
        ("elsewhere", people.LAUNDRY_EMAIL, False),
        ("pending", people.LAUNDRY_EMAIL, False),
        ("pending", None, False),
        ("refused", None, False),
    ],
)
def test_a_link_says_what_invoice_cloud_has(
    state: str, owner: str | None, is_right: bool, cast: Cast
) -> None:
    LinkedAccount.objects.exclude(member=cast.laundry).delete()
    cast.laundry.links.update(state=state)
    there = {"customers": [{"account_number": "10000101", "registered_by": owner}]}
    found = [sentence for sentence in audit.links(there, []) if sentence.startswith("10000101 is")]
    assert (not found) is is_right


def test_an_account_that_is_registered_there_and_not_linked_here(cast: Cast) -> None:
    LinkedAccount.objects.all().delete()
    owner = {"account_number": "10000101", "registered_by": people.LAUNDRY_EMAIL}
    [sentence] = audit.links({"customers": [owner]}, [])
    assert sentence.endswith("not linked here")


@pytest.fixture
def town(sandbox: SandboxProcess, tmp_path: Path) -> Town:
    return Town("http://127.0.0.1:9", tmp_path, sandbox)


@pytest.fixture
def laundry(cast: Cast, town: Town) -> Iterator[Person]:
    """The only member, who is also in the sandbox."""
    User.objects.exclude(pk=cast.laundry.pk).delete()
    User.objects.update(registered_at=timezone.now())
    own = Household(1, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD, ("10000101",))
    person = Person(town, own)
    person.is_member = True
    yield person
    person.leave()  # else the live server keeps its database connection for the next request


def only_the_laundry(town: Town) -> dict[str, Any]:
    users = town.state("users")
    return {"users": [user for user in users if user["email"] == people.LAUNDRY_EMAIL]}


def test_members_agree(town: Town, laundry: Person) -> None:
    assert audit.members(town, only_the_laundry(town), [laundry]) == []


def test_a_member_with_another_password(town: Town, laundry: Person) -> None:
    laundry.passwords = ["what the customer believes in"]
    email = people.LAUNDRY_EMAIL
    assert audit.members(town, only_the_laundry(town), [laundry]) == [
        f"{email} has another password here",
        f"{email} has another password at Invoice Cloud",
    ]


def test_a_member_whom_invoice_cloud_does_not_know(town: Town, laundry: Person) -> None:
    [sentence] = audit.members(town, {"users": []}, [laundry])
    assert sentence.endswith("is not registered at Invoice Cloud")


def test_a_member_nobody_is(town: Town, laundry: Person) -> None:
    laundry.emails = ["somebody@example.com"]
    assert audit.members(town, only_the_laundry(town), [laundry]) == [
        "somebody@example.com is no member",
        f"a member nobody is: {people.LAUNDRY_EMAIL}",
        f"a user there that nobody is: {people.LAUNDRY_EMAIL}",
    ]


def test_a_member_who_is_not_known_to_be_registered(town: Town, laundry: Person) -> None:
    User.objects.update(registered_at=None)
    [sentence] = audit.members(town, only_the_laundry(town), [laundry])
    assert sentence.endswith("is not known to be registered")


def test_a_receipt_says_what_invoice_cloud_has(
    live_server: LiveServer, paid: dict[str, Any], laundry: Person
) -> None:
    receipt = f"/pay/{Checkout.objects.get().address}/receipt/"
    laundry.receipts[receipt] = "https://pay.example/hosted-page"
    [sentence] = audit.receipts(paid, [laundry])  # nobody answers there
    assert sentence == "a receipt cannot be opened in calm weather"
    laundry.browser.url = live_server.url
    assert audit.receipts(paid, [laundry]) == []
    paid["payments"][0]["approved"] = False
    [sentence] = audit.receipts(paid, [laundry])
    assert sentence == "a receipt says paid, and that is not so"
    paid["payments"][0]["approved"] = True
    PaymentLine.objects.all().delete()
    Payment.objects.all().delete()
    [sentence] = audit.receipts(paid, [laundry])
    assert sentence == "a receipt says not paid, and that is not so"


def test_a_change_that_is_open(cast: Cast) -> None:
    assert audit.unfinished() == []
    CredentialChange.objects.create(
        member=cast.laundry, kind=Kind.PASSWORD, state=State.IN_PROGRESS
    )
    assert audit.unfinished() == ["a change is open: password"]


def test_background_work_that_nobody_goes_on_with(cast: Cast, settings: Settings) -> None:
    settings.TASKS = WORKERS
    emails.deliver.enqueue("sealed")
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
    assert audit.unfinished() == []
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)
    [sentence] = audit.unfinished()
    assert sentence.startswith("background work is running: 1")
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED, exception_class_path="a.Fault")
    assert audit.unfinished() == ["background work is failed: 1 a.Fault"]
    not_sent = f"{emails.EmailNotSent.__module__}.EmailNotSent"  # another task retries
    DBTaskResult.objects.update(exception_class_path=not_sent)
    assert audit.unfinished() == []


def test_a_page_that_was_refused_while_the_database_was_there(town: Town) -> None:
    town.away = [(100, 110)]
    town.refused = [(99, 101, "GET /before/"), (105, 106, "GET /in/"), (109, 120, "GET /late/")]
    assert audit.answers(town) == []
    town.refused += [(90, 99, "GET /pay/"), (111, 112, "GET /")]
    assert audit.answers(town) == [
        "answered 503 while the database was there: GET /pay/",
        "answered 503 while the database was there: GET /",
    ]


def test_a_secret_that_went_by_and_stands_somewhere(town: Town, cast: Cast) -> None:
    for name in ("postgres/log", "redis/log", "portal/web.log"):
        (town.home / name).parent.mkdir()
        (town.home / name).write_text("nothing to see")
    town.typed("a password that was mistyped")
    assert leaks(town) == []
    (town.home / "postgres" / "log").write_text("VALUES ('a password that was mistyped')")
    (town.home / "redis" / "log").write_text(people.API_KEY)
    User.objects.filter(pk=cast.manager.pk).update(email="a password that was mistyped")
    assert leaks(town) == [
        "a password in accounts_user",
        "a password in postgres.log",
        "the API key in redis.log",
    ]
