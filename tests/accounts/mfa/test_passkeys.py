"""Passkeys: added, signed in with, used as the second step, and removed."""

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from accounts.models import Passkey
from accounts.models.second_factor import RECOVERY_CODES, SecondFactor
from accounts.models.second_factor.passkey import MOST
from accounts.sessions.typed import SEAL
from backoffice.audit.events import Event
from icsso.billing.session import load
from tests import cast as people
from tests.accounts.codes import (
    CODE,
    GOOD,
    HERE,
    NEW_CODES,
    OFF,
    PASSWORD,
    code_of,
    codes_on,
    is_signed_in,
    sign_in,
)
from tests.accounts.codes import NEW as NEW_PASSWORD
from tests.accounts.mfa.authenticator import (
    ADD,
    BACKED_UP,
    MAY_BACK_UP,
    NEW,
    PASSKEYS,
    PRESENT,
    SIGN_IN,
    VERIFIED,
    Authenticator,
    add_passkey,
    challenge,
    options_on,
    sign_in_with,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast, staff

SECOND_STEP = f"{HERE}passkey/"


@pytest.fixture
def device(there: There, cast: Cast) -> Authenticator:
    """A device on which a member has made a passkey."""
    return add_passkey(sign_in())


def events(cast: Cast) -> list[str]:
    entries = LogEntry.objects.filter(object_pk=str(cast.laundry.pk)).order_by("pk")
    told = [(entry.additional_data or {}).get("event") for entry in entries]
    return [event for event in told if event]


def turn_on(client: Client, device: Authenticator) -> None:
    answer = device.get(options_on(client.get(SECOND_STEP).content))
    page = client.post(SECOND_STEP, {"current": PASSWORD, "passkey": answer}).content.decode()
    assert len(codes_on(page)) == RECOVERY_CODES


def test_added_after_the_password_and_told(there: There, cast: Cast) -> None:
    client = sign_in()
    assert client.get(NEW)["Location"] == ADD
    assert client.post(ADD, {"current": "not the password"}).status_code == 200
    assert client.get(NEW)["Location"] == ADD
    add_passkey(client)
    passkey = Passkey.objects.get()
    assert (passkey.member_id, passkey.name, passkey.rp_id) == (
        cast.laundry.pk,
        "My phone",
        "testserver",
    )
    assert len(passkey.user_handle) == 32
    assert passkey.transports == ["internal", "hybrid"]
    assert mail.outbox[-1].subject == "A passkey was added at Springfield Water"
    page = client.get(PASSKEYS).content.decode()
    assert "My phone" in page
    assert "not used yet" in page
    assert client.get(NEW)["Location"] == ADD  # the next one asks for the password again
    entry = LogEntry.objects.filter(object_repr="My phone").get()
    assert set(entry.changes) == {"id", "member", "name", "rp_id", "added_at"}


def test_signs_in_and_billing_asks_for_the_password_once(device: Authenticator, cast: Cast) -> None:
    client = sign_in_with(device, query="?next=/accounts/")
    assert is_signed_in(client)
    assert load(client.session) is None
    assert client.get("/").status_code == 200
    assert Event.PASSKEY_USED in events(cast)
    saved = "Confirm your password to use your saved payment methods"
    assert saved in client.get("/pay/quick/").content.decode()
    asked = client.get("/billing/bills/")
    assert asked["Location"] == "/accounts/confirm/?next=%2Fbilling%2Fbills%2F"
    assert "You signed in with a passkey." in client.get(asked["Location"]).content.decode()
    led = client.post(asked["Location"], {"password": PASSWORD})
    assert led["Location"] == "/billing/bills/"
    assert client.get("/billing/bills/").status_code == 200
    assert client.get("/billing/autopay/").status_code == 200
    assert saved not in client.get("/pay/quick/").content.decode()
    assert "You signed in with a passkey." not in client.get("/accounts/confirm/").content.decode()


def test_leads_to_the_page_asked_for_and_nowhere_else(device: Authenticator) -> None:
    for wanted, led in (("/accounts/", "/accounts/"), ("https://elsewhere.example/", "/")):
        client = Client()
        answer = device.get(challenge(client))
        response = client.post(f"{SIGN_IN}?next={wanted}", {"passkey": answer})
        assert response["Location"] == led


def test_the_session_is_a_new_one_and_listed(device: Authenticator) -> None:
    client = Client()
    options = challenge(client)
    before = client.session.session_key
    client.post(SIGN_IN, {"passkey": device.get(options)})
    assert client.session.session_key != before
    assert client.get("/accounts/sign-in/").content.decode().count("This device") == 1


def test_what_was_typed_before_the_session_ended_is_still_there(
    device: Authenticator, cast: Cast
) -> None:
    client = sign_in()
    page = client.get("/accounts/link/")
    seal = page.content.decode().split(f'name="{SEAL}" value="')[1].split('"')[0]
    session = client.session
    session.pop("_auth_user_id")
    session.save()
    client.post("/accounts/link/", {SEAL: seal, "account_number": "1000-0104"})
    sign_in_with(device, client)
    assert "1000-0104" in client.get("/accounts/link/").content.decode()


def test_stands_for_a_code_where_one_is_asked_for(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    device = add_passkey(client, code=codes[1])
    assert is_signed_in(sign_in_with(device))


def test_with_two_step_verification_on_the_password_alone_adds_none(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    assert client.post(ADD, {"current": PASSWORD}).status_code == 200
    assert client.post(ADD, {"current": PASSWORD, "code": "a" * 16}).status_code == 200
    assert client.get(NEW)["Location"] == ADD


def test_instead_of_a_code_after_the_password(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    device = add_passkey(client, code=codes[1])
    client = sign_in()
    assert not is_signed_in(client)
    page = client.get(CODE).content
    assert "Enter your code" in page.decode()
    device.flags = PRESENT  # the password was given: presence is enough
    answer = device.get(options_on(page))
    response = client.post(f"{CODE}?next=/billing/bills/", {"passkey": answer, "code": ""})
    assert response["Location"] == "/billing/bills/"
    assert client.get("/billing/bills/").status_code == 200  # the password was given


def test_as_the_only_second_step(device: Authenticator, cast: Cast) -> None:
    here, elsewhere = sign_in(), sign_in()
    turn_on(here, device)
    assert "one of your passkeys" in str(mail.outbox[-1].body)
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    client = sign_in()
    page = client.get(CODE).content
    assert "Use your passkey" in page.decode()
    assert "code from your app" not in page.decode()
    client.post(CODE, {"passkey": device.get(options_on(page))})
    assert is_signed_in(client)
    # What an app with an empty key would show.
    assert sign_in().post(CODE, {"code": code_of("")}).status_code == 200
    assert is_signed_in(sign_in_with(device))


def test_its_recovery_codes_let_in_and_turn_it_off(device: Authenticator, cast: Cast) -> None:
    here = sign_in()
    turn_on(here, device)
    page = here.get(NEW_CODES).content
    form = {"current": PASSWORD, "passkey": device.get(options_on(page))}
    code = codes_on(here.post(NEW_CODES, form).content.decode())[0]
    other = here.post(OFF, {"current": PASSWORD, "code": code})
    assert other["Location"] == "/accounts/sign-in/"
    assert not SecondFactor.objects.exists()
    assert Passkey.objects.count() == 1
    assert is_signed_in(sign_in())


def test_a_new_password_by_email_is_no_way_round(device: Authenticator) -> None:
    turn_on(sign_in(), device)
    client = Client()
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    link = link_in(mail.outbox[-1])
    client.get(link)
    client.post(link, {"password": NEW_PASSWORD})
    assert not is_signed_in(client)
    client.post(CODE, {"passkey": device.get(options_on(client.get(CODE).content))})
    assert is_signed_in(client)


def test_stays_after_a_new_password_but_its_sessions_end(device: Authenticator) -> None:
    elsewhere, here = sign_in_with(device), sign_in()
    here.post("/accounts/sign-in/password/", {"current": PASSWORD, "password": NEW_PASSWORD})
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert is_signed_in(sign_in_with(device))


def test_a_new_password_in_such_a_session_opens_billing(device: Authenticator) -> None:
    client = sign_in_with(device)
    client.post("/accounts/sign-in/password/", {"current": PASSWORD, "password": NEW_PASSWORD})
    assert client.get("/billing/bills/").status_code == 200


def test_renamed_and_removed(device: Authenticator, cast: Cast) -> None:
    client, passkey = sign_in(), Passkey.objects.get()
    client.post(f"{PASSKEYS}{passkey.pk}/", {"name": "Kitchen tablet"})
    assert "Kitchen tablet" in client.get(PASSKEYS).content.decode()
    assert "Enter a password" not in client.get(f"{PASSKEYS}{passkey.pk}/remove/").content.decode()
    assert Passkey.objects.exists()
    client.post(f"{PASSKEYS}{passkey.pk}/remove/", {"current": PASSWORD})
    assert mail.outbox[-1].subject == "A passkey was removed at Springfield Water"
    assert not is_signed_in(sign_in_with(device))


def test_the_only_second_step_is_not_removed(device: Authenticator) -> None:
    client, passkey = sign_in(), Passkey.objects.get()
    turn_on(client, device)
    page = client.post(f"{PASSKEYS}{passkey.pk}/remove/", follow=True).content.decode()
    assert "This is your only passkey" in page
    assert Passkey.objects.exists()


def test_whoever_did_not_add_it_removes_all(device: Authenticator, cast: Cast) -> None:
    intruder = sign_in_with(device)
    link = link_in(mail.outbox[-1])
    client = Client()
    assert "Didn't add it?" in client.get(link).content.decode().replace("&#x27;", "'")
    answer = client.post(link)
    assert answer["Location"].startswith("/accounts/password-reset/")
    assert not Passkey.objects.exists()
    assert not is_signed_in(intruder)
    assert client.get(answer["Location"]).status_code == 200
    assert client.get(link).status_code == 410
    assert Event.PASSKEYS_UNDONE in events(cast)


def test_backed_up_ones_and_those_that_do_not_count_are_fine(there: There, cast: Cast) -> None:
    flags = PRESENT | VERIFIED | MAY_BACK_UP | BACKED_UP
    device = add_passkey(sign_in(), Authenticator(step=0, flags=flags))
    for _time in range(2):
        assert is_signed_in(sign_in_with(device))
    assert Passkey.objects.get().is_backed_up


def test_a_device_with_one_is_not_offered_another(device: Authenticator) -> None:
    client = sign_in()
    client.post(ADD, {"current": PASSWORD})
    options = options_on(client.get(NEW).content)
    assert [one["id"] for one in options["excludeCredentials"]] == [device.id]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    page = client.post(NEW, {"name": "Again", "passkey": device.create(options)}).content.decode()
    assert "already added" in page
    assert Passkey.objects.count() == 1


def test_not_more_than_anybody_needs(device: Authenticator, cast: Cast) -> None:
    client = sign_in()
    client.post(ADD, {"current": PASSWORD})
    options = options_on(client.get(NEW).content)
    Passkey.objects.bulk_create(
        Passkey(member_id=cast.laundry.pk, name="x", credential_id=f"AAA{number}", rp_id="other")
        for number in range(MOST - 1)
    )
    page = client.post(NEW, {"name": "One more", "passkey": Authenticator().create(options)})
    assert "Remove one first." in page.content.decode()
    assert Passkey.objects.count() == MOST
    assert client.get(ADD)["Location"] == PASSKEYS
    assert "Remove one first." in client.get(PASSKEYS).content.decode()


def test_staff_who_turn_off_the_second_step_remove_passkeys(
    device: Authenticator, cast: Cast
) -> None:
    turn_on(sign_in(), device)
    chief = Client()
    chief.force_login(staff("administrator", cast.biller))
    chief.post(f"/admin/accounts/member/{cast.laundry.pk}/end-two-step/")
    assert not SecondFactor.objects.exists()
    assert not Passkey.objects.exists()
    assert is_signed_in(sign_in())


def test_the_sign_in_page_offers_it_to_scripts_alone(cast: Cast) -> None:
    page = Client().get("/accounts/login/?next=/accounts/").content.decode()
    assert 'autocomplete="username webauthn"' in page
    form = page.split('action="/accounts/login/passkey/')[1].split(">")[0]
    assert form.startswith("?next=/accounts/")
    assert " hidden " in form
    assert GOOD["username"] not in page
