"""The second factor of staff: set up once, asked for at each sign-in, by no way round."""

import re
from base64 import b32decode
from math import log2

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.models import User
from accounts.models.second_factor import ALPHABET, RECOVERY_CODES, RecoveryCode, SecondFactor
from backoffice.audit.events import Event
from tests.accounts.codes import code_of, wrong_code
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.whole_dates import spaced

HERE = "/admin/second-factor/"
SET_UP = "/admin/second-factor/set-up/"
BEHIND = "/admin/accounts/member/"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # no secret: the one of all examples


@pytest.fixture
def clerk(cast: Cast, settings: Settings) -> User:
    settings.STAFF_SECOND_FACTOR = True
    return staff("support", cast.biller)


def sign_in(client: Client, clerk: User) -> str:
    """By the password; gives the address of the page that comes then."""
    entered = {"username": clerk.email, "password": STAFF_PASSWORD}
    answer = client.post(f"/admin/login/?next={BEHIND}", entered, follow=True)
    return str(answer.request["PATH_INFO"])


def key_on(page: str) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def set_up(client: Client) -> list[str]:
    key = key_on(client.get(SET_UP).content.decode())
    page = client.post(SET_UP, {"code": code_of(key)}).content.decode()
    # The code that was used counts as used: as if half a minute had gone by.
    SecondFactor.objects.update(last_step=-1)
    return re.findall(r"<code>([0-9a-hjkmnp-tv-z-]{19})</code>", page)


def give(client: Client, code: str, next_page: str = BEHIND) -> str:
    answer = client.post(f"{HERE}?next={next_page}", {"code": code}, follow=True)
    return str(answer.request["PATH_INFO"])


def test_set_up_at_the_first_sign_in_and_asked_for_at_the_next(client: Client, clerk: User) -> None:
    assert sign_in(client, clerk) == SET_UP
    assert len(set_up(client)) == RECOVERY_CODES
    assert client.get(BEHIND).status_code == 200
    client.post("/admin/logout/")
    assert sign_in(client, clerk) == HERE
    assert client.get(BEHIND).status_code == 302
    assert give(client, code_of(clerk_key(clerk))) == BEHIND
    assert client.get(BEHIND).status_code == 200


def clerk_key(clerk: User) -> str:
    return SecondFactor.objects.get(user=clerk).key


@pytest.fixture
def codes(client: Client, clerk: User) -> list[str]:
    """Somebody who has set it up, and is at the page that asks for a code."""
    sign_in(client, clerk)
    codes = set_up(client)
    client.post("/admin/logout/")
    sign_in(client, clerk)
    return codes


def test_a_recovery_code_lets_in_once(client: Client, clerk: User, codes: list[str]) -> None:
    assert give(client, codes[0].replace("-", " ").upper()) == BEHIND
    client.post("/admin/logout/")
    sign_in(client, clerk)
    assert give(client, codes[0]) == HERE
    assert RecoveryCode.objects.count() == RECOVERY_CODES - 1
    assert LogEntry.objects.filter(additional_data__event=Event.RECOVERED).count() == 1


def test_a_code_lets_in_once(client: Client, clerk: User, codes: list[str]) -> None:
    code = code_of(clerk_key(clerk))
    assert give(client, code) == BEHIND
    client.post("/admin/logout/")
    sign_in(client, clerk)
    assert give(client, code) == HERE


@pytest.mark.parametrize("wrong", ["six digits", "12345", "", "recovery-code-of-nobody", "٠٠٠٠٠٠"])
def test_a_wrong_code_lets_nobody_in(
    client: Client, clerk: User, codes: list[str], wrong: str
) -> None:
    if wrong == "six digits":
        wrong = wrong_code(clerk_key(clerk))
    page = client.post(HERE, {"code": wrong}).content.decode()
    assert "Error" in page
    assert client.get(BEHIND).status_code == 302


def test_secrets_are_long_enough(clerk: User, codes: list[str]) -> None:
    assert len(b32decode(clerk_key(clerk))) * 8 == 160
    assert len(codes[0].replace("-", "")) * log2(len(ALPHABET)) == 80


@pytest.mark.parametrize(("ahead", "then"), [(-2, HERE), (-1, BEHIND), (1, BEHIND), (2, HERE)])
def test_a_code_is_taken_one_step_away_and_no_further(
    client: Client,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    ahead: int,
    then: str,
) -> None:
    noon = 1_800_000_000.0
    monkeypatch.setattr("django_otp.oath.time", lambda: noon)
    SecondFactor.objects.update(key=KEY)
    assert give(client, code_of(KEY, at=noon + 30 * ahead)) == then


def test_codes_are_not_guessed(client: Client, clerk: User, codes: list[str]) -> None:
    answers = [client.post(HERE, {"code": "a" * 16}).status_code for _try in range(10)]
    assert answers == [200] * 9 + [429]  # the first of ten set it up
    refused = client.post(HERE, {"code": codes[0]})
    assert refused.status_code == 429
    page = refused.content.decode()
    assert "To keep the back office safe" in page
    assert "Please wait 15 minutes" in spaced(page)
    assert 'href="/admin/">Open the back office' in page
    assert 'id="site-nav"' not in page
    assert "your account" not in page


