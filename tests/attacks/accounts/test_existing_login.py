"""Nobody learns from a login that is brought whether it exists, or gets around sign-in's limits."""

from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import Signup
from accounts.signup import existing_login
from tests.accounts.signup.bringing import EMAIL, LOGIN, PASSWORD, START, bring, brought, has_login
from tests.accounts.there import There
from tests.attacks.accounts.test_enumeration import kinds, told
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, other_biller
from tests.sandbox_process import SandboxProcess
from tests.workers import WORKERS

# What fails, and why. The login of each is as long as the others'.
REFUSED = {
    "another password there": ("rosa0@example.com", "wrong " + PASSWORD),
    "nobody there": ("nobody@example.com", PASSWORD),
    "a member's, with another password there": (LAUNDRY_EMAIL, "wrong " + PASSWORD),
    "a member's password, which is not the one there": (LAUNDRY_EMAIL, LAUNDRY_PASSWORD),
    "a right one without an account in the CIS": ("only_there@example.com", PASSWORD),
    "a right one with another biller's account": ("elsewhere@example.com", PASSWORD),
    "a right one with a closed account": ("closed@example.com", PASSWORD),
}


class Clock:
    """Time passes only where the code waits, and a little with each look."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, list[float]()

    def monotonic(self) -> float:
        self.now += 0.7
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(existing_login, "time", clock)
    return clock


@pytest.fixture
def there(sandbox: SandboxProcess, cast: Cast) -> There:
    there = There(sandbox)
    there.register("rosa0@example.com", PASSWORD, "10000104")
    there.register(LAUNDRY_EMAIL, PASSWORD, "10000101")
    there.add_customers(
        *({"account_number": number, "name": "Rosa"} for number in ("20000001", "20000002"))
    )
    there.register("only_there@example.com", PASSWORD, "20000001")
    other_biller().accounts.create(account_number="20000002", name="Rosa")
    there.register("elsewhere@example.com", PASSWORD, "20000002")
    there.register("closed@example.com", PASSWORD, "10000103")
    cast.account("10000103").all_links.all().delete()
    cast.biller.accounts.filter(account_number="10000103").update(closed_at="2026-01-01T00:00Z")
    return there


def refused(client: Client, name: str) -> dict[str, Any]:
    email, password = REFUSED[name]
    form = {"username": email, "password": password}
    client.get(START)
    return told(client, client.post(START, form), form)


def test_every_failure_gets_the_same_answer_at_the_same_pace(there: There, clock: Clock) -> None:
    answers = {name: refused(Client(), name) for name in REFUSED}
    for name, answer in answers.items():
        assert answer == answers["nobody there"], name
    assert "find an account here with that email and password" in answers["nobody there"]["page"]
    assert len(clock.waits) == len(REFUSED)
    assert not Signup.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize("words", ["refused", "success_false", "unauthorized"])
def test_a_refusal_in_other_words_is_no_outage(there: There, clock: Clock, words: str) -> None:
    """What it means is derived, with more calls for some than for others."""
    there.fault("remote_authentication", words)
    answers = [refused(Client(), name) for name in REFUSED]
    assert all(answer == answers[0] for answer in answers)
    assert "find an account here with that email and password" in answers[0]["page"]
    assert len(clock.waits) == len(REFUSED)


@pytest.mark.parametrize("passed", [0.0, 0.2, 2.99, 3.0, 4.5, 9.1])
def test_a_refusal_comes_at_a_multiple_of_the_pace(clock: Clock, passed: float) -> None:
    existing_login._wait(passed)
    [waited] = clock.waits
    whole = (passed + waited) / existing_login.PACE
    assert whole >= 1
    assert whole == pytest.approx(round(whole))


def test_a_members_address_costs_the_same_work_as_a_new_one(
    there: There, settings: Settings
) -> None:
    settings.TASKS = WORKERS  # as in production
    costs = []
    for email in ("rosa0@example.com", LAUNDRY_EMAIL):
        client = Client()
        client.get(START)
        there.calls()
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(START, {"username": email, "password": PASSWORD})
        costs.append((answer.status_code, answer["Location"], kinds(queries), there.operations()))
    assert costs[0] == costs[1]
    assert costs[0][0] == 302


def test_attempts_count_with_those_at_sign_in_both_ways(there: There, cast: Cast) -> None:
    guess = {"username": LAUNDRY_EMAIL, "password": "guess after guess"}
    for _ in range(portal_settings.SIGN_IN_FAILURES):
        assert Client().post(START, guess).status_code == 200
    there.calls()
    answer = Client().post(START, guess)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 60
    assert there.operations() == []  # refused before Invoice Cloud was called
    assert Client().post("/accounts/login/", guess).status_code == 429
    other = guess | {"username": "nobody@example.com"}
    for _ in range(portal_settings.SIGN_IN_FAILURES):
        assert Client().post("/accounts/login/", other).status_code == 200
    assert Client().post(START, other).status_code == 429


def test_a_right_login_there_clears_no_count_of_the_password_here(there: There) -> None:
    """They may be two passwords, and who knows one must not guess the other for ever."""
    right = {"username": LAUNDRY_EMAIL, "password": PASSWORD}
    for _ in range(portal_settings.SIGN_IN_FAILURES - 1):
        Client().post("/accounts/login/", right | {"password": "guess after guess"})
    assert Client().post(START, right).status_code == 302
    assert Client().post("/accounts/login/", right).status_code == 429


def test_the_emailed_link_is_no_way_around_either(there: There, client: Client) -> None:
    has_login(there)
    link = brought(client)
    for _ in range(portal_settings.SIGN_IN_FAILURES - 1):
        assert client.post(link, {"password": "guess after guess"}).status_code == 200
    there.calls()
    assert client.post(link, {"password": PASSWORD}).status_code == 429
    assert client.post("/accounts/login/", LOGIN).status_code == 429
    assert there.operations() == []


def test_a_proof_is_not_guessed_with_a_link(there: There, cast: Cast, client: Client) -> None:
    cast.biller.listed_accounts_need_proof = True
    cast.biller.save()
    has_login(there)
    link = brought(client)
    guess = {"account_number": "10000102", "name": "Guess"}
    for _ in range(10):
        Client().post("/accounts/register/", guess | {"email": EMAIL, "password": PASSWORD})
    assert client.post(link, guess | {"password": PASSWORD}).status_code == 429


def test_an_outage_says_nothing_about_the_login(there: There, clock: Clock) -> None:
    pages = {}
    for operation, kind in (
        ("remote_authentication", "unavailable"),
        ("remote_authentication", "reset_after"),
        ("remote_authentication", "html"),
        ("retrieve_user_accounts", "unavailable"),
    ):
        there.fault(operation, kind)
        pages[operation, kind] = {name: refused(Client(), name)["page"] for name in REFUSED}
        there.heal()
    for named in pages.values():
        assert "check your login right now" in named["nobody there"]
    away = pages["remote_authentication", "unavailable"]
    assert len(set(away.values())) == 1
    assert away["nobody there"] == pages["remote_authentication", "html"]["nobody there"]


def test_a_wrong_api_key_is_not_the_customers_fault(there: There, cast: Cast) -> None:
    cast.biller.api_key = "not-the-key"
    cast.biller.save()
    assert "check your login right now" in bring(Client()).content.decode()


def test_checks_do_not_take_the_threads_of_other_pages(there: There, clock: Clock) -> None:
    has_login(there)
    for _ in range(existing_login.AT_ONCE):
        assert existing_login._seats.acquire(blocking=False)
    try:
        assert "check your login right now" in bring(Client()).content.decode()
        assert there.operations() == []
    finally:
        existing_login._seats.release(existing_login.AT_ONCE)
    assert bring(Client()).status_code == 302
    for name in REFUSED:  # each gives its seat back
        refused(Client(), name)
    assert existing_login._seats._value == existing_login.AT_ONCE
