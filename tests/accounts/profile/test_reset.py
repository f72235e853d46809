"""Forgot password: /accounts/password-reset/ and the link's page. It sets both sides."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.credentials import resume
from accounts.models import Member, User
from accounts.models.credential_change import CredentialChange
from accounts.models.credential_change import State as ChangeState
from accounts.ratelimit import forget_attempts
from icsso.billing.session import State, load
from icsso.client.client import InvoiceCloudClient
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

NEW = "a new kettle for the porch"
EMAIL = people.LAUNDRY_EMAIL


def ask(client: Client, mailoutbox: list[EmailMessage], email: str = EMAIL) -> str:
    forget_attempts()  # a minute later
    client.post("/accounts/password-reset/", {"email": email})
    return link_in(mailoutbox.pop())


@pytest.fixture
def link(there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]) -> str:
    return ask(client, mailoutbox)


def change() -> CredentialChange:
    return CredentialChange.objects.get()


def has_password_here(password: str) -> bool:
    return User.objects.get(email=EMAIL).check_password(password)


def state(client: Client) -> State:
    billing = load(client.session)
    assert billing is not None
    return billing.state


def sign_in(password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": EMAIL, "password": password})
    return client


def test_the_link_sets_both_sides_and_signs_in(
    there: There, client: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    page = client.get(link)
    assert "New password" in page.content.decode()
    assert page.content.decode().count('type="password"') == 1
    assert there.operations() == []
    dashboard = client.post(link, {"password": NEW}, follow=True)
    assert dashboard.redirect_chain == [("/", 302)]
    assert "Your password was changed." in dashboard.content.decode()
    assert has_password_here(NEW)
    assert there.has_password(EMAIL, NEW)
    assert state(client) == State.CONNECTED
    assert there.operations()[0] == "update_password"
    assert change().state == ChangeState.COMPLETED
    assert None not in {change().approved_at, change().applied_at}
    [mail] = mailoutbox
    assert mail.subject == "Your password at Springfield Water was changed"
    assert "If it wasn't" in str(mail.body)


def test_every_session_of_before_is_ended(there: There, cast: Cast, link: str) -> None:
    before = sign_in(people.LAUNDRY_PASSWORD)
    assert before.get("/accounts/").status_code == 200
    Client().post(link, {"password": NEW})
    assert before.get("/accounts/").status_code == 302


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(
    cast: Cast, mailoutbox: list[EmailMessage]
) -> None:
    seen = []
    for email in (EMAIL, "nobody@example.com"):
        visitor = Client()
        answer = visitor.post("/accounts/password-reset/", {"email": email})
        page = visitor.get(answer["Location"])
        assert email not in page.content.decode()
        html = page.content.decode().replace(str(page.context["csrf_token"]), "")
        seen.append((answer.status_code, answer["Location"], html))
    assert seen[0] == seen[1]
    assert [mail.to for mail in mailoutbox] == [[EMAIL]]


def test_staff_inactive_members_and_those_of_other_billers_get_no_mail(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    people.member(people.other_biller(), "else@example.com", "somewhere else entirely")
    User.objects.filter(pk=cast.neighbour.pk).update(is_active=False)
    for email in ("operator@example.com", "else@example.com", people.NEIGHBOUR_EMAIL):
        client.post("/accounts/password-reset/", {"email": email})
    assert mailoutbox == []


def test_unknown_at_invoice_cloud_is_set_here_alone(
    there: There, client: Client, link: str
) -> None:
    there.forget(EMAIL)
    client.post(link, {"password": NEW})
    assert has_password_here(NEW)
    assert change().state == ChangeState.COMPLETED
    assert state(client) == State.CONNECTED  # and registered with the new one
    assert there.has_password(EMAIL, NEW)


def test_a_password_invoice_cloud_refuses_is_set_on_neither_side(
    there: There, client: Client, link: str
) -> None:
    there.fault("update_password", "refused", times=1)
    page = client.post(link, {"password": NEW})
    assert (
        "This password can&#x27;t be used on the billing pages. The request was refused."
        in page.content.decode()
    )
    assert has_password_here(people.LAUNDRY_PASSWORD)
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)
    client.post(link, {"password": NEW})  # the link is still good
    assert there.has_password(EMAIL, NEW)


@pytest.mark.parametrize("kind", ["unavailable", "reset", "html", "unauthorized", "hang"])
def test_with_invoice_cloud_away_it_is_set_here_and_completed_at_the_next_sign_in(
    there: There, client: Client, link: str, kind: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {"update_password": 1.0}
    there.fault("update_password", kind)
    dashboard = client.post(link, {"password": NEW}, follow=True)
    assert (
        "It may take a while before it works on the billing pages too."
        in dashboard.content.decode()
    )
    assert state(client) == State.AWAY
    assert has_password_here(NEW)
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)
    assert change().state == ChangeState.PORTAL_ONLY
    there.heal()
    settings.INVOICE_CLOUD_TIMEOUTS = {}
    again = sign_in(NEW)
    assert state(again) == State.CONNECTED
    assert there.has_password(EMAIL, NEW)
    assert change().state == ChangeState.COMPLETED


@pytest.mark.parametrize("kind", ["hang_after", "reset_after"])
def test_when_nobody_knows_the_next_sign_in_asks(
    there: There, client: Client, link: str, kind: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {"update_password": 1.0}
    there.fault("update_password", kind)
    client.post(link, {"password": NEW})
    assert there.has_password(EMAIL, NEW)
    assert change().state == ChangeState.PORTAL_ONLY
    there.heal()
    there.calls()
    assert state(sign_in(NEW)) == State.CONNECTED
    assert "update_password" not in there.operations()  # it had arrived
    assert change().state == ChangeState.COMPLETED


def test_completing_it_may_wait_for_several_sign_ins(
    there: There, client: Client, link: str
) -> None:
    there.fault("update_password", "unavailable")
    client.post(link, {"password": NEW})
    assert state(sign_in(NEW)) == State.AWAY
    assert change().state == ChangeState.PORTAL_ONLY
    there.heal()
    assert state(sign_in(NEW)) == State.CONNECTED


def test_a_sign_in_with_the_old_password_beside_it_does_not_end_it(
    there: There, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides had the password of the sign-in when it asked; one of them has the new one now."""
    resume_after_sign_in, to_set = resume.resume_after_sign_in, [NEW]

    def late(member: Member, password: str, client: InvoiceCloudClient) -> None:
        if to_set:
            there.fault("update_password", "unavailable")
            Client().post(link, {"password": to_set.pop()})
            there.heal()
        resume_after_sign_in(member, password, client)

    monkeypatch.setattr(resume, "resume_after_sign_in", late)
    sign_in(people.LAUNDRY_PASSWORD)
    assert has_password_here(NEW)
    assert change().state == ChangeState.PORTAL_ONLY
    assert state(sign_in(NEW)) == State.CONNECTED
    assert there.has_password(EMAIL, NEW)


