"""Invoice Cloud never learns of the password or email of somebody who only helps."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import CredentialChange, State
from tests.accounts.helpers.helping import PASSWORD, ROSA, invited
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

NEW = "nine other herons at dusk"
MAIL = "rosa.new@example.com"


@pytest.fixture
def rosa(there: There, cast: Cast) -> Client:
    client = Client()
    client.post(invited(cast), {"password": PASSWORD})
    assert there.operations() == []
    return client


def person(email: str = ROSA) -> Member:
    return Member.objects.get(email=email)


def test_a_new_password_is_set_here_alone(there: There, rosa: Client) -> None:
    there.fault("*", "unavailable")
    row = {"current": PASSWORD, "password": NEW}
    page = rosa.post("/accounts/sign-in/password/", row, follow=True)
    assert "Your password was changed." in page.content.decode()
    assert person().check_password(NEW)
    assert CredentialChange.objects.get().state == State.COMPLETED
    assert there.operations() == []


def test_a_forgotten_password_is_replaced_here_alone(
    there: There, rosa: Client, mailoutbox: list[EmailMessage]
) -> None:
    Client().post("/accounts/password-reset/", {"email": ROSA})
    Client().post(link_in(mailoutbox.pop()), {"password": NEW})
    assert person().check_password(NEW)
    assert CredentialChange.objects.get().state == State.COMPLETED
    assert there.operations() == []


def test_a_new_email_is_set_here_alone(
    there: There, rosa: Client, mailoutbox: list[EmailMessage]
) -> None:
    rosa.post("/accounts/sign-in/email/", {"email": MAIL, "current": PASSWORD})
    rosa.post(link_in(mailoutbox.pop()), {"password": PASSWORD})
    assert person(MAIL).check_password(PASSWORD)
    assert there.operations() == []


def test_with_an_own_account_it_is_set_on_both_sides(
    there: There, cast: Cast, rosa: Client
) -> None:
    LinkedAccount.objects.create(member=person(), account=cast.account("10000205"))
    row = {"current": PASSWORD, "password": NEW}
    rosa.post("/accounts/sign-in/password/", row)
    assert "remote_authentication" in there.operations()
    assert person().check_password(NEW)
