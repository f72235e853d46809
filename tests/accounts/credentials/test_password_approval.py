"""Change password where Invoice Cloud has another one: the mail that approves it."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.credential_change import CredentialChange
from icsso.billing.session import State
from tests.accounts.changing_email import signed_in, state, words
from tests.accounts.changing_password import (
    BEFORE,
    EMAIL,
    NEW,
    OLD,
    change,
    here,
    is_signed_in,
    sign_in,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There

laundry = pytest.fixture(signed_in)


@pytest.fixture
def other_password_there(there: There, laundry: Client) -> Client:
    there.register(EMAIL, BEFORE, "10000101")
    return laundry


def test_another_password_there_must_be_approved_by_mail(
    there: There, other_password_there: Client, mailoutbox: list[EmailMessage]
) -> None:
    page = change(other_password_there)
    assert f"Open the link in the email we sent to {EMAIL}." in words(page)
    assert here(OLD)
    assert there.has_password(EMAIL, BEFORE)
    assert NEW not in str(CredentialChange.objects.values())
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([EMAIL], "Approve your new password at Springfield Water")
    link, visitor = link_in(mail), Client()
    assert link.startswith("/accounts/sign-in/password/")
    assert "New password" in words(visitor.get(link))
    visitor.post(link, {"password": NEW})
    assert here(NEW)
    assert there.has_password(EMAIL, NEW)
    assert state(visitor) == State.CONNECTED
    assert not is_signed_in(other_password_there)
    assert visitor.get(link).status_code == 410
    assert mailoutbox[-1].subject == "Your password at Springfield Water was changed"


def test_the_approval_works_for_an_hour_and_for_its_own_page(
    other_password_there: Client, mailoutbox: list[EmailMessage]
) -> None:
    change(other_password_there)
    link = link_in(mailoutbox[-1])
    other = link.replace("sign-in/password", "password-reset")
    assert Client().get(other).status_code == 410
    CredentialChange.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    assert Client().get(link).status_code == 410


def test_approved_with_invoice_cloud_away_it_is_set_here_and_completed_later(
    there: There, other_password_there: Client, mailoutbox: list[EmailMessage]
) -> None:
    change(other_password_there)
    there.fault("update_password", "unavailable")
    Client().post(link_in(mailoutbox[-1]), {"password": NEW})
    assert here(NEW)
    there.heal()
    assert not is_signed_in(sign_in(BEFORE))  # what Invoice Cloud alone has opens nothing here
    assert state(sign_in(NEW)) == State.CONNECTED
    assert there.has_password(EMAIL, NEW)


def test_approved_and_broken_off_what_invoice_cloud_alone_has_opens_nothing_here(
    there: There,
    other_password_there: Client,
    mailoutbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the process died")

    change(other_password_there)
    there.fault("update_password", "unavailable")
    with monkeypatch.context() as broken:
        broken.setattr(User, "set_password", crash)
        with pytest.raises(RuntimeError):
            Client().post(link_in(mailoutbox[-1]), {"password": NEW})
    there.heal()
    assert there.has_password(EMAIL, BEFORE)
    assert not is_signed_in(sign_in(BEFORE))
    assert state(sign_in(OLD)) == State.CONNECTED
    assert there.has_password(EMAIL, OLD)
