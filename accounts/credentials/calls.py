"""The calls to Invoice Cloud that a credential change makes."""

from accounts.models import Member
from icsso.billers.clients import client_of
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudRejected

BUDGET = 6.0  # seconds for one change: signing in comes after, within the same twelve


class PasswordRefused(Exception):
    """Invoice Cloud does not take this password; its words are the message."""


def client_for(member: Member) -> InvoiceCloudClient:
    return client_of(member.biller).within(BUDGET)


def is_registered(client: InvoiceCloudClient, email: str) -> bool:
    return any(user.registered for user in client.retrieve_users(email=email))


def update_password(client: InvoiceCloudClient, *, email: str, password: str) -> None:
    """Where nobody is registered, there is nothing to set. Raises PasswordRefused, and what
    Invoice Cloud raises otherwise."""
    try:
        client.update_password(email=email, new_password=password)
    except InvoiceCloudRejected as refusal:
        # An unknown user and an unwanted password are refused alike.
        if is_registered(client, email):
            raise PasswordRefused(refusal.reason) from None
