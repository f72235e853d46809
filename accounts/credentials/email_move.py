"""Moving a member to the new address they have confirmed: there first, then here.

Safe to repeat from wherever it broke off, without a password: Invoice Cloud is told the old and
the new address, and one that is not known there any more has been moved by an earlier try.
"""

from typing import NoReturn

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.credentials.withdrawal import is_registered, move_back
from accounts.models import Member
from accounts.models.credential_change import CredentialChange
from accounts.models.second_factor import SecondFactor
from accounts.notifications import messages as letters
from accounts.notifications.delivery import Later
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import AlreadyExists, InvoiceCloudRejected

Reason = CredentialChange.Reason


class NotMoved(Exception):
    """The new address cannot be the member's, on either side. The change is given up."""


def move(change: CredentialChange, client: InvoiceCloudClient) -> None:
    """Raises InvoiceCloudError when nobody knows: then the change stays open."""
    change.refresh_from_db(fields=["taken_back_at"])
    if change.taken_back_at or _is_taken(change):
        _move_back(change, client)
    _move_there(change, client)
    _move_here(change, client)


def wait(change: CredentialChange) -> None:
    """Invoice Cloud has not answered. The old address hears of it now, while a new password can
    still stop what somebody else has asked for: after the move it is too late."""
    emails: list[Later] = []
    with transaction.atomic():
        if change.note_unanswered():
            emails = [letters.email_changes_later(change.member, new_email=change.new_email)]
    for send in emails:
        send()


def _is_taken(change: CredentialChange) -> bool:
    members = Member.objects.filter(biller=change.member.biller, email=change.new_email)
    return members.exclude(pk=change.member.pk).exists()


def _move_there(change: CredentialChange, client: InvoiceCloudClient) -> None:
    email = change.member.email
    try:
        client.update_email_address(email=email, new_email=change.new_email)
    except InvoiceCloudRejected as refusal:
        # Not known there under the old one: an earlier try came through and its answer was
        # lost, or nobody is registered.
        if is_registered(client, email):
            is_taken = isinstance(refusal, AlreadyExists)
            change.give_up(Reason.TAKEN if is_taken else Reason.REFUSED)
            raise NotMoved from None


def _move_here(change: CredentialChange, client: InvoiceCloudClient) -> None:
    member, old_email, now = change.member, change.member.email, timezone.now()
    member.email = change.new_email
    emails: list[Later] = []
    try:
        with transaction.atomic():
            # The member's row first, as whoever sets a password does.
            Member.objects.select_for_update().get(pk=member.pk)
            open_one = CredentialChange.objects.open().filter(pk=change.pk, taken_back_at=None)
            is_ours = open_one.update(done_there_at=now, done_here_at=now, reason="")
            if is_ours:
                member.save(update_fields=["email"])
                _end_links(member)
                # Within: the emails stand in the queue of tasks exactly when it is changed.
                emails = letters.email_changed(member, old_email=old_email)
    except IntegrityError:
        member.email = old_email
        _move_back(change, client)
    if not is_ours:  # another tab, or the clock, was faster; or it was taken back meanwhile
        member.refresh_from_db(fields=["email"])
        change.refresh_from_db(fields=["taken_back_at"])
        if change.taken_back_at:
            change.note_unanswered()  # opens it again: it has been done there
            _move_back(change, client)
    if member.email != change.new_email:
        raise NotMoved
    change.done_there_at = change.done_here_at = now
    for send in emails:
        send()


def _end_links(member: Member) -> None:
    """Those in the mailbox that the member has left. What has no link is just being asked for."""
    sent = member.credential_changes.waiting().exclude(link_digest=None)
    sent.give_up(Reason.REPLACED)
    SecondFactor.objects.filter(user=member.pk).update(undo_digest="")


def _move_back(change: CredentialChange, client: InvoiceCloudClient) -> NoReturn:
    """The address has become another member's here, or the change was taken back."""
    move_back(change, client, Reason.KEPT if change.taken_back_at else Reason.TAKEN)
    raise NotMoved
