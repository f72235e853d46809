"""Nobody learns who is a member or which account exists: not by words, headers, cookies or work."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.models import User
from accounts.notifications import delivery as emails
from icsso.billers.encryption import encrypt
from icsso.billers.models import Biller
from tests.accounts.hashing import CountingHasher
from tests.cast import LAUNDRY_EMAIL, NEIGHBOUR_EMAIL, Cast
from tests.workers import WORKERS

# As long as the ones they are compared with, so that pages that repeat them have the same length.
NOBODY = "nobody0@example.com"
NOBODY_EITHER = "nobody-00@example.com"
OTHER_EACH_TIME = {"X-Request-ID", "Content-Length", "Expires"}
WRONG = "not the password at all"
FORM = {
    "account_number": "10000104",
    "name": "Rosa Delgado",
    "password": "seven quiet herons at dawn",
}


@dataclass(frozen=True)
class Pair:
    """The same form about somebody, or something, that is there and that is not."""

    address: str
    there: Mapping[str, str]
    not_there: Mapping[str, str]
    is_member: bool = False


PAIRS = {
    "sign-in": Pair(
        "/accounts/login/",
        {"username": LAUNDRY_EMAIL, "password": WRONG},
        {"username": NOBODY, "password": WRONG},
    ),
    "sign-in of somebody shut out": Pair(
        "/accounts/login/",
        {"username": NEIGHBOUR_EMAIL, "password": WRONG},
        {"username": NOBODY_EITHER, "password": WRONG},
    ),
    "reset": Pair("/accounts/password-reset/", {"email": LAUNDRY_EMAIL}, {"email": NOBODY}),
    "registration with an address": Pair(
        "/accounts/register/", FORM | {"email": LAUNDRY_EMAIL}, FORM | {"email": NOBODY}
    ),
    "registration with an account": Pair(
        "/accounts/register/",
        FORM | {"name": "Harold Becker", "email": NOBODY},
        FORM | {"account_number": "99999999", "name": "Harold Becker", "email": NOBODY},
    ),
    "existing login": Pair(
        "/accounts/existing-login/",
        {"username": LAUNDRY_EMAIL, "password": WRONG},
        {"username": NOBODY, "password": WRONG},
    ),
    "payment of a guest who must prove": Pair(
        "/pay/",
        {"account_number": "10000101", "name": "Harold Becker"},
        {"account_number": "99999999", "name": "Harold Becker"},
    ),
    "linking": Pair(
        "/accounts/link/",
        {"account_number": "10000102", "name": "Harold Becker"},
        {"account_number": "99999999", "name": "Harold Becker"},
        is_member=True,
    ),
}


@pytest.fixture
def portal(cast: Cast) -> Cast:
    Biller.objects.update(guests_prove=True)
    User.objects.filter(email=NEIGHBOUR_EMAIL).update(is_active=False)
    return cast


def browser(cast: Cast, pair: Pair) -> Client:
    client = Client()
    if pair.is_member:
        client.force_login(cast.laundry)
    client.get(pair.address)
    return client


def told(client: Client, answer: HttpResponse, form: Mapping[str, str]) -> dict[str, Any]:
    """All that an answer says, without what is random and what was typed."""
    headers = {k: v for k, v in answer.items() if k not in OTHER_EACH_TIME}
    if "Retry-After" in headers:  # counts from the first of the tries, seconds apart
        headers["Retry-After"] = str(ceil(int(headers["Retry-After"]) / 60))
    page = answer.content.decode()
    if answer.status_code == 302:
        page = client.get(answer["Location"]).content.decode()
    page = re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", page)
    # What is left of the session, seconds after it was used.
    page = re.sub(r'(?<=data-left=")\d+', lambda left: str(ceil(int(left[0]) / 60)), page)
    for value in form.values():
        page = page.replace(value, "typed")
    cookies = {
        name: {k: v for k, v in morsel.items() if k != "expires"} | {"length": len(morsel.value)}
        for name, morsel in answer.cookies.items()
    }
    return {"status": answer.status_code, "headers": headers, "cookies": cookies, "page": page}


@pytest.mark.parametrize("name", PAIRS)
def test_somebody_known_and_nobody_get_the_same_answer(portal: Cast, name: str) -> None:
    pair = PAIRS[name]
    answers = []
    for form in (pair.there, pair.not_there):
        client = browser(portal, pair)
        answers.append(told(client, client.post(pair.address, form), form))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", PAIRS)
def test_known_and_unknown_get_the_same_answer_after_too_many_attempts(
    portal: Cast, name: str
) -> None:
    pair = PAIRS[name]
    answers = []
    for form in (pair.there, pair.not_there):
        client = browser(portal, pair)
        for _ in range(25):
            answer = client.post(pair.address, form)
            if answer.status_code == 429:
                break
        answers.append(told(client, answer, form))
        ratelimit.forget_attempts()
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", PAIRS)
def test_known_and_unknown_cost_the_same_work(
    argon2: None, portal: Cast, name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes, statements and mails: what takes the time of an answer. `bench/enumeration.py`
    measures the time itself."""
    settings.TASKS = WORKERS  # as in production
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]
    pair, sealed = PAIRS[name], list[str]()
    monkeypatch.setattr(emails, "encrypt", lambda text: sealed.append(text) or encrypt(text))
    costs = []
    for form in (pair.there, pair.not_there):
        client = browser(portal, pair)
        CountingHasher.computed.clear()
        sealed.clear()
        with CaptureQueriesContext(connection) as queries:
            client.post(pair.address, form)
        costs.append((len(CountingHasher.computed), kinds(queries), len(sealed)))
    assert costs[0] == costs[1]


def kinds(queries: CaptureQueriesContext) -> list[str]:
    """What each statement does with which table. Savepoints have a name of their own each time."""
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    found = [re.match(r'(\w+)[^"]*"(\w+)"', statement) for statement in statements]
    return [f"{match[1]} {match[2]}" for match in found if match]
