"""Between the right password and the last stage nobody is signed in, and nothing has begun."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.login import stages
from accounts.models import User
from accounts.models.sign_in import SignIn
from accounts.models.sync import AccountSync
from accounts.sessions import services as sign_ins
from icsso.billing.session import SESSION_KEY as BILLING
from icsso.billing.session import State, load
from tests import cast as people
from tests.accounts.codes import CODE, GOOD, NEW, PASSWORD, is_signed_in, sign_in
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

ANOTHER = stages.Stage(mark="another", page="home", is_needed=lambda member: True)
ANOTHERS_NAME = "tests.accounts.login.test_stages.ANOTHER"


@pytest.fixture
def waiting(codes: list[str], there: There, cast: Cast) -> Client:
    """A browser where the password was right and the code is awaited; no other is signed in."""
    sign_ins.end_all(cast.laundry.pk)
    User.objects.filter(pk=cast.laundry.pk).update(last_login=None, registered_at=None)
    AccountSync.objects.all().delete()
    mail.outbox.clear()
    there.calls()
    return sign_in()


def test_nothing_has_begun_before_the_last_stage(
    waiting: Client, there: There, cast: Cast, codes: list[str]
) -> None:
    assert [kept.get_decoded().keys() for kept in Session.objects.all()] == [
        {stages.SESSION_KEY, "_session_expiry"}
    ]
    assert not SignIn.objects.exists()
    assert not AccountSync.objects.exists()
    assert there.operations() == []
    assert mail.outbox == []
    member = User.objects.get(pk=cast.laundry.pk)
    assert (member.last_login, member.registered_at) == (None, None)

    waiting.post(CODE, {"code": codes[0]})
    assert waiting.session[SESSION_KEY] == str(cast.laundry.pk)
    assert stages.SESSION_KEY not in waiting.session
    billing = load(waiting.session)
    assert billing is not None
    assert billing.state == State.CONNECTED
    assert SignIn.objects.get().pk == waiting.session.session_key
    assert AccountSync.objects.count() == 1
    member.refresh_from_db()
    assert member.registered_at is not None
    assert member.last_login is not None


def test_when_somebody_signed_in_is_set_by_one_statement(client: Client, cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.force_login(cast.laundry, backend=stages.BACKEND)
    asked = [query["sql"] for query in queries if '"accounts_user"' in query["sql"]]
    assert [sql.split(" WHERE ")[0].partition(" = ")[0] for sql in asked] == [
        'UPDATE "accounts_user" SET "last_login"'
    ]


def test_what_is_kept_is_not_readable_and_ends_with_the_pending_login(
    waiting: Client, codes: list[str]
) -> None:
    kept = str(waiting.session.items())
    for secret in (PASSWORD, people.LAUNDRY_EMAIL):
        assert secret not in kept
    left = Session.objects.get().expire_date - timezone.now()
    assert left.total_seconds() <= stages.LIFE
    waiting.post(CODE, {"code": codes[0]})
    left = Session.objects.get().expire_date - timezone.now()
    assert left.total_seconds() > stages.LIFE


def test_the_session_has_a_new_key_after_the_password_and_after_the_code(
    codes: list[str],
) -> None:
    client = Client()
    before = client.session
    before["visitor"] = "a guest before"
    before.save()
    client.cookies["sessionid"] = str(before.session_key)
    keys = [before.session_key]
    for path, form in (("/accounts/login/", GOOD), (CODE, {"code": codes[0]})):
        client.post(path, form)
        keys.append(client.session.session_key)
        assert client.session["visitor"] == "a guest before"
    assert len(set(keys)) == 3
    assert not Session.objects.filter(pk__in=keys[:2]).exists()


def _time_passes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    later = stages.time.time() + stages.LIFE + 1
    monkeypatch.setattr(stages.time, "time", lambda: later)


def _the_password_is_another(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    member = User.objects.get(email=people.LAUNDRY_EMAIL)
    member.set_password(NEW)
    member.save()


def _shut_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.filter(email=people.LAUNDRY_EMAIL).update(is_active=False)


def _too_many_wrong_codes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(11):
        answer = client.post(CODE, {"code": "a" * 16})
    assert answer.status_code == 429


def _other_encryption_keys(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = client.session
    kept[stages.SESSION_KEY] = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    kept.save()


def _signed_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post("/accounts/logout/")


@pytest.mark.parametrize(
    "ended",
    [
        _time_passes,
        _the_password_is_another,
        _shut_out,
        _too_many_wrong_codes,
        _other_encryption_keys,
        _signed_out,
    ],
)
def test_it_ends(
    waiting: Client,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    ended: Callable[[Client, pytest.MonkeyPatch], Any],
) -> None:
    ended(waiting, monkeypatch)
    answer = waiting.post(CODE, {"code": codes[0]})
    assert answer["Location"].startswith("/accounts/login/")
    assert waiting.get("/").status_code == 200
    for key in (SESSION_KEY, BILLING, stages.SESSION_KEY):
        assert key not in waiting.session


def test_it_counts_at_its_own_biller_alone(waiting: Client, codes: list[str]) -> None:
    people.other_biller()
    there = {"host": "power.localhost"}
    assert waiting.get("/", headers=there).status_code == 200
    answer = waiting.post(CODE, {"code": codes[0]}, headers=there)
    assert answer["Location"].startswith("/accounts/login/")
    assert SESSION_KEY not in waiting.session


def test_a_page_without_a_session_leaves_it_alone(waiting: Client, codes: list[str]) -> None:
    assert not waiting.get("/pay/return/x/").cookies
    waiting.post(CODE, {"code": codes[0]})
    assert is_signed_in(waiting)


def test_every_stage_has_to_be_passed(
    waiting: Client, codes: list[str], settings: Settings, there: There
) -> None:
    settings.LOGIN_STAGES = [*settings.LOGIN_STAGES, ANOTHERS_NAME]
    answer = waiting.post(f"{CODE}?next=/accounts/", {"code": codes[0]})
    assert answer["Location"] == "/?next=%2Faccounts%2F"
    assert not is_signed_in(waiting)
    assert there.operations() == []


def test_a_way_in_without_the_stages_leads_nowhere(codes: list[str], cast: Cast) -> None:
    """Should a page ever sign a member in by itself."""
    client = Client()
    client.force_login(cast.laundry)
    assert not is_signed_in(client)
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("is_away", [False, True])
def test_the_links_of_emails_pass_the_stages_too(
    waiting: Client, codes: list[str], there: There, is_away: bool
) -> None:
    client = Client()
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    if is_away:
        there.fault("*", "unavailable")
    client.post(link_in(mail.outbox[-1]), {"password": NEW})
    assert client.session.keys() >= {stages.SESSION_KEY}
    assert not {SESSION_KEY, BILLING} & set(client.session.keys())
    client.post(CODE, {"code": codes[0]})
    billing = load(client.session)
    assert billing is not None
    assert billing.state == (State.AWAY if is_away else State.CONNECTED)
