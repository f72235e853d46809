"""Create an account: /accounts/register/ and "Check your email"."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.models import LinkedAccount, Signup, User
from accounts.ratelimit import forget_attempts
from accounts.signup import services as signups
from icsso.billers.models import Biller
from tests import cast as people
from tests.accounts.hashing import CountingHasher
from tests.accounts.one_time_links import link_in
from tests.cast import Cast

PASSWORD = "seven herons over the mill"
ANA = {
    "account_number": "10000102",
    "name": "Ana Torres",
    "email": "Ana@Example.com",
    "password": PASSWORD,
}
MISMATCH = "find an account that matches."


def words(client: Client, **changes: str) -> str:
    return client.post("/accounts/register/", {**ANA, **changes}).content.decode()


def test_proof_and_password_lead_to_a_mail_with_a_link(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    response = client.post("/accounts/register/", ANA)
    assert (response.status_code, response["Location"]) == (302, "/accounts/register/sent/")
    page = client.get("/accounts/register/sent/").content.decode()
    assert "Check your email" in page
    assert "ana@example.com" in page
    [mail] = mailoutbox
    assert mail.to == ["ana@example.com"]
    assert mail.subject == "Finish creating your online account at Springfield Water"
    asked = Signup.objects.get()
    assert asked.account == cast.account("10000102")
    assert PASSWORD not in asked.password
    assert not User.objects.filter(email="ana@example.com").exists()  # only with the link
    assert asked.link_digest not in link_in(mail)
    assert signups.find(link_in(mail).split("/")[3], biller=cast.biller) == asked


def test_the_page_asks_once_for_each_and_suits_password_managers(
    cast: Cast, client: Client
) -> None:
    html = client.get("/accounts/register/").content.decode()
    assert html.count('type="password"') == 1
    assert 'autocomplete="new-password"' in html
    assert 'autocomplete="username"' in html
    assert 'name="name"' in html
    assert 'name="zip"' not in html


def test_zip_and_both_are_asked_for_when_the_biller_wants_them(cast: Cast, client: Client) -> None:
    Biller.objects.update(signup_proof=Biller.Proof.BOTH)
    assert 'name="zip"' in client.get("/accounts/register/").content.decode()
    assert MISMATCH in words(client, zip="99999")
    assert client.post("/accounts/register/", {**ANA, "zip": "62701-1234"}).status_code == 302


def test_one_message_for_every_mismatch_and_what_was_written_stays(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    other = people.other_biller()
    other.accounts.create(account_number="20000001", name="Ana Torres")
    wrong_number = words(client, account_number="99999999")
    wrong_name = words(client, name="George Lindqvist")
    elsewhere = words(client, account_number="20000001")
    for html in (wrong_number, wrong_name, elsewhere):
        assert MISMATCH in html
        assert 'value="Ana@Example.com"' in html
    assert PASSWORD not in wrong_name
    assert mailoutbox == []
    assert not Signup.objects.exists()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "at least 12 characters"),
        ("x" * 100 + "y" * 29, "at most 128 characters"),
        ("springfield water", "the utility&#x27;s name"),
        ("ana.torres.2026", "the utility&#x27;s name"),
        ("passwordpassword", "too common"),
        ("123456789012", "use letters or numbers in a row"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(
    cast: Cast, client: Client, password: str, reason: str
) -> None:
    html = words(client, password=password)
    assert reason in html
    assert not Signup.objects.exists()


def test_any_characters_will_do(cast: Cast, client: Client) -> None:
    for password in (
        "ångström über 東京 🚰",
        "  spaces  at both ends  ",
        "<script>alert('1')</script>",
    ):
        assert client.post("/accounts/register/", {**ANA, "password": password}).status_code == 302


@pytest.mark.parametrize("missing", ANA)
def test_what_is_left_out_is_refused_by_the_server(
    cast: Cast, client: Client, missing: str
) -> None:
    answer = client.post("/accounts/register/", {**ANA, missing: ""})
    assert answer.status_code == 200
    assert missing in answer.context["form"].errors
    assert not Signup.objects.exists()


def test_an_address_of_a_member_gets_a_mail_saying_so_and_the_same_page(
    argon2: None,
    cast: Cast,
    client: Client,
    mailoutbox: list[EmailMessage],
    settings: Settings,
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]
    seen = []
    for email in ("ana@example.com", people.LAUNDRY_EMAIL):
        CountingHasher.computed.clear()
        visitor = Client()
        answer = visitor.post("/accounts/register/", {**ANA, "email": email})
        page = visitor.get(answer["Location"])
        html = page.content.decode().replace(email, "").replace(page["X-Request-ID"], "")
        html = html.replace(str(page.context["csrf_token"]), "")
        seen.append((answer.status_code, html, list(CountingHasher.computed)))
    assert seen[0] == seen[1]
    assert seen[0][2] == ["encode"]
    new, known = mailoutbox
    assert "but you already have one" in str(known.body)
    assert "http://testserver/accounts/password-reset/" in str(known.body)
    assert "/accounts/finish/" not in str(known.body)
    assert "/accounts/finish/" in str(new.body)
    assert User.objects.filter(email=people.LAUNDRY_EMAIL).count() == 1


def test_a_member_of_another_biller_is_new_here(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    people.member(people.other_biller(), "ana@example.com", "somewhere else entirely")
    client.post("/accounts/register/", ANA)
    assert "/accounts/finish/" in str(mailoutbox[0].body)


def test_a_new_mail_after_a_minute_and_its_link_alone_counts(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/register/", ANA)
    page = client.post("/accounts/register/again/", follow=True)
    assert "Wait a minute" in page.content.decode()
    assert len(mailoutbox) == 1
    forget_attempts()  # a minute later
    page = client.post("/accounts/register/again/", follow=True)
    assert "We sent you a new email." in page.content.decode()
    first, second = map(link_in, mailoutbox)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    assert Signup.objects.count() == 1


def test_the_wrong_address_is_put_right_on_a_form_that_remembers(
    cast: Cast, client: Client
) -> None:
    client.post("/accounts/register/", ANA)
    html = client.get("/accounts/register/").content.decode()
    assert 'value="10000102"' in html
    assert 'value="ana@example.com"' in html


def test_signing_up_again_within_the_minute_looks_the_same_and_sends_nothing(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    for number, name in (("10000102", "Ana Torres"), ("10000104", "Rosa Delgado")):
        given = {**ANA, "account_number": number, "name": name}
        page = client.post("/accounts/register/", given, follow=True)
        assert "Check your email" in page.content.decode()
    assert len(mailoutbox) == 1
    forget_attempts()  # a minute later
    client.post("/accounts/register/again/")
    assert len(mailoutbox) == 2


def test_no_address_is_flooded_by_signing_up_again_and_again(
    cast: Cast, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    always = ratelimit.LIMITS["resend"]._replace(per_key="99/minute", everywhere="99/minute")
    monkeypatch.setattr(ratelimit, "LIMITS", {**ratelimit.LIMITS, "resend": always})
    for _ in range(7):
        assert Client().post("/accounts/register/", ANA).status_code == 302
    assert len(mailoutbox) == 5


def test_a_stranger_sees_nothing_of_it(cast: Cast, client: Client) -> None:
    client.post("/accounts/register/", ANA)
    assert Client().get("/accounts/register/sent/")["Location"] == "/accounts/register/"
    assert "10000102" not in Client().get("/accounts/register/").content.decode()


def test_tries_are_limited_before_anything_is_computed(
    argon2: None, cast: Cast, client: Client, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]
    for _ in range(10):
        words(client, name="Guess")
    CountingHasher.computed.clear()
    page = client.post("/accounts/register/", ANA)
    assert page.status_code == 429
    assert CountingHasher.computed == []
    assert not LinkedAccount.objects.filter(account__account_number="10000102").exclude(
        member=cast.neighbour
    )


def test_who_is_signed_in_has_no_use_for_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.laundry)
    assert client.get("/accounts/register/")["Location"] == "/"
