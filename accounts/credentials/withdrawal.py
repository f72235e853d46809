"""Taking back a change of e-mail that was confirmed and is not done here (story 10).

Whoever sets a new password may do so because somebody else knew the old one, and that one may have
asked for a new address too. Invoice Cloud may have carried it out already, with its answer lost: so
the change is turned around and stays open, until the member is known to be at home there.
"""

from django.utils import timezone

from accounts.models import Member
from accounts.models.credential_change import CredentialChange
from icsso.client.client import InvoiceCloudClient

Kind = CredentialChange.Kind
Reason = CredentialChange.Reason


def take_back(member: Member) -> bool:
    """Whether there was one. From now on nobody moves the member to its address."""
    moves = member.credential_changes.open().filter(kind=Kind.EMAIL)
    return bool(moves.update(taken_back_at=timezone.now()))


def bring_home(member: Member, client: InvoiceCloudClient) -> None:
    """Where Invoice Cloud has moved the member for a change that was taken back. Raises what it
    raises: then the change stays open, and the clock or the next sign-in goes on with it."""
    moves = member.credential_changes.open().exclude(taken_back_at=None)
    for change in moves.select_related("member"):
        move_back(change, client, Reason.KEPT)


def move_back(change: CredentialChange, client: InvoiceCloudClient, reason: Reason) -> None:
    """The address must not be this member's there. Safe to repeat."""
    member, new_email = change.member, change.new_email
    is_away = member.registered_at and not is_registered(client, member.email)
    if is_away and is_registered(client, new_email):
        client.update_email_address(email=new_email, new_email=member.email)
    change.give_up(reason)


def is_registered(client: InvoiceCloudClient, email: str) -> bool:
    return any(user.registered for user in client.retrieve_users(email=email))
