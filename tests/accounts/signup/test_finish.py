"""Finish, from the mail: /accounts/finish/<secret>/. Story 2 from end to end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import LinkedAccount, Signup, User
from accounts.ratelimit import forget_attempts
from accounts.signup import services as signups
from icsso.billing.session import State, load
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

PASSWORD = "seven herons over the mill"
GOOD = {"password": PASSWORD}
ANA = {
    "account_number": "10000102",
    "name": "Ana Torres",
    "email": "ana@example.com",
    "password": PASSWORD,
}


@pytest.fixture
def link(cast: Cast, client: Client, mailoutbox: list[EmailMessage]) -> str:
    client.post("/accounts/register/", ANA)
    return link_in(mailoutbox.pop())


def asked(client: Client, mailoutbox: list[EmailMessage], **changes: str) -> str:
    client.post("/accounts/register/", {**ANA, **changes})
    return link_in(mailoutbox.pop())


def ana() -> User:
    return User.objects.get(email="ana@example.com")


def state(client: Client) -> State:
    billing = load(client.session)
    assert billing is not None
    return billing.state


def test_the_password_makes_the_member_and_opens_billing(
    there: There, client: Client, link: str
) -> None:
    page = client.get(link)
    assert "Enter your password to finish" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    dashboard = client.post(link, GOOD, follow=True)
    assert dashboard.redirect_chain == [("/", 302)]
    assert "Your account 10000102 is connected." in dashboard.content.decode()
    [linked] = ana().links.all()
    assert (linked.account.account_number, linked.is_first, linked.state) == (
        "10000102",
        True,
        LinkedAccount.State.REGISTERED,
    )
    assert ana().registered_at is not None
    assert state(client) == State.CONNECTED
    assert there.sandbox.customer("10000102")["registered_by"] == "ana@example.com"
    assert there.has_password("ana@example.com", PASSWORD)


def test_the_hash_is_the_members_alone_from_then_on(
    there: There, client: Client, link: str
) -> None:
    client.post(link, GOOD)
    assert ana().check_password(PASSWORD)
    assert Signup.objects.get().password == ""


def test_an_account_unknown_to_invoice_cloud_is_created_there(
    there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    link = asked(client, mailoutbox, account_number="10000105", name="Harold Becker")
    client.post(link, GOOD)
    assert state(client) == State.CONNECTED
    assert there.sandbox.customer("10000105")["registered_by"] == "ana@example.com"


def test_registered_there_with_the_same_password_connects(
    there: There, cast: Cast, client: Client, link: str
) -> None:
    there.register("ana@example.com", PASSWORD, "10000102")
    client.post(link, GOOD)
    assert state(client) == State.CONNECTED
    assert "register_accounts" not in there.operations()


def test_registered_there_with_another_password_waits_for_a_mail(
    there: There, cast: Cast, client: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    there.register("ana@example.com", "the password of before", "10000102")
    client.post(link, GOOD)
    assert state(client) == State.RECONNECT
    assert "/accounts/reconnect/" in str(mailoutbox[0].body)
    assert there.has_password("ana@example.com", "the password of before")


def test_online_under_another_address_takes_nothing_over(
    there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    link = asked(client, mailoutbox, account_number="10000106", name="Mei Chen")
    dashboard = client.post(link, GOOD, follow=True)
    assert state(client) == State.ELSEWHERE
    assert "Your account 10000106 is linked." in dashboard.content.decode()
    assert there.sandbox.customer("10000106")["registered_by"] == "mei.chen@example.org"


def test_with_invoice_cloud_away_the_member_is_in_and_it_goes_on_at_the_next_sign_in(
    there: There, client: Client, link: str
) -> None:
    there.fault("*", "unavailable")
    client.post(link, GOOD)
    assert state(client) == State.AWAY
    assert ana().links.get().state == LinkedAccount.State.PENDING
    there.heal()
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"username": "ana@example.com", **GOOD})
    assert state(client) == State.CONNECTED


def test_a_wrong_password_leaves_the_link_as_it_is(there: There, client: Client, link: str) -> None:
    page = client.post(link, {"password": "not what was chosen"})
    assert "not the password you chose" in page.content.decode()
    assert not User.objects.filter(email="ana@example.com").exists()
    assert client.post(link, GOOD).status_code == 302


def test_the_link_works_once(there: There, client: Client, link: str) -> None:
    client.post(link, GOOD)
    for answer in (Client().get(link), Client().post(link, GOOD)):
        assert answer.status_code == 410
        assert "This link has already been used" in answer.content.decode()
        assert 'href="/accounts/login/"' in answer.content.decode()
    assert User.objects.filter(email="ana@example.com").count() == 1


def test_an_expired_link_is_renewed_right_there(
    cast: Cast, client: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    Signup.objects.update(link_sent_at=timezone.now() - timedelta(hours=24, minutes=1))
    visitor = Client()  # on another device, without the session of before
    page = visitor.get(link)
    assert page.status_code == 410
    assert "Send a new link" in page.content.decode()
    assert visitor.post(link, GOOD).status_code == 410
    forget_attempts()  # a minute later
    visitor.post("/accounts/register/again/", {"link": link.split("/")[3]})
    renewed = link_in(mailoutbox.pop())
    assert visitor.get(renewed).status_code == 200
    assert visitor.get(link).status_code == 410


def test_an_unknown_link_leads_to_the_start(cast: Cast, client: Client) -> None:
    page = client.get("/accounts/finish/never-sent/")
    assert page.status_code == 410
    assert 'href="/accounts/register/"' in page.content.decode()


def test_a_link_of_another_biller_is_unknown(cast: Cast, client: Client, link: str) -> None:
    people.other_biller()
    assert client.get(link, headers={"host": "power.localhost"}).status_code == 410


def test_an_address_that_became_a_members_meanwhile_is_sent_to_sign_in(
    cast: Cast, client: Client, link: str
) -> None:
    people.member(cast.biller, "ana@example.com", "another password of hers")
    page = client.post(link, GOOD)
    assert page.status_code == 409
    assert "You already have an online account" in page.content.decode()
    assert ana().links.count() == 0
    assert Signup.objects.get().finished_at is None  # all of it or nothing


def test_guesses_are_limited(cast: Cast, client: Client, link: str) -> None:
    for _ in range(10):
        client.post(link, {"password": "guess after guess"})
    assert client.post(link, GOOD).status_code == 429


def test_a_password_cannot_be_guessed_with_another_ones_link(
    cast: Cast, client: Client, link: str
) -> None:
    assert client.post(link, {"password": people.LAUNDRY_PASSWORD}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_makes_one_member(there: There, cast: Cast, client: Client) -> None:
    row = signups.ask(
        account=cast.account("10000102"),
        email="ana@example.com",
        password=PASSWORD,
        language="en",
    )
    link = f"/accounts/finish/{signups.renew_link(row)}/"

    def press(_: int) -> int:
        try:
            return Client().post(link, GOOD).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, range(2)))
    assert answers[0] == 302
    assert answers[1] in {409, 410}
    assert ana().links.count() == 1


def test_the_account_is_locked_before_the_member_is_written(
    there: There, client: Client, link: str
) -> None:
    """As with an existing login: in another order, two requests could deadlock, and PostgreSQL
    would end one of them."""
    asked = Signup.objects.select_related("account", "biller").get()
    with CaptureQueriesContext(connection) as captured:
        signups.finish(asked)
    made = [query["sql"] for query in captured]
    [written] = [n for n, sql in enumerate(made) if sql.startswith('INSERT INTO "accounts_user"')]
    assert any('FROM "accounts_utilityaccount"' in sql for sql in made[:written])
    if connection.vendor == "postgresql":
        assert any("FOR UPDATE" in sql for sql in made[:written])
