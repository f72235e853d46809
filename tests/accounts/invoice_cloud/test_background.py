"""Work that goes on after a sign-in's answer: one at a time for each member, never too much."""

import logging
import threading
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.invoice_cloud import background as subject
from accounts.invoice_cloud.background import BackgroundWork, background_work
from accounts.invoice_cloud.sync import is_under_way, sync_in_background
from accounts.models import User
from inhance.logging.json_lines import request_id
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast

GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads(settings: Settings) -> Iterator[BackgroundWork]:
    settings.SYNCHRONISE_AFTERWARDS = True
    threads = BackgroundWork()
    yield threads
    assert threads.wait(60)
    assert background_work.wait(60)


def test_is_done_by_another_thread_under_the_number_of_its_request(threads: BackgroundWork) -> None:
    done = []
    token = request_id.set("ABC123")
    threads.do("a", lambda: done.append((threading.current_thread().name, request_id.get())))
    request_id.reset(token)
    assert threads.wait(60)
    [(name, number)] = done
    assert name.startswith("background-work")
    assert number == "ABC123"


def test_of_what_comes_meanwhile_the_newest_is_done_after_it(threads: BackgroundWork) -> None:
    done, gate = [], threading.Event()
    threads.do("a", lambda: gate.wait(60) and done.append("first"))
    threads.do("a", lambda: done.append("second"))
    threads.do("a", lambda: done.append("third"))
    threads.do("b", lambda: done.append("another's"))
    gate.set()
    assert threads.wait(60)
    assert sorted(done) == ["another's", "first", "third"]
    assert done.index("first") < done.index("third")


def test_too_much_is_left_for_the_next_sign_in(
    threads: BackgroundWork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subject, "MOST", 1)
    gate = threading.Event()
    assert threads.do("a", lambda: gate.wait(60))
    assert not threads.do("b", lambda: None)
    assert threads.do("a", lambda: None)  # its turn comes anyway
    gate.set()
    assert "left for the next sign-in" in caplog.text


def test_what_fails_is_logged_and_hinders_nothing(
    threads: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    done = []
    threads.do("a", lambda: 1 / 0)
    assert threads.wait(60)
    threads.do("a", lambda: done.append("next"))
    assert threads.wait(60)
    assert done == ["next"]
    [line] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert line.exc_info


def test_the_member_is_told_while_it_goes_on(
    threads: BackgroundWork, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    for number in range(subject.THREADS):
        background_work.do(number, lambda: gate.wait(60))
    sync_in_background(cast.laundry, people.LAUNDRY_PASSWORD)
    assert is_under_way(cast.laundry)
    assert not is_under_way(cast.neighbour)
    gate.set()
    assert background_work.wait(60)
    assert not is_under_way(cast.laundry)


def test_a_sign_in_is_answered_and_the_accounts_follow(
    there: There, threads: BackgroundWork, cast: Cast, client: Client
) -> None:
    there.register(people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD, "10000101", "10000103")
    assert client.post("/accounts/login/", GOOD).status_code == 302
    assert background_work.wait(60)
    links = cast.laundry.links.values_list("account__account_number", "state")
    assert set(links) == {("10000101", "registered"), ("10000103", "registered")}
    assert cast.laundry.account_syncs.get().linked == 1


@pytest.mark.parametrize("kind", ["unavailable", "html", "hang"])
def test_an_outage_afterwards_leaves_the_sign_in_as_it_is(
    there: There, threads: BackgroundWork, cast: Cast, settings: Settings, kind: str
) -> None:
    client = Client()
    settings.INVOICE_CLOUD_TIMEOUTS = {"retrieve_user_accounts": 0.5}
    there.fault("retrieve_user_accounts", kind)
    client.post("/accounts/login/", GOOD)
    assert client.get("/billing/bills/").status_code == 200
    assert background_work.wait(60)
    assert "retrieve_user_accounts" in cast.laundry.account_syncs.get().failure


def test_nothing_is_asked_for_when_billing_was_not_opened(
    there: There, threads: BackgroundWork, cast: Cast, client: Client
) -> None:
    there.register(people.LAUNDRY_EMAIL, "the password of before", "10000101")
    client.post("/accounts/login/", GOOD)
    assert background_work.wait(60)
    assert "retrieve_user_accounts" not in there.operations()
    assert not User.objects.exclude(account_syncs=None).exists()


def test_the_password_stands_nowhere(
    there: There,
    threads: BackgroundWork,
    cast: Cast,
    client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    there.fault("retrieve_user_accounts", "html")
    with caplog.at_level("DEBUG"):
        client.post("/accounts/login/", GOOD)
        assert background_work.wait(60)
    run = cast.laundry.account_syncs.get()
    for secret in (*GOOD.values(), people.API_KEY, "10000101"):
        assert secret not in caplog.text
        assert secret not in run.failure
