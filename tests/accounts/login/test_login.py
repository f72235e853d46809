"""Signing in: /accounts/login/. The portal's check first, then billing."""

import re

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.models import User
from accounts.models.sign_in import SignIn
from accounts.ratelimit import forget_attempts
from icsso.billers.models import Biller
from icsso.billing.session import BillingSession, State, load
from tests import cast as people
from tests.accounts.hashing import CountingHasher
from tests.accounts.there import There
from tests.cast import Cast
from tests.whole_dates import spaced

GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
WRONG = {**GOOD, "password": "not the kettle on the porch"}
UNKNOWN = {**WRONG, "username": "nobody@example.com"}
MISMATCH = "That email and password don&#x27;t match. Try again or reset your password."


def billing_of(client: Client) -> BillingSession:
    billing = load(client.session)
    assert billing is not None
    return billing


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_member_signs_in_and_billing_is_open(there: There, cast: Cast, client: Client) -> None:
    response = client.post("/accounts/login/", GOOD)
    assert (response.status_code, response["Location"]) == (302, "/")
    billing = billing_of(client)
    assert (billing.state, billing.is_usable) == (State.CONNECTED, True)
    assert billing.customer_guid == there.sandbox.customer("10000101")["guid"]
    assert User.objects.get(pk=cast.laundry.pk).registered_at is not None
    assert billing.token not in str(dict(client.session))


def test_a_biller_that_was_not_saved_is_not_taken_for_no_biller(cast: Cast) -> None:
    with pytest.raises(ValueError, match="not saved"):
        authenticate(None, username=people.LAUNDRY_EMAIL, password="any", biller=Biller())


def test_the_page_is_for_password_managers(cast: Cast, client: Client) -> None:
    page = client.get("/accounts/login/")
    html = page.content.decode()
    assert 'autocomplete="username webauthn"' in html
    assert 'autocomplete="current-password"' in html
    assert "no-store" in page["Cache-Control"]


def test_capitals_and_spaces_around_the_address_do_not_matter(cast: Cast, client: Client) -> None:
    client.post("/accounts/login/", {**GOOD, "username": "  Laundry@Example.COM "})
    assert is_signed_in(client)


def test_with_invoice_cloud_away_the_member_is_signed_in(cast: Cast, client: Client) -> None:
    """Nobody answers at this biller's Invoice Cloud."""
    response = client.post("/accounts/login/", GOOD)
    assert response.status_code == 302
    assert is_signed_in(client)
    assert billing_of(client).state == State.AWAY


