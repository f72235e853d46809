"""Passkeys attacked, with real keys: whatever is not a fresh answer of the member's own device to
this browser's own question opens nothing."""

import time
from secrets import token_bytes
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.core import signing
from django.test import Client

from accounts import ratelimit
from accounts.mfa.passkeys import challenges
from accounts.mfa.passkeys.challenges import COOKIE
from accounts.models import Member, Passkey
from accounts.models.second_factor import SecondFactor
from backoffice.audit.events import Event
from icsso.billers.models import Biller, BillerHost
from tests import cast as people
from tests.accounts.codes import CODE, GOOD, PASSWORD, is_signed_in
from tests.accounts.mfa.authenticator import (
    ADD,
    NEW,
    OPTIONS,
    PASSKEYS,
    PRESENT,
    SIGN_IN,
    Authenticator,
    answered,
    assert_refused,
    challenge,
    options_on,
    sign_in_with,
    signed_in,
    text_of,
)
from tests.cast import Cast, other_biller


@pytest.fixture
def device(cast: Cast) -> Authenticator:
    return Authenticator().known_for(cast.laundry)


def halfway(cast: Cast) -> Client:
    """Whose password was right, and whose code is asked for."""
    SecondFactor.objects.get_or_create(user=cast.laundry, defaults={"key": "A" * 32})
    client = Client()
    client.post("/accounts/login/", GOOD)
    return client


def logged(member: Member) -> list[str]:
    entries = LogEntry.objects.filter(object_pk=str(member.pk)).order_by("pk")
    return [event for entry in entries if (event := (entry.additional_data or {}).get("event"))]


def test_a_challenge_is_answered_once(device: Authenticator) -> None:
    client = Client()
    answer = device.get(challenge(client))
    assert client.post(SIGN_IN, {"passkey": answer})["Location"] == "/"
    client.post("/accounts/logout/")
    assert_refused(client, answer, "That took too long.")
    assert_refused(Client(), answer, "That took too long.")
    # In a browser with a challenge of its own, and one that was refused before.
    other = Client()
    challenge(other)
    assert_refused(other, answer)
    assert_refused(other, device.get({"challenge": text_of(b"x" * 32)}), "That took too long.")


def test_not_by_two_requests_at_once_either(device: Authenticator) -> None:
    """The cookie of a challenge that was answered is sent again, with the right answer to it."""
    client = Client()
    device.step = device.count = 0
    Passkey.objects.update(sign_count=0)
    answer = device.get(challenge(client))
    before = client.cookies[COOKIE].value
    client.post(SIGN_IN, {"passkey": "{}"})
    client.cookies[COOKIE] = before
    assert_refused(client, answer, "That took too long.")


def test_a_challenge_of_another_making_is_none(device: Authenticator, biller: Biller) -> None:
    """Signed by the portal, but for something else; of another biller; with other words in it."""
    text = text_of(token_bytes(32))
    facts = {"challenge": text, "at": int(time.time()), "biller": biller.pk}
    for sealed in (
        signing.dumps(facts, salt="another"),
        signing.dumps({**facts, "biller": biller.pk + 1}, salt=challenges.SALT),
        signing.dumps(facts, salt=challenges.SALT)[:-1],
        "",
    ):
        client = Client()
        client.cookies[COOKIE] = sealed
        assert_refused(client, device.get({"challenge": text}), "That took too long.")


def test_asking_for_a_challenge_begins_no_session(device: Authenticator, cast: Cast) -> None:
    """Its answer may arrive after another tab has signed in, and must not end that session."""
    client = Client()
    response = client.post(OPTIONS)
    assert list(response.cookies) == [COOKIE]
    cookie = response.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (SIGN_IN, True, "Strict")
    client.force_login(cast.laundry)
    assert settings.SESSION_COOKIE_NAME not in client.post(OPTIONS).cookies
    assert is_signed_in(client)


