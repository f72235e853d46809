"""Checks before a change whether Invoice Cloud has the same email and password as the portal."""

from enum import Enum, auto

from django.utils import timezone

from accounts.credentials import resume
from accounts.credentials.calls import client_for, only_helps
from accounts.models import Member
from icsso.client.errors import CredentialMismatch, NotRegistered


class Comparison(Enum):
    SAME = auto()
    DIFFERENT = auto()  # the email is registered with a different password
    NOT_REGISTERED = auto()


def compare(member: Member, password: str) -> Comparison:
    """password: checked in the portal a moment ago. An interrupted change is resumed first.

    Raises InvoiceCloudError: then nothing has been changed.
    """
    if only_helps(member):
        return Comparison.NOT_REGISTERED
    client = client_for(member)
    try:
        client.remote_authentication(email=member.email, password=password)
    except NotRegistered:
        if resume.resume_email(member, password, client):
            return compare(member, password)
        return Comparison.NOT_REGISTERED
    except CredentialMismatch:
        if resume.resume_password(member, password, client):
            return compare(member, password)
        return Comparison.DIFFERENT
    if member.registered_at is None:
        member.registered_at = timezone.now()
        member.save(update_fields=["registered_at"])
    resume.resume_after_sign_in(member, password, client)
    return Comparison.SAME
