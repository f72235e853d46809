"""Change email: /accounts/sign-in/email/, its emails and the links in them."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.credentials.links import create_link
from accounts.models import LinkedAccount, User
from accounts.models.credential_change import CredentialChange, Kind, Reason
from accounts.models.credential_change import State as ChangeState
from icsso.billing.session import State
from tests import cast as people
from tests.accounts.changing_email import (
    ADDRESS,
    BEFORE,
    NEW,
    OLD,
    PASSWORD,
    ask,
    asked_for,
    assert_both,
    confirm,
    record,
    sign_in,
    signed_in,
    state,
    words,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

laundry = pytest.fixture(signed_in)
link = pytest.fixture(asked_for)


def test_the_new_address_confirms_and_both_are_told(
    there: There, cast: Cast, laundry: Client, mailoutbox: list[EmailMessage]
) -> None:
    page = ask(laundry, email="  Willow@Example.com ")
    assert page.redirect_chain == [("/accounts/sign-in/", 302)]
    assert f"Open the link in the email we sent to {NEW}." in words(page)
    assert there.user(OLD)
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([NEW], "Confirm your new email at Springfield Water")
    link = link_in(mail)
    assert NEW in words(laundry.get(link))
    assert cast.laundry.email == OLD
    done = confirm(link, laundry)
    assert f"From now on, sign in with {NEW}." in words(done)
    assert "Changing to" not in words(done)
    assert state(laundry) == State.CONNECTED
    assert record().state == ChangeState.COMPLETED
    assert None not in {record().approved_at, record().confirmed_at, record().applied_at}
    assert [(m.to, m.subject) for m in mailoutbox[1:]] == [
        ([OLD], "Your email at Springfield Water was changed"),
        ([NEW], "Your email at Springfield Water was changed"),
    ]
    assert "If it wasn't" in str(mailoutbox[1].body)
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_the_link_needs_the_password_and_nobody_signed_in(
    there: There, cast: Cast, link: str
) -> None:
    stranger = Client()
    page = stranger.post(link, {"password": "guess after guess"})
    assert "That password isn" in words(page)
    assert there.user(OLD)
    assert OLD not in stranger.get("/").content.decode()
    confirm(link, stranger)
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_trying_passwords_at_the_link_is_limited(link: str) -> None:
    for _ in range(10):
        Client().post(link, {"password": "guess after guess"})
    assert Client().post(link, {"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("email", "current", "why"),
    [
        ("nonsense", PASSWORD, "like name@example.com"),
        (OLD.upper(), PASSWORD, "already your email."),
        (NEW, "guess after guess", "That password isn"),
    ],
)
def test_what_does_not_fit_is_refused(
    there: There, laundry: Client, email: str, current: str, why: str
) -> None:
    assert why in words(ask(laundry, email=email, current=current))
    assert there.operations() == []
    assert not CredentialChange.objects.exists()


def test_only_for_members(there: There, cast: Cast, client: Client) -> None:
    answer = client.post(ADDRESS, {"email": NEW, "current": PASSWORD})
    assert answer["Location"].startswith("/accounts/login/")


def test_mails_to_one_address_and_tries_of_one_member_are_limited(
    laundry: Client, mailoutbox: list[EmailMessage]
) -> None:
    for _ in range(5):
        ask(laundry)
    assert ask(laundry).status_code == 429
    assert len(mailoutbox) == 5


def test_asking_again_ends_the_link_before(
    laundry: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    ask(laundry, email="mill@example.com")
    assert Client().get(link).status_code == 410
    assert Client().get(link_in(mailoutbox[-1])).status_code == 200


def test_the_link_works_once_and_for_an_hour(there: There, laundry: Client, link: str) -> None:
    CredentialChange.objects.update(approved_at=timezone.now() - timedelta(minutes=61))
    assert Client().get(link).status_code == 410
    assert "Changing to" not in words(laundry.get("/accounts/sign-in/"))
    CredentialChange.objects.update(approved_at=timezone.now())
    confirm(link)
    page = Client().get(link)
    assert page.status_code == 410
    assert 'href="/accounts/sign-in/email/"' in words(page)


def test_links_of_other_billers_and_other_steps_are_unknown(link: str) -> None:
    people.other_biller()
    assert Client().get(link, headers={"host": "power.localhost"}).status_code == 410
    assert Client().get(link.replace("confirm", "approve")).status_code == 410


def test_a_new_password_by_mail_ends_what_somebody_else_may_have_asked(
    there: There, link: str, mailoutbox: list[EmailMessage]
) -> None:
    Client().post("/accounts/password-reset/", {"email": OLD})
    Client().post(link_in(mailoutbox[-1]), {"password": "a new kettle for the porch"})
    assert Client().get(link).status_code == 410


def test_links_in_the_mailbox_that_was_left_open_nothing(
    there: There, cast: Cast, link: str, mailoutbox: list[EmailMessage]
) -> None:
    """Whoever has that mailbox next must not choose the password of who has left it."""
    Client().post("/accounts/password-reset/", {"email": OLD})
    reset = link_in(mailoutbox[-1])
    reconnect = create_link(cast.laundry, Kind.RECONNECT)
    confirm(link)
    assert Client().get(reset).status_code == 410
    assert Client().get(f"/accounts/reconnect/{reconnect}/").status_code == 410
    assert Client().post(reset, {"password": "a new kettle for the porch"}).status_code == 410
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_billing_is_connected_again_by_a_mail_to_the_new_address(
    there: There, cast: Cast, link: str, mailoutbox: list[EmailMessage]
) -> None:
    """The email to the old address has ended, so it does not count as one that is on its way."""
    create_link(cast.laundry, Kind.RECONNECT)
    confirm(link)
    there.register(NEW, BEFORE, "10000101")
    assert state(sign_in(NEW)) == State.RECONNECT
    assert mailoutbox[-1].to == [NEW]
    assert "/accounts/reconnect/" in link_in(mailoutbox[-1])


def test_an_address_of_another_member_looks_the_same_to_who_asks(
    there: There, laundry: Client, mailoutbox: list[EmailMessage]
) -> None:
    seen = []
    for email in (NEW, people.NEIGHBOUR_EMAIL):
        page = words(ask(laundry, email=email)).replace(email, "")
        seen.append(page.replace(str(laundry.get(ADDRESS).context["csrf_token"]), ""))
    assert [len(page) for page in seen] == [len(seen[0])] * 2
    assert "belongs" not in seen[1]
    mail = mailoutbox[-1]
    assert mail.to == [people.NEIGHBOUR_EMAIL]
    assert mail.subject == "You already have an online account at Springfield Water"
    assert "/accounts/sign-in/" not in str(mail.body)


def test_taken_here_since(there: There, cast: Cast, link: str) -> None:
    people.member(cast.biller, NEW, "somebody else entirely")
    page = confirm(link)
    assert page.status_code == 409
    assert f"{NEW} belongs to another online account." in words(page)
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.TAKEN)
    assert there.user(OLD)
    assert state(sign_in(OLD)) == State.CONNECTED


def test_taken_here_at_the_very_moment_it_is_moved_back_there(
    there: There, cast: Cast, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.member(cast.biller, NEW, "somebody else entirely")
    monkeypatch.setattr("accounts.credentials.email_move._is_taken", lambda change: False)
    assert confirm(link).status_code == 409
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.TAKEN)
    assert there.user(NEW) is None
    assert there.has_password(OLD, PASSWORD)
    assert state(sign_in(OLD)) == State.CONNECTED


def test_taken_at_invoice_cloud(there: There, cast: Cast, link: str) -> None:
    there.register(NEW, "somebody else entirely", "10000103")
    page = confirm(link)
    assert page.status_code == 409
    assert f"{NEW} belongs to another online account." in words(page)
    assert User.objects.get(pk=cast.laundry.pk).email == OLD
    assert state(sign_in(OLD)) == State.CONNECTED


def test_refused_by_invoice_cloud(there: There, link: str) -> None:
    there.fault("update_email_address", "refused")
    page = confirm(link)
    assert page.status_code == 409
    assert f"{NEW} can't be used on the billing pages." in words(page)
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.REFUSED)


def test_unknown_at_invoice_cloud_it_is_changed_here_alone(
    there: There, cast: Cast, link: str
) -> None:
    there.forget(OLD)
    confirm(link)
    assert_both(there, cast, NEW, not_any_more=OLD)  # registered again, with the new one


@pytest.mark.parametrize("kind", ["unavailable", "unauthorized", "hang", "reset_after", "html"])
def test_away_when_comparing_nothing_is_changed(
    there: There, laundry: Client, mailoutbox: list[EmailMessage], kind: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {"remote_authentication": 1.0}
    # A key that is refused everywhere: refused here alone, it would be about the password.
    there.fault("*" if kind == "unauthorized" else "remote_authentication", kind)
    page = words(ask(laundry))
    assert "othing was changed" in page
    assert ("available right now" in page) == (kind != "unauthorized")
    reason = Reason.FAULT if kind == "unauthorized" else Reason.UNANSWERED
    assert (record().state, record().reason) == (ChangeState.ABANDONED, reason)
    assert mailoutbox == []


@pytest.fixture
def other_password_there(there: There, laundry: Client) -> Client:
    there.register(OLD, BEFORE, "10000101")
    return laundry


def test_another_password_there_the_old_address_approves_first(
    there: There, cast: Cast, other_password_there: Client, mailoutbox: list[EmailMessage]
) -> None:
    page = ask(other_password_there)
    assert f"so we sent an email to {OLD} first" in words(page)
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([OLD], "Approve your new email at Springfield Water")
    link, visitor = link_in(mailoutbox.pop()), Client()
    assert NEW in words(visitor.get(link))
    assert record().approved_at is None  # a mail scanner follows links, and approves nothing
    approved = visitor.post(link, follow=True)
    assert f"Next, open the link in the email we sent to {NEW}." in words(approved)
    assert visitor.post(link).status_code == 410
    [mail] = mailoutbox
    assert mail.to == [NEW]
    done = confirm(link_in(mail), visitor)
    assert f"From now on, sign in with {NEW}." in words(done)
    assert_both(there, cast, NEW, not_any_more=OLD)  # and one password works for both
    assert len(mailoutbox) == 3  # and both are told: no further mail asks for anything


def test_the_approval_works_for_an_hour(
    other_password_there: Client, mailoutbox: list[EmailMessage]
) -> None:
    ask(other_password_there)
    CredentialChange.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    assert Client().get(link_in(mailoutbox[-1])).status_code == 410


def test_another_address_there_is_not_taken_over(
    there: There, cast: Cast, mailoutbox: list[EmailMessage]
) -> None:
    """The neighbour's account is online under an address of somebody else in the house."""
    there.register("house@example.com", BEFORE, "10000102")
    neighbour = sign_in(people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)
    assert cast.neighbour.links.get().state == LinkedAccount.State.ELSEWHERE
    ask(neighbour, current=people.NEIGHBOUR_PASSWORD)
    assert mailoutbox[-1].to == [people.NEIGHBOUR_EMAIL]  # approves first
    visitor = Client()
    visitor.post(link_in(mailoutbox[-1]))
    visitor.post(link_in(mailoutbox[-1]), {"password": people.NEIGHBOUR_PASSWORD})
    assert User.objects.get(pk=cast.neighbour.pk).email == NEW
    assert there.user("house@example.com")["accounts"] == ["10000102"]
    assert there.user(NEW) is None