def test_with_another_password_there_billing_waits_for_a_mail(
    there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    there.register(people.LAUNDRY_EMAIL, "the password of before", "10000101")
    client.post("/accounts/login/", GOOD)
    assert is_signed_in(client)
    assert billing_of(client).state == State.RECONNECT
    [mail] = mailoutbox
    assert mail.to == [people.LAUNDRY_EMAIL]
    assert "http://testserver/accounts/reconnect/" in str(mail.body)


def test_signing_in_again_and_again_sends_one_such_mail(
    there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    there.register(people.LAUNDRY_EMAIL, "the password of before", "10000101")
    for _ in range(3):
        client.post("/accounts/login/", GOOD)
        client.post("/accounts/logout/")
    assert len(mailoutbox) == 1


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(
    cast: Cast, client: Client
) -> None:
    pages = []
    for given in (WRONG, UNKNOWN):
        page = Client().post("/accounts/login/", given)
        assert (page.status_code, MISMATCH in page.content.decode()) == (200, True)
        assert not is_signed_in(client)
        html = page.content.decode().replace(given["username"], "address")
        token = page.context["csrf_token"]
        pages.append(html.replace(str(token), "").replace(page["X-Request-ID"], ""))
    assert pages[0] == pages[1]


def test_an_inactive_member_is_answered_like_an_unknown_one(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.laundry.pk).update(is_active=False)
    assert MISMATCH in client.post("/accounts/login/", GOOD).content.decode()
    assert not is_signed_in(client)


def test_staff_and_members_of_other_billers_do_not_sign_in_here(cast: Cast, client: Client) -> None:
    User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    other = people.member(people.other_biller(), "else@example.com", "somewhere else entirely")
    for email, password in (
        ("operator@example.com", people.STAFF_PASSWORD),
        (other.email, "somewhere else entirely"),
    ):
        page = client.post("/accounts/login/", {"username": email, "password": password})
        assert MISMATCH in page.content.decode()
        assert not is_signed_in(client)


@pytest.fixture
def hashing(argon2: None, cast: Cast, settings: Settings) -> list[str]:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]
    CountingHasher.computed.clear()
    return CountingHasher.computed


@pytest.mark.parametrize("given", [GOOD, WRONG, UNKNOWN])
def test_every_attempt_costs_one_computation(
    hashing: list[str], client: Client, given: dict[str, str]
) -> None:
    client.post("/accounts/login/", given)
    assert len(hashing) == 1


def test_an_inactive_members_attempt_costs_one_as_well(
    hashing: list[str], cast: Cast, client: Client
) -> None:
    User.objects.filter(pk=cast.laundry.pk).update(is_active=False)
    client.post("/accounts/login/", GOOD)
    assert len(hashing) == 1


def test_a_refused_attempt_costs_none(hashing: list[str], client: Client) -> None:
    for _ in range(5):
        client.post("/accounts/login/", WRONG)
    hashing.clear()
    assert client.post("/accounts/login/", GOOD).status_code == 429
    assert hashing == []


def test_a_hash_with_other_parameters_is_renewed(argon2: None, cast: Cast, client: Client) -> None:
    hasher = Argon2PasswordHasher()
    User.objects.filter(pk=cast.laundry.pk).update(
        password=hasher.encode(people.LAUNDRY_PASSWORD, hasher.salt())
    )
    client.post("/accounts/login/", GOOD)
    renewed = User.objects.get(pk=cast.laundry.pk).password
    assert "m=47104,t=1,p=1" in renewed
    assert client.get("/accounts/").status_code == 200  # and this session goes on


@pytest.mark.parametrize("given", [WRONG, UNKNOWN])
def test_too_many_attempts_say_how_long_and_what_helps_at_once(
    cast: Cast, client: Client, given: dict[str, str]
) -> None:
    for _ in range(5):
        assert client.post("/accounts/login/", given).status_code == 200
    page = client.post("/accounts/login/", given)
    assert page.status_code == 429
    assert "Please wait 15 minutes" in spaced(page.content.decode())
    assert 'href="/accounts/password-reset/"' in page.content.decode()
    assert client.post("/accounts/login/", {**GOOD, **given}).status_code == 429


def test_one_bad_client_does_not_lock_out_its_neighbours(cast: Cast, client: Client) -> None:
    for _ in range(6):
        client.post("/accounts/login/", WRONG)
    neighbour = {"username": people.NEIGHBOUR_EMAIL, "password": people.NEIGHBOUR_PASSWORD}
    assert Client().post("/accounts/login/", neighbour).status_code == 302
    assert Client(REMOTE_ADDR="198.51.100.7").post("/accounts/login/", GOOD).status_code == 302


def test_success_starts_the_count_again(cast: Cast, client: Client) -> None:
    for _ in range(3):
        for _ in range(4):
            client.post("/accounts/login/", WRONG)
        assert client.post("/accounts/login/", GOOD).status_code == 302
        client.post("/accounts/logout/")


def test_success_starts_the_count_of_staff_again(cast: Cast, client: Client) -> None:
    User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    wrong = {"username": "operator@example.com", "password": "no lanterns at all here"}
    for _ in range(3):
        for _ in range(4):
            assert client.post("/admin/login/", wrong).status_code == 200
        right = client.post("/admin/login/", {**wrong, "password": people.STAFF_PASSWORD})
        assert right.status_code == 302
        client.post("/admin/logout/")


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_the_fifth_password_is_still_looked_at_and_the_sixth_is_not(
    cast: Cast, client: Client, path: str
) -> None:
    User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    right = GOOD
    if path == "/admin/login/":
        right = {"username": "operator@example.com", "password": people.STAFF_PASSWORD}
    for _ in range(5):
        client.post(path, {**right, "password": "no lanterns at all here"})
    assert client.post(path, right).status_code == 429
    forget_attempts()
    for _ in range(4):
        client.post(path, {**right, "password": "no lanterns at all here"})
    assert client.post(path, right).status_code == 302


def test_success_clears_no_count_but_its_own(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one password of one's own would buy any number of tries for others'."""
    narrow = {**ratelimit.LIMITS, "sign_in": ratelimit.Limit("6/15minute", "3/15minute")}
    monkeypatch.setattr(ratelimit, "LIMITS", narrow)
    for _ in range(2):
        assert client.post("/accounts/login/", UNKNOWN).status_code == 200
    assert client.post("/accounts/login/", GOOD).status_code == 302
    answers = [client.post("/accounts/login/", UNKNOWN).status_code for _ in range(2)]
    assert answers == [200, 429]
    for _ in range(2):
        assert client.post("/accounts/login/", GOOD).status_code == 302
    # The network has had six: the refused attempt counts for nothing.
    assert client.post("/accounts/login/", GOOD).status_code == 429


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_a_name_of_any_length_fits_where_attempts_are_counted(
    cast: Cast, client: Client, path: str
) -> None:
    for name in (f"{'a' * 242}@example.com", "a" * 5000):
        given = {"username": name, "password": "not the kettle on the porch"}
        assert client.post(path, given).status_code == 200


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_many_names_from_one_network_are_stopped_before_anything_is_computed(
    hashing: list[str], client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    narrow = {**ratelimit.LIMITS, "sign_in": ratelimit.Limit("3/15minute", "40/15minute")}
    monkeypatch.setattr(ratelimit, "LIMITS", narrow)
    for number in range(4):
        given = {**WRONG, "username": f"guess{number}@example.com"}
        status = client.post(path, given).status_code
    assert status == 429
    assert len(hashing) == 3


def test_the_key_of_the_session_changes(cast: Cast, client: Client) -> None:
    session = client.session
    session["visitor"] = "a guest before"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    client.post("/accounts/login/", GOOD)
    assert client.session.session_key != before
    assert client.session["visitor"] == "a guest before"


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/billing/autopay/", "/billing/autopay/"),
        ("http://testserver/accounts/", "http://testserver/accounts/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("balance", "/"),
        ("2026-11-23", "/"),
        ("", "/"),
    ],
)
def test_only_our_own_addresses_are_followed(
    cast: Cast, client: Client, wanted: str, leads_to: str
) -> None:
    response = client.post("/accounts/login/", GOOD, query_params={"next": wanted})
    assert response["Location"] == leads_to


def test_who_is_signed_in_already_goes_on(cast: Cast, client: Client) -> None:
    client.force_login(cast.laundry)
    assert client.get("/accounts/login/?next=/accounts/")["Location"] == "/accounts/"


def test_nothing_secret_or_personal_in_the_log(
    there: There, cast: Cast, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        for given in (WRONG, UNKNOWN, GOOD):
            client.post("/accounts/login/", given)
    for told in ("sign-in failed, name ", "signed in, name ", "invoice cloud call: "):
        assert told in caplog.text
    for secret in (*GOOD.values(), *UNKNOWN.values(), people.API_KEY, billing_of(client).token):
        assert secret not in caplog.text


def test_every_sign_in_good_or_bad_is_on_record(
    cast: Cast, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """A line for each, by a mark that stands for the name; a row while the session lasts."""
    with caplog.at_level("INFO"):
        for given in (WRONG, WRONG, GOOD):
            client.post("/accounts/login/", given)
    bad = re.findall(r"sign-in failed, name (\w{12})", caplog.text)
    assert len(bad) == 2
    assert len(set(bad)) == 1
    assert len(re.findall(rf"signed in, name {bad[0]}", caplog.text)) == 1
    assert SignIn.objects.get().member == cast.laundry
