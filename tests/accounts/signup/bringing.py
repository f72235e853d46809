"""What a customer does who brings a login: give it, and open the link in the email."""

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from tests.accounts.one_time_links import link_in
from tests.accounts.there import There

START = "/accounts/existing-login/"
EMAIL = "rosa@example.com"
PASSWORD = "seven herons over the mill"
LOGIN = {"username": EMAIL, "password": PASSWORD}


def has_login(there: There, *account_numbers: str, password: str = PASSWORD) -> None:
    """Rosa pays online since before the portal."""
    there.register(EMAIL, password, *(account_numbers or ("10000103", "10000104")))
    there.calls()


def bring(client: Client, **changes: str) -> HttpResponse:
    return client.post(START, {**LOGIN, **changes})


def brought(client: Client, **changes: str) -> str:
    """Returns the link in the email."""
    answer = bring(client, **changes)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/register/sent/")
    return link_in(mail.outbox.pop())
