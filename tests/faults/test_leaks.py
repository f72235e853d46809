"""The search after each browser test finds what is planted, and nothing after a usual day."""

import logging
from collections.abc import Iterator

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.models import LinkedAccount
from icsso.billing import session
from tests import cast as people
from tests.cast import Cast
from tests.leaks import Watch, watching
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def a_day(client: Client, cast: Cast) -> str:
    """Signs in, opens the bills, asks for a new password, and pays. Gives the token."""
    row = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
    client.post("/accounts/login/", {**row, "password": "not my password at all"})
    assert client.post("/accounts/login/", row).status_code == 302
    assert client.get("/billing/bills/").status_code == 200
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    client.post("/pay/quick/", {"account": cast.account("10000101").pk})
    billing = session.load(client.session)
    assert billing
    assert billing.token
    return billing.token


def test_a_usual_day_leaves_nothing(sandbox: SandboxProcess, client: Client, cast: Cast) -> None:
    with watching() as watch:
        token = a_day(client, cast)
    kinds = set(watch.secrets.values())
    assert kinds == {"a password", "an API key", "a token of Invoice Cloud", "a postback's token"}
    learnt = {token, people.LAUNDRY_PASSWORD, "not my password at all", people.API_KEY}
    assert learnt <= set(watch.secrets)
    assert watch.lines
    assert mail.outbox
    assert watch.found() == []


def test_a_password_in_the_log_is_found(watch: Watch) -> None:
    logging.getLogger("accounts").warning("wrong: %s", people.LAUNDRY_PASSWORD)
    assert watch.found() == ["a password in the log"]


def test_an_address_with_a_password_in_the_log_is_found(watch: Watch) -> None:
    logging.getLogger("accounts").info("/login/?password=copper+kettle+on+the+porch")
    assert watch.found() == ["a password in the log"]


def test_a_token_in_the_session_is_found(watch: Watch, client: Client) -> None:
    [token] = [s for s, kind in watch.secrets.items() if kind == "a token of Invoice Cloud"]
    kept = client.session
    kept["token"] = token
    kept.save()
    assert watch.found() == ["a token of Invoice Cloud in the session table"]


def test_a_key_in_a_table_is_found(watch: Watch, cast: Cast) -> None:
    # Not the key of the cast: what one test has written stays in the file that the next one reads.
    key = "a key that no other test knows"
    watch.learn(key, "an API key")
    LinkedAccount.objects.filter(member=cast.laundry).update(nickname=key)
    in_file = ["an API key in the database file"] if connection.vendor == "sqlite" else []
    assert watch.found() == ["an API key in accounts_linkedaccount", *in_file]


def test_a_password_in_a_mail_is_found_and_a_link_is_not(watch: Watch) -> None:
    mail.outbox[-1].body += people.LAUNDRY_PASSWORD
    assert watch.found() == ["a password in the mails"]


def test_a_mails_link_in_the_log_is_found(watch: Watch) -> None:
    logging.getLogger("accounts").info(str(mail.outbox[-1].body))
    assert watch.found() == ["a link in the log"]


@pytest.fixture
def watch(sandbox: SandboxProcess, client: Client, cast: Cast) -> Iterator[Watch]:
    with watching() as watch:
        a_day(client, cast)
        yield watch
