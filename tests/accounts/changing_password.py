"""What tests of changing a password share."""

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.models.credential_change import CredentialChange
from tests import cast as people

ADDRESS = "/accounts/sign-in/password/"
EMAIL, OLD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD
NEW = "a new kettle for the porch"
BEFORE = "the password of before"


def change(client: Client, *, current: str = OLD, new: str = NEW) -> HttpResponse:
    return client.post(ADDRESS, {"current": current, "password": new}, follow=True)


def record() -> CredentialChange:
    return CredentialChange.objects.get(kind="password")


def here(password: str) -> bool:
    return User.objects.get(email=EMAIL).check_password(password)


def sign_in(password: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"username": EMAIL, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200
