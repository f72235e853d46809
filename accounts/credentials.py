"""Setting a password on both sides: there first, then here, and settled later if need be.

A CredentialChange is written before Invoice Cloud is called and never holds the password. While
it is open (approved by mail, not known to be done there) the next sign-in settles it, with the
password that was just given: see `settle_open_change`.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.conversation import Conversation, report
from accounts.links import digest, new_secret
from accounts.models import CredentialChange, User
from icsso.client import InvoiceCloudClient
from icsso.errors import InvoiceCloudError, InvoiceCloudRejected
from icsso.models import Biller

Kind = CredentialChange.Kind
BUDGET = 6.0  # seconds for setting it there: signing in comes after, within the same twelve


class PasswordRefused(Exception):
    """Invoice Cloud does not take this password; its words are the message."""


class LinkUsed(Exception):
    """The link has done its work already, maybe a moment ago in another tab."""


def ask(member: User, kind: Kind) -> str:
    """Writes a change down; the secret is for the link that approves it."""
    secret = new_secret()
    CredentialChange.objects.create(member=member, kind=kind, link_digest=digest(secret))
    return secret


def find(secret: str, *, kind: Kind, biller: Biller) -> CredentialChange | None:
    """The change this link may still approve."""
    changes = CredentialChange.objects.filter(kind=kind, member__biller=biller)
    return changes.filter(
        link_digest=digest(secret),
        approved_at=None,
        given_up_at=None,
        member__is_active=True,
        asked_at__gt=timezone.now() - CredentialChange.LIFE,
    ).first()


def reset(change: CredentialChange, password: str) -> bool:
    """Sets the password on both sides; whether Invoice Cloud is known to have it.

    When it is away, or nobody knows, the password is set here all the same and the change
    stays open: the member is never locked out of both.
    """
    _approve(change)
    is_done_there = _set_there(change, password)
    member = change.member
    member.set_password(password)
    # Together: a crash before this leaves the change open, and the next sign-in makes both sides
    # equal again, whichever password it is given.
    with transaction.atomic():
        member.save(update_fields=["password"])
        _note(change, is_done_there=is_done_there)
        # Links of other mails would set yet another password.
        member.credential_changes.filter(approved_at=None).update(given_up_at=timezone.now())
    return is_done_there


def reconnect(change: CredentialChange, password: str) -> bool:
    """Makes Invoice Cloud's password the portal's, which has been checked."""
    _approve(change)
    is_done_there = _set_there(change, password)
    _note(change, is_done_there=is_done_there)
    return is_done_there


def open_changes(member: User) -> QuerySet[CredentialChange]:
    """Approved, and not known to be done at Invoice Cloud."""
    changes = member.credential_changes.exclude(approved_at=None)
    return changes.filter(done_there_at=None, given_up_at=None)


def settle_open_change(talk: Conversation) -> bool:
    """Invoice Cloud has another password: if the member approved a change, it is carried out.

    Whether it was. Raises what Invoice Cloud raises.
    """
    changes = open_changes(talk.member)
    if not changes.exists():
        return False
    talk.client.update_password(email=talk.email, new_password=talk.password)
    changes.update(done_there_at=timezone.now())
    return True


def _approve(change: CredentialChange) -> None:
    """Single use, and one tab alone: the update finds it unapproved once."""
    unused = CredentialChange.objects.filter(pk=change.pk, approved_at=None)
    if not unused.update(approved_at=timezone.now()):
        raise LinkUsed


def _set_there(change: CredentialChange, password: str) -> bool:
    member = change.member
    assert member.biller is not None  # noqa: S101  (staff have no links)
    client = member.biller.client.within(BUDGET)
    try:
        _update_password(client, change, password)
    except InvoiceCloudError as error:
        report(error, member)
        return False
    return True


def _update_password(client: InvoiceCloudClient, change: CredentialChange, password: str) -> None:
    email = change.member.email
    try:
        client.update_password(email=email, new_password=password)
    except InvoiceCloudRejected as refusal:
        # An unknown user and an unwanted password are refused alike. Where nobody is
        # registered, there is nothing to set.
        if any(user.registered for user in client.retrieve_users(email=email)):
            CredentialChange.objects.filter(pk=change.pk).update(approved_at=None)
            raise PasswordRefused(refusal.reason) from None


def _note(change: CredentialChange, *, is_done_there: bool) -> None:
    change.done_here_at = timezone.now()
    change.done_there_at = timezone.now() if is_done_there else None
    change.save(update_fields=["done_here_at", "done_there_at"])