def test_a_challenge_expires(device: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    answer = device.get(challenge(client))
    later = time.time() + challenges.LIFE + 1
    monkeypatch.setattr(challenges.time, "time", lambda: later)
    assert_refused(client, answer, "That took too long.")


def test_each_ceremony_has_its_own(device: Authenticator, cast: Cast) -> None:
    """What was asked to make sure of a member signs nobody in, and adds nothing."""
    client = signed_in(cast.laundry)
    client.post(ADD, {"current": PASSWORD})
    options = options_on(client.get(NEW).content)
    stranger = Client()
    session = stranger.session
    session["passkey_add"] = client.session["passkey_add"]
    session.save()
    assert_refused(stranger, device.get(options), "That took too long.")
    signing_in = challenge(client)
    signing_in["user"] = options["user"]
    client.post(NEW, {"name": "x", "passkey": Authenticator().create(signing_in)})
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize(
    "origin",
    ["https://testserver", "http://testserver.evil.example", "http://evil.example", "null"],
)
def test_another_origin_is_refused(origin: str, device: Authenticator, cast: Cast) -> None:
    device.origin = origin
    client = Client()
    assert_refused(client, device.get(challenge(client)))
    assert logged(cast.laundry)[-1] == Event.PASSKEY_REFUSED


def test_what_was_signed_for_another_host_name_is_refused(device: Authenticator) -> None:
    device.rp_id = "power.localhost"
    client = Client()
    assert_refused(client, device.get(challenge(client)))


def test_host_decides_only_among_stored_names(device: Authenticator, cast: Cast) -> None:
    """A name nobody has stored, and an IP address: no passkeys there."""
    for host in ("127.0.0.1", "[::1]", "elsewhere.localhost"):
        client = Client(headers={"host": host})
        assert client.post(OPTIONS).status_code == 404, host
        # Whichever name the portal might take: all else is right.
        for name in (host, "localhost"):
            device.origin, device.rp_id = f"http://{name}", name.strip("[]")
            Passkey.objects.update(rp_id=device.rp_id)
            assert_refused(client, device.get(asked_of(client, cast.biller)))


def asked_of(client: Client, biller: Biller) -> dict[str, str]:
    """A challenge as if the portal had given it where it gives none."""
    challenge = text_of(token_bytes(32))
    facts = {"challenge": challenge, "at": int(time.time()), "biller": biller.pk}
    client.cookies[COOKIE] = signing.dumps(facts, salt=challenges.SALT)
    return {"challenge": challenge}


@pytest.mark.parametrize(
    ("is_production", "host", "knows"),
    [
        (False, "testserver", True),
        (True, "testserver", False),
        (False, "127.0.0.1", False),
    ],
)
def test_in_production_the_name_asked_for_is_none_until_it_is_stored(
    cast: Cast, settings: Any, is_production: bool, host: str, knows: bool
) -> None:
    """Without stored names, links are written with the name asked for; passkeys trust it less."""
    BillerHost.objects.all().delete()
    settings.PRODUCTION = is_production
    client = Client(headers={"host": host})
    assert client.post(OPTIONS).status_code == (200 if knows else 404)
    BillerHost.objects.create(biller=cast.biller, host="testserver")
    assert Client().post(OPTIONS).status_code == 200


def test_a_challenge_of_one_biller_is_none_of_another(device: Authenticator, cast: Cast) -> None:
    """Should a session ever be read at both."""
    power = other_biller()
    there = Client(headers={"host": "power.localhost"})
    device.origin, device.rp_id = "http://power.localhost", "power.localhost"
    member = Member.objects.create_user("other@example.com", PASSWORD, biller=power)
    Passkey.objects.update(member=member, rp_id="power.localhost")
    answer = device.get(asked_of(there, cast.biller))
    assert_refused(there, answer, "That took too long.")
    there.post(SIGN_IN, {"passkey": device.get(asked_of(there, power))})
    assert is_signed_in(there)


def test_another_billers_passkey_opens_nothing_here(device: Authenticator, cast: Cast) -> None:
    """Nor the other way round, with all else right."""
    other_biller()
    there = Client(headers={"host": "power.localhost"})
    options = there.post(OPTIONS).json()
    assert options["rpId"] == "power.localhost"
    device.origin, device.rp_id = "http://power.localhost", "power.localhost"
    Passkey.objects.update(rp_id="power.localhost")
    response = there.post(SIGN_IN, {"passkey": device.get(options)})
    assert response["Location"].startswith("/accounts/login/")
    assert not there.session.get("_auth_user_id")
    # Moved to a member of that biller, the same answer opens it: it was the biller that refused.
    power = Biller.objects.get(hosts__host="power.localhost")
    Passkey.objects.update(
        member=Member.objects.create_user("other@example.com", PASSWORD, biller=power)
    )
    there.post(SIGN_IN, {"passkey": device.get(there.post(OPTIONS).json())})
    assert there.session.get("_auth_user_id")


def test_another_members_passkey_is_no_second_step(device: Authenticator, cast: Cast) -> None:
    client = halfway(cast)
    options = options_on(client.get(CODE).content)
    intruder = Authenticator().known_for(cast.neighbour)
    page = client.post(CODE, {"passkey": intruder.get(options)}).content.decode()
    assert "That passkey didn&#x27;t work." in page
    assert not is_signed_in(client)


def test_another_members_passkeys_are_not_touched(device: Authenticator, cast: Cast) -> None:
    passkey = Passkey.objects.get()
    neighbour = signed_in(cast.neighbour)
    for path in (f"{PASSKEYS}{passkey.pk}/", f"{PASSKEYS}{passkey.pk}/remove/"):
        assert neighbour.get(path).status_code == 404
        assert neighbour.post(path, {"name": "x"}).status_code == 404
    assert "My phone" not in neighbour.get(PASSKEYS).content.decode()
    # Nor taken over by making one with the same ID.
    neighbour.post(ADD, {"current": people.NEIGHBOUR_PASSWORD})
    same = Authenticator(credential_id=device.credential_id)
    made = same.create(options_on(neighbour.get(NEW).content))
    assert "already added" in neighbour.post(NEW, {"name": "x", "passkey": made}).content.decode()
    assert Passkey.objects.get().member_id == cast.laundry.pk


def test_a_counter_that_goes_back_is_refused_and_logged(device: Authenticator, cast: Cast) -> None:
    for _time in range(3):
        assert is_signed_in(sign_in_with(device))
    for count in (2, 1, -1):  # with the next use: the same again, one before, none
        device.count, device.step = count, 1
        client = Client()
        assert_refused(client, device.get(challenge(client)))
        assert logged(cast.laundry)[-1] == Event.PASSKEY_COPIED
    assert Passkey.objects.get().sign_count == 3
    device.count = 3
    assert is_signed_in(sign_in_with(device))


def test_without_a_password_the_person_must_be_verified(device: Authenticator, cast: Cast) -> None:
    device.flags = PRESENT
    client = Client()
    assert_refused(client, device.get(challenge(client)))
    client = signed_in(cast.laundry)
    client.post(ADD, {"current": PASSWORD})
    unverified = Authenticator(flags=PRESENT)
    made = unverified.create(options_on(client.get(NEW).content))
    client.post(NEW, {"name": "x", "passkey": made})
    assert Passkey.objects.count() == 1


def test_who_cannot_sign_in_is_as_unknown_as_nobody(device: Authenticator, cast: Cast) -> None:
    unknown, client = Authenticator(user_handle=b"x" * 32), Client()
    nobody = answered(client, unknown.get(challenge(client)))
    Member.objects.filter(pk=cast.laundry.pk).update(is_active=False)
    client = Client()
    disabled = answered(client, device.get(challenge(client)))
    assert _without_tokens(nobody) == _without_tokens(disabled)
    assert not is_signed_in(client)


def _without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_too_many_attempts_wait(device: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    few = ratelimit.Limit("2/15minute", "2/15minute")
    for what in ("passkey", "passkey_challenge"):
        monkeypatch.setitem(ratelimit.LIMITS, what, few)  # type: ignore[arg-type]
    client = Client()
    assert [client.post(OPTIONS).status_code for _try in range(3)] == [200, 200, 429]
    answers = [client.post(SIGN_IN, {"passkey": "{}"}).status_code for _try in range(3)]
    assert answers == [302, 302, 429]
    assert int(client.post(SIGN_IN, {"passkey": "{}"})["Retry-After"]) > 0


def test_as_the_second_step_it_counts_like_a_code(device: Authenticator, cast: Cast) -> None:
    client = halfway(cast)
    answers = [client.post(CODE, {"passkey": "{}"}).status_code for _try in range(11)]
    assert answers == [200] * 10 + [429]


def test_get_does_nothing(device: Authenticator, cast: Cast) -> None:
    client = Client()
    answer = device.get(challenge(client))
    assert client.get(OPTIONS).status_code == 405
    response = client.get(SIGN_IN, {"passkey": answer})
    assert response["Location"] == "/accounts/login/?next=/"
    assert not is_signed_in(client)
    member, passkey = signed_in(cast.laundry), Passkey.objects.get()
    member.get(f"{PASSKEYS}{passkey.pk}/remove/")
    assert Passkey.objects.exists()


def test_other_sites_send_nothing(device: Authenticator) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(OPTIONS).status_code == 403
    assert client.post(SIGN_IN, {"passkey": "{}"}).status_code in {302, 403}
    assert not client.session.get("_auth_user_id")


def test_a_stranger_adds_and_removes_nothing(device: Authenticator) -> None:
    passkey = Passkey.objects.get()
    for path in (ADD, NEW, PASSKEYS, f"{PASSKEYS}{passkey.pk}/remove/"):
        for method in ("get", "post"):
            response = getattr(Client(), method)(path, {"current": PASSWORD})
            assert response.status_code == 405 or response["Location"].startswith(
                "/accounts/login/"
            )
    assert Passkey.objects.count() == 1


def test_to_be_sure_of_one_member_is_not_to_be_sure_of_another(
    device: Authenticator, cast: Cast
) -> None:
    client = signed_in(cast.laundry)
    client.post(ADD, {"current": PASSWORD})
    assert client.get(NEW).status_code == 200
    session = client.session
    session["passkey_sure"] = {**session["passkey_sure"], "member": cast.neighbour.pk}
    session.save()
    assert client.get(NEW)["Location"] == ADD


def test_being_sure_of_a_member_does_not_last_long(device: Authenticator, cast: Cast) -> None:
    client = signed_in(cast.laundry)
    client.post(ADD, {"current": PASSWORD})
    session = client.session
    session["passkey_sure"] = {**session["passkey_sure"], "at": int(time.time()) - 601}
    session.save()
    assert client.get(NEW)["Location"] == ADD
