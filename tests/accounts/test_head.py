"""HEAD, which mail scanners and monitors send, is answered like GET and changes nothing."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models.credential_change import CredentialChange
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

OF_MEMBERS = ("", "link/", "confirm/", "sign-in/", "sign-in/password/", "sign-in/email/")
OF_ALL = ("login/", "register/", "register/sent/", "password-reset/", "password-reset/sent/")
WITH_LINK = (
    "finish",
    "password-reset",
    "reconnect",
    "sign-in/email/approve",
    "sign-in/password",
    "sign-in/two-step/undo",
)


@pytest.mark.parametrize("page", [*OF_ALL, *(f"{page}/never-sent/" for page in WITH_LINK)])
def test_pages_of_everybody(cast: Cast, client: Client, page: str) -> None:
    address = f"/accounts/{page}"
    assert client.head(address).status_code == client.get(address).status_code
    assert client.head(address).content == b""


@pytest.mark.parametrize("page", OF_MEMBERS)
def test_pages_of_members(cast: Cast, client: Client, page: str) -> None:
    client.force_login(cast.laundry)
    account = cast.account("10000101").pk
    for address in (f"/accounts/{page}", f"/accounts/{account}/", f"/accounts/{account}/unlink/"):
        assert client.head(address).status_code == 200
    assert cast.laundry.links.count() == 1


def test_a_link_that_is_only_looked_at_approves_nothing(
    there: There, cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    there.register(people.LAUNDRY_EMAIL, "known there only, for years", "10000101")
    client.force_login(cast.laundry)
    given = {"email": "willow@example.com", "current": people.LAUNDRY_PASSWORD}
    client.post("/accounts/sign-in/email/", given)
    link = link_in(mailoutbox[-1])
    assert "/approve/" in link
    assert Client().head(link).status_code == 200
    assert CredentialChange.objects.get().approved_at is None
