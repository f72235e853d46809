"""Connect billing again: the approval mail of story 10 and /accounts/reconnect/<secret>/."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models.credential_change import CredentialChange
from accounts.models.credential_change import State as ChangeState
from accounts.ratelimit import forget_attempts
from icsso.billing.session import State, load
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

BEFORE = "the password of before"
EMAIL = people.LAUNDRY_EMAIL
GOOD = {"password": people.LAUNDRY_PASSWORD}


def sign_in() -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": EMAIL, **GOOD})
    return client


def state(client: Client) -> State:
    billing = load(client.session)
    assert billing is not None
    return billing.state


@pytest.fixture
def link(there: There, cast: Cast, mailoutbox: list[EmailMessage]) -> str:
    """Invoice Cloud has another password, and a sign-in has found that out."""
    there.register(EMAIL, BEFORE, "10000101")
    assert state(sign_in()) == State.RECONNECT
    there.calls()
    return link_in(mailoutbox.pop())


def test_the_portals_password_becomes_invoice_clouds(
    there: There, client: Client, link: str
) -> None:
    page = client.get(link)
    assert "Reconnect your billing pages" in page.content.decode()
    dashboard = client.post(link, GOOD, follow=True)
    assert "Your billing pages are connected again." in dashboard.content.decode()
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)
    assert state(client) == State.CONNECTED
    change = CredentialChange.objects.get()
    assert change.state == ChangeState.COMPLETED
    assert None not in {change.approved_at, change.applied_at}


def test_a_wrong_password_changes_nothing_and_leaves_the_link(
    there: There, client: Client, link: str
) -> None:
    page = client.post(link, {"password": BEFORE})
    assert "That password isn" in page.content.decode()
    assert there.has_password(EMAIL, BEFORE)
    client.post(link, GOOD)
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)


def test_the_link_works_once_and_offers_a_new_one(there: There, client: Client, link: str) -> None:
    client.post(link, GOOD)
    page = client.get(link)
    assert page.status_code == 410
    assert 'action="/accounts/reconnect/"' in page.content.decode()


@pytest.mark.parametrize("kind", ["unavailable", "reset_after", "html"])
def test_with_invoice_cloud_away_the_next_sign_in_completes_it(
    there: There, client: Client, link: str, kind: str
) -> None:
    there.fault("update_password", kind)
    dashboard = client.post(link, GOOD, follow=True)
    assert "connect your billing pages as soon as" in dashboard.content.decode()
    assert state(client) == State.AWAY
    there.heal()
    assert state(sign_in()) == State.CONNECTED
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)
    assert CredentialChange.objects.get().state == ChangeState.COMPLETED


def test_without_approval_nothing_is_completed(there: There, link: str) -> None:
    assert state(sign_in()) == State.RECONNECT
    assert there.has_password(EMAIL, BEFORE)
    assert "update_password" not in there.operations()


def test_an_approved_change_that_is_done_completes_no_later_one(
    there: There, client: Client, link: str
) -> None:
    client.post(link, GOOD)
    there.register(EMAIL, "changed at Invoice Cloud", "10000101")
    assert state(sign_in()) == State.RECONNECT
    assert there.has_password(EMAIL, "changed at Invoice Cloud")


def test_sending_it_again(there: There, link: str, mailoutbox: list[EmailMessage]) -> None:
    client = sign_in()
    page = client.post("/accounts/reconnect/", follow=True)
    assert f"We sent an email to {EMAIL}." in page.content.decode()
    client.post(link_in(mailoutbox.pop()), GOOD)
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)


def test_sending_it_again_is_limited(
    there: There, link: str, mailoutbox: list[EmailMessage]
) -> None:
    client = sign_in()
    forget_attempts()
    for _ in range(5):
        client.post("/accounts/reconnect/")
    page = client.post("/accounts/reconnect/", follow=True)
    assert "asked several times." in page.content.decode()
    assert len(mailoutbox) == 5


def test_asking_for_it_is_for_members(cast: Cast, client: Client) -> None:
    assert client.post("/accounts/reconnect/")["Location"].startswith("/accounts/login/")
    assert client.get("/accounts/reconnect/").status_code == 405


def test_guesses_are_limited(there: There, client: Client, link: str) -> None:
    for _ in range(10):
        client.post(link, {"password": "guess after guess"})
    assert client.post(link, GOOD).status_code == 429
    assert there.has_password(EMAIL, BEFORE)
