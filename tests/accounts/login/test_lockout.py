"""Nobody shuts anybody out: one at another network address uses up all the tries there are."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.models import FailedSignIn
from accounts.ratelimit import Limit, forget_attempts
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

EMAIL = people.LAUNDRY_EMAIL
OWN = {"username": EMAIL, "password": people.LAUNDRY_PASSWORD}
LOGIN, RESET = "/accounts/login/", "/accounts/password-reset/"


@pytest.fixture
def attacker() -> Client:
    return Client(REMOTE_ADDR="203.0.113.66")


@pytest.fixture
def owner() -> Client:
    return Client(REMOTE_ADDR="198.51.100.7")


def use_up(client: Client, path: str, given: dict[str, str], *, tries: int) -> None:
    for _ in range(tries):
        last = client.post(path, given)
    assert last.status_code == 429


def test_by_guessing_the_password(cast: Cast, attacker: Client, owner: Client) -> None:
    use_up(attacker, LOGIN, {"username": EMAIL, "password": "guess after guess"}, tries=45)
    assert owner.post(LOGIN, OWN).status_code == 302


@pytest.mark.parametrize(
    ("of_attacker", "of_owner"),
    [
        ("203.0.113.66:51000", "198.51.100.7:443"),
        ("[2001:db8:1::66]:51000", "[2001:db8:2::7]:443"),
        ("unknown", "198.51.100.7:443"),
        ("unknown", "unknown"),
        ("_hidden", "unknown"),
    ],
)
def test_by_guessing_behind_a_proxy_however_it_writes_addresses(
    cast: Cast, settings: Settings, of_attacker: str, of_owner: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    attacker, owner = Client(), Client()
    guess = {"username": EMAIL, "password": "guess after guess"}
    for number in range(8):
        port = of_attacker.replace("51000", str(51000 + number))
        last = attacker.post(LOGIN, guess, HTTP_X_FORWARDED_FOR=f"198.51.100.7, {port}")
    assert last.status_code == (429 if "5" in of_attacker else 200)
    assert owner.post(LOGIN, OWN, HTTP_X_FORWARDED_FOR=of_owner).status_code == 302


@pytest.mark.parametrize("of_owner", ["198.51.100.7:443", "2001:db8:0:0:0:0:0:7:443"])
def test_by_using_up_every_try_from_an_unknown_address(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch, of_owner: str
) -> None:
    limit = Limit("300/15minute", "5/15minute", "20/15minute", "200/minute")
    monkeypatch.setattr(ratelimit, "LIMITS", {**ratelimit.LIMITS, "sign_in": limit})
    settings.TRUSTED_PROXIES = 1
    attacker, owner = Client(HTTP_X_FORWARDED_FOR="unknown"), Client()
    use_up(attacker, LOGIN, {"username": EMAIL, "password": "guess after guess"}, tries=21)
    assert owner.post(LOGIN, OWN, HTTP_X_FORWARDED_FOR=of_owner).status_code == 302


def test_by_guessing_on_after_being_locked_out(
    cast: Cast, attacker: Client, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {**ratelimit.LIMITS, "sign_in": Limit("300/15minute", "5/15minute", "7/15minute")}
    monkeypatch.setattr(ratelimit, "LIMITS", limits)
    use_up(attacker, LOGIN, {"username": EMAIL, "password": "guess after guess"}, tries=12)
    assert owner.post(LOGIN, OWN).status_code == 302


def test_by_asking_for_reset_mails(
    there: There,
    cast: Cast,
    attacker: Client,
    owner: Client,
    mailoutbox: list[EmailMessage],
) -> None:
    use_up(attacker, RESET, {"email": EMAIL}, tries=8)
    assert owner.post(RESET, {"email": EMAIL}).status_code == 302
    [mail] = mailoutbox  # the one of a moment ago is as good
    new = "a new kettle for the porch"
    assert owner.post(link_in(mail), {"password": new}).status_code == 302
    assert owner.get("/accounts/").status_code == 200


def test_by_looking_up_the_account_as_a_guest(
    there: There, cast: Cast, attacker: Client, owner: Client
) -> None:
    given = {"account_number": "10000101"}
    use_up(attacker, "/pay/", given, tries=25)
    assert owner.post("/pay/", {**given, "confirmed": "1"}).status_code == 302


def test_a_second_mail_comes_after_the_minute(
    cast: Cast, attacker: Client, owner: Client, mailoutbox: list[EmailMessage]
) -> None:
    attacker.post(RESET, {"email": EMAIL})
    forget_attempts()
    owner.post(RESET, {"email": EMAIL})
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("path", ["/pay/", "/accounts/register/", "/accounts/link/"])
def test_another_spelling_of_the_number_is_no_new_number(
    cast: Cast, attacker: Client, path: str
) -> None:
    attacker.force_login(cast.neighbour)
    if path == "/accounts/register/":
        attacker.logout()
    for dashes in range(25):
        number = "1" + "-" * dashes + "0000104"
        last = attacker.post(path, {"account_number": number, "name": "Guess"})
    assert last.status_code == 429


def statements(client: Client, given: dict[str, str]) -> list[str]:
    """What a sign-in does in the database: the verb and the table of each statement."""
    with CaptureQueriesContext(connection) as queries:
        client.post(LOGIN, given)
    sent = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]  # each has a name
    found = (re.match(r'(\w+)[^"]*(?:"(\w+)")?', each) for each in sent)
    return [f"{each[1]} {each[2]}" for each in found if each]


@pytest.mark.parametrize("given", [OWN, {**OWN, "password": "guess after guess"}])
def test_after_a_wave_a_sign_in_does_what_it_did_before(
    there: There, cast: Cast, given: dict[str, str]
) -> None:
    """What the wave has left is cleared by `apply_retention`, not by whoever comes next."""
    statements(Client(), given)  # what is kept for the next
    before = statements(Client(), given)
    old = timezone.now() - timedelta(days=400)
    failed = FailedSignIn(biller=cast.biller, member=cast.laundry, at=old)
    FailedSignIn.objects.bulk_create([failed] * 3000)
    ended = [Session(session_key=f"ended{n:027}", expire_date=old) for n in range(3000)]
    Session.objects.bulk_create(ended)
    after = statements(Client(), given)
    assert after == before
    assert not [each for each in after if each.startswith("DELETE")]
    assert FailedSignIn.objects.filter(at=old).count() == 3000
    assert Session.objects.filter(expire_date=old).count() == 3000
