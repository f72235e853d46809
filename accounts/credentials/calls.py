"""The calls to Invoice Cloud that a credential change makes."""

from accounts.models import Member
from accounts.models.credential_change import Reason
from icsso.billers.clients import client_of
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected

BUDGET = 6.0  # seconds for one change: the sign-in that follows shares a total of 12


class PasswordRefused(Exception):
    """Invoice Cloud does not accept this password. Its reason is the message."""


def reason_of(error: InvoiceCloudError) -> Reason:
    """Returns the reason to store: an outage ends by itself, but a fault must be fixed."""
    return Reason.UNANSWERED if error.is_outage else Reason.FAULT


def client_for(member: Member) -> InvoiceCloudClient:
    return client_of(member.biller).within(BUDGET)


def only_helps(member: Member) -> bool:
    """Returns whether the member only helps others and never had an account of their own: Invoice
    Cloud does not know them, and need not learn the password or the email."""
    if not member.has_helped or member.registered_at:
        return False
    return not (member.all_links.exists() or member.unlinked_accounts.exists())


def update_password(client: InvoiceCloudClient, member: Member, password: str) -> None:
    """Does nothing if no one is registered under this email. Raises PasswordRefused and other
    InvoiceCloudErrors."""
    if only_helps(member):
        return
    try:
        client.update_password(email=member.email, new_password=password)
    except InvoiceCloudRejected as refusal:
        # An unknown user and an unacceptable password get the same refusal.
        if client.is_registered(member.email):
            raise PasswordRefused(refusal.reason) from None