def test_broken_off_before_it_was_set_here_the_old_password_still_signs_in(
    there: There, client: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process died")

    with monkeypatch.context() as broken:
        broken.setattr(User, "set_password", crash)
        with pytest.raises(RuntimeError):
            client.post(link, {"password": NEW})
    assert there.has_password(EMAIL, NEW)
    assert state(sign_in(people.LAUNDRY_PASSWORD)) == State.CONNECTED
    assert there.has_password(EMAIL, people.LAUNDRY_PASSWORD)


def test_a_forgotten_password_asks_for_the_address_alone(cast: Cast, client: Client) -> None:
    form = client.get("/accounts/password-reset/").context["form"]
    assert list(form.fields) == ["email"]


def test_the_link_works_once(there: There, client: Client, link: str) -> None:
    client.post(link, {"password": NEW})
    assert Client().get(link).status_code == 410
    page = Client().post(link, {"password": "yet another kettle"})
    assert page.status_code == 410
    assert 'action="/accounts/password-reset/"' in page.content.decode()
    assert has_password_here(NEW)


def test_the_link_works_for_an_hour(client: Client, link: str) -> None:
    CredentialChange.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    assert client.get(link).status_code == 410


def test_using_one_link_ends_the_others(
    there: There, client: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    second = ask(client, mailoutbox)
    Client().post(link, {"password": NEW})
    assert client.get(second).status_code == 410


def test_links_of_other_billers_and_other_kinds_are_unknown(
    cast: Cast, client: Client, link: str
) -> None:
    people.other_biller()
    assert client.get(link, headers={"host": "power.localhost"}).status_code == 410
    reconnect = link.replace("password-reset", "reconnect")
    assert client.get(reconnect).status_code == 410
    assert client.get("/accounts/password-reset/never-sent/").status_code == 410


def test_a_bad_password_is_refused_with_the_reason(client: Client, link: str) -> None:
    page = client.post(link, {"password": "willows laundry 1"})
    assert "the utility&#x27;s name" in page.content.decode()
    assert change().approved_at is None


def test_asking_is_limited_for_each_address(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    for _ in range(5):
        client.post("/accounts/password-reset/", {"email": EMAIL})
    assert client.post("/accounts/password-reset/", {"email": EMAIL.upper()}).status_code == 429
    assert len(mailoutbox) == 1
    other = client.post("/accounts/password-reset/", {"email": people.MANAGER_EMAIL})
    assert other.status_code == 302


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_asked_for_again_within_the_minute_looks_the_same_and_sends_nothing(
    cast: Cast, mailoutbox: list[EmailMessage], email: str
) -> None:
    """Else somebody who asks for another's link all the time would keep it from the owner."""
    for network in ("192.0.2.1", "192.0.2.2"):
        visitor = Client(REMOTE_ADDR=network)
        page = visitor.post("/accounts/password-reset/", {"email": email}, follow=True)
        assert page.redirect_chain == [("/accounts/password-reset/sent/", 302)]
    assert [mail.to for mail in mailoutbox] == [[EMAIL]] * (email == EMAIL)


def test_the_mail_helps_at_once_after_too_many_attempts(
    there: There, client: Client, link: str
) -> None:
    for _ in range(6):
        client.post("/accounts/login/", {"username": EMAIL, "password": "guess after guess"})
    client.post(link, {"password": NEW})
    assert client.get("/accounts/").status_code == 200
    assert state(sign_in(NEW)) == State.CONNECTED


def test_the_database_holds_no_password_and_no_link(
    there: There, client: Client, link: str
) -> None:
    client.post(link, {"password": NEW})
    rows = str(list(CredentialChange.objects.values())) + str(list(Session.objects.values()))
    assert NEW not in rows
    assert link.split("/")[3] not in rows
