"""Whether Invoice Cloud has the same e-mail and password as the portal: asked before a change."""

from enum import Enum, auto

from django.utils import timezone

from accounts.credentials import resume as settling
from accounts.credentials.services import client_for
from accounts.invoice_cloud.context import Conversation
from accounts.models import Member
from icsso.client.errors import CredentialMismatch, NotRegistered


class There(Enum):
    SAME = auto()
    DIFFERENT = auto()  # the address is registered, with another password
    NOBODY = auto()  # nobody is registered with the address


def compare(member: Member, password: str) -> There:
    """password: checked here a moment ago. A change that broke off before is settled first.

    Raises what Invoice Cloud raises: then nothing has been changed.
    """
    talk = Conversation(member, password, client_for(member))
    try:
        talk.client.remote_authentication(email=talk.email, password=password)
    except NotRegistered:
        return compare(member, password) if settling.settle_email(talk) else There.NOBODY
    except CredentialMismatch:
        return compare(member, password) if settling.settle_password(talk) else There.DIFFERENT
    if member.registered_at is None:
        member.registered_at = timezone.now()
        member.save(update_fields=["registered_at"])
    settling.learn_equal(talk)
    return There.SAME
