"""What tests of changing an email share: who asks for it, the link, and what holds on both
sides."""

from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.models.credential_change import CredentialChange
from icsso.billing.session import State, load
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

ADDRESS = "/accounts/sign-in/email/"
OLD, PASSWORD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD
NEW = "willow@example.com"
RESET = "a new kettle for the porch"
BEFORE = "the password of before"


def signed_in(there: There, cast: Cast, client: Client) -> Client:
    client.post("/accounts/login/", {"username": OLD, "password": PASSWORD})
    there.calls()
    return client


def ask(client: Client, *, email: str = NEW, current: str = PASSWORD) -> HttpResponse:
    return client.post(ADDRESS, {"email": email, "current": current}, follow=True)


def asked_for(laundry: Client, mailoutbox: list[EmailMessage]) -> str:
    """Asked for, with the same email and password on both sides."""
    ask(laundry)
    return link_in(mailoutbox.pop())


def words(page: HttpResponse) -> str:
    return page.content.decode()


def record() -> CredentialChange:
    return CredentialChange.objects.get(kind="email")


def confirm(link: str, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(link, {"password": PASSWORD}, follow=True)


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": email, "password": password})
    return client


def state(client: Client) -> State | None:
    billing = load(client.session)
    return billing.state if billing else None


def assert_both(there: There, cast: Cast, email: str, *, not_any_more: str) -> None:
    member = User.objects.get(pk=cast.laundry.pk)
    assert member.email == email
    assert there.has_password(email, PASSWORD)
    assert there.user(email)["accounts"] == ["10000101"]
    assert there.user(not_any_more) is None
    assert not CredentialChange.objects.open().exists()
    assert state(sign_in(email)) == State.CONNECTED
    assert state(sign_in(not_any_more)) is None