def test_codes_are_not_guessed_all_day(
    client: Client, clerk: User, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = ratelimit.Limit("1000/minute", "1000/minute", "1000/minute")
    monkeypatch.setitem(ratelimit.LIMITS, "second_factor", free)  # type: ignore[arg-type]
    answers = [client.post(HERE, {"code": "a" * 16}).status_code for _try in range(40)]
    assert answers == [200] * 39 + [429]  # the first of forty set it up
    refused = client.post(HERE, {"code": codes[0]})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 60 * 60


def test_tries_count_together_at_every_host(client: Client, clerk: User, codes: list[str]) -> None:
    for _try in range(10):
        client.post(HERE, {"code": "a" * 16})
    other = client.post(HERE, {"code": codes[0]}, headers={"host": "127.0.0.1"})
    assert other.status_code == 429


def test_no_page_is_shown_between_password_and_code(
    client: Client, clerk: User, codes: list[str]
) -> None:
    for page in ("/admin/", BEHIND, "/admin/password_change/", "/admin/jsi18n/"):
        assert client.get(page).status_code == 302, page
    assert client.get(SET_UP).headers["Location"] == HERE
    assert client.post(SET_UP, {"code": "1"}).headers["Location"] == HERE
    assert client.post("/admin/second-factor/codes/").headers["Location"] == HERE
    page = client.get(HERE).content.decode()
    assert "laundry" not in page
    assert "Linked accounts" not in page


def test_who_is_not_signed_in_comes_to_the_sign_in(client: Client, cast: Cast) -> None:
    for page in (HERE, SET_UP):
        assert client.get(page).headers["Location"].startswith("/admin/login/")
    client.force_login(cast.laundry)
    assert client.get(SET_UP).headers["Location"].startswith("/admin/login/")


def test_leaves_without_a_code(client: Client, clerk: User, codes: list[str]) -> None:
    client.post("/admin/second-factor/leave/")
    assert client.get(HERE).headers["Location"].startswith("/admin/login/")


def test_it_is_remembered_for_this_session_alone(
    client: Client, clerk: User, codes: list[str]
) -> None:
    before = client.session.session_key
    give(client, codes[0])
    assert client.session.session_key != before
    elsewhere = Client()
    assert sign_in(elsewhere, clerk) == HERE


def test_a_new_app_ends_the_old_one_and_its_sessions(
    client: Client, clerk: User, codes: list[str]
) -> None:
    give(client, codes[0])
    elsewhere = Client()
    sign_in(elsewhere, clerk)
    give(elsewhere, codes[1])
    old = clerk_key(clerk)
    set_up(client)
    assert clerk_key(clerk) != old
    assert client.get(BEHIND).status_code == 200
    assert elsewhere.get(BEHIND).status_code == 302
    assert give(elsewhere, code_of(old)) == HERE
    assert give(elsewhere, codes[2]) == HERE


def test_new_recovery_codes_end_the_old_ones(client: Client, clerk: User, codes: list[str]) -> None:
    give(client, codes[0])
    page = client.post("/admin/second-factor/codes/").content.decode()
    assert codes[1] not in page
    elsewhere = Client()
    sign_in(elsewhere, clerk)
    assert give(elsewhere, codes[1]) == HERE
    assert give(elsewhere, re.findall(r"<code>([0-9a-hjkmnp-tv-z-]{19})</code>", page)[0]) == BEHIND


def test_no_secret_can_be_read_in_the_database_or_the_audit_log(
    client: Client, clerk: User, codes: list[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM accounts_secondfactor")
        sealed = str(cursor.fetchall())
    stored = sealed + repr(list(RecoveryCode.objects.values())) + repr(client.session.items())
    stored += repr(list(LogEntry.objects.values()))
    for secret in (clerk_key(clerk), codes[0], codes[0].replace("-", "")):
        assert secret not in stored
    give(client, codes[0])
    assert clerk_key(clerk) not in client.get(SET_UP).content.decode()


def test_in_development_it_is_offered_and_then_asked_for(
    client: Client, clerk: User, settings: Settings
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    assert sign_in(client, clerk) == BEHIND
    assert "/admin/my-settings/" in client.get("/admin/").content.decode()
    assert SET_UP in client.get("/admin/my-settings/").content.decode()
    set_up(client)
    client.post("/admin/logout/")
    assert sign_in(client, clerk) == HERE


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/"])
def test_leads_nowhere_else(client: Client, clerk: User, codes: list[str], elsewhere: str) -> None:
    assert give(client, codes[0], next_page=elsewhere) == "/admin/"


def test_signing_in_as_somebody_else_forgets_who_had_given_a_code(
    client: Client, clerk: User, codes: list[str], cast: Cast
) -> None:
    give(client, codes[0])
    other = staff("finance", cast.biller)
    client.post("/admin/login/", {"username": other.email, "password": STAFF_PASSWORD})
    assert client.get("/admin/payments/checkout/").status_code == 302
