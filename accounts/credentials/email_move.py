"""Changes a member's email once confirmed: at Invoice Cloud first, then in the portal.

Safe to repeat from wherever it was interrupted, without a password: Invoice Cloud is told the old
and the new email, and if it no longer knows the old one, an earlier attempt changed it. A new
password withdraws the change instead (docs/decisions/0015-interrupted-credential-changes.md).
"""

from typing import NoReturn

from django.db import IntegrityError, transaction

from accounts.credentials.calls import only_helps
from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Reason, State
from accounts.models.second_factor import Passkey, SecondFactor
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import AlreadyExists, InvoiceCloudRejected

ENDED = State.ABANDONED, State.REPLACED


class NotMoved(Exception):
    """The member cannot have the new email, on either side."""


def move(change: CredentialChange, client: InvoiceCloudClient) -> None:
    """Raises NotMoved, and InvoiceCloudError if the outcome is unknown; the change stays open."""
    change.refresh_from_db(fields=["state", "reason"])
    change.member.refresh_from_db(fields=["email"])
    if change.state in ENDED:
        raise NotMoved
    if change.state == State.COMPLETED or (_has_it_already(change) and change.complete()):
        return
    if _is_taken(change):
        change.withdraw(Reason.TAKEN)
    if change.state == State.WITHDRAWING:
        _move_back(change, client)
    _move_at_invoice_cloud(change, client)
    _move_in_portal(change, client)


def note_no_answer(change: CredentialChange) -> None:
    """Invoice Cloud has not answered. The old email is notified now, while a new password can still
    stop a change that someone else requested: after the move it is too late."""
    send: Later | None = None
    with transaction.atomic():
        if change.lose_answer():
            send = notifications.email_changes_later(change.member, new_email=change.new_email)
    if send:
        send()
    else:
        change.resume_withdrawal()


def withdraw(member: Member) -> bool:
    """Called when a new password is set, maybe because someone else knew the old one and requested
    their own email. Returns whether Invoice Cloud may have the member under another email."""
    changes = member.credential_changes.open().emails()
    withdrawing = [
        change
        for change in changes
        if change.withdraw(Reason.KEPT) or change.state == State.WITHDRAWING
    ]
    return bool(withdrawing)


def finish_withdrawals(member: Member, client: InvoiceCloudClient) -> None:
    """Raises InvoiceCloudError: the periodic command or the next sign-in then resumes them."""
    moves = member.credential_changes.filter(state=State.WITHDRAWING)
    for change in moves.select_related("member"):
        _finish_withdrawal(change, client)


def _has_it_already(change: CredentialChange) -> bool:
    """Another change to the same email may have been faster."""
    return change.member.email == change.new_email


def _is_taken(change: CredentialChange) -> bool:
    members = Member.objects.filter(biller=change.member.biller, email=change.new_email)
    return members.exclude(pk=change.member.pk).exists()


def _move_at_invoice_cloud(change: CredentialChange, client: InvoiceCloudClient) -> None:
    email = change.member.email
    if only_helps(change.member):
        return
    try:
        client.update_email_address(email=email, new_email=change.new_email)
    except InvoiceCloudRejected as refusal:
        # If the old email is not known there, an earlier attempt worked and its answer was lost,
        # or no one is registered.
        if client.is_registered(email):
            is_taken = isinstance(refusal, AlreadyExists)
            change.abandon(Reason.TAKEN if is_taken else Reason.REFUSED)
            raise NotMoved from None


def _move_in_portal(change: CredentialChange, client: InvoiceCloudClient) -> None:
    member, old_email = change.member, change.member.email
    emails: list[Later] = []
    try:
        with transaction.atomic():
            # Lock the member's row first, as when a password is set.
            Member.objects.select_for_update().get(pk=member.pk)
            is_completed = change.complete()
            if is_completed:
                member.email = change.new_email
                member.save(update_fields=["email"])
                _end_links(member)
                # In the same transaction: emails are queued if and only if the email is changed.
                emails = notifications.email_changed(member, old_email=old_email)
    except IntegrityError:  # another member has just taken it
        member.email = old_email
        change.withdraw(Reason.TAKEN)
        _move_back(change, client)
    if not is_completed:  # another process was faster, or it was withdrawn in the meantime
        member.refresh_from_db(fields=["email"])
        if member.email != change.new_email:
            change.resume_withdrawal()
            _move_back(change, client)
    for send in emails:
        send()


def _end_links(member: Member) -> None:
    """Ends links sent to the old mailbox. Changes without a link are just being requested."""
    member.credential_changes.exclude(link_digest=None).replace_links()
    SecondFactor.objects.filter(user=member.pk).update(undo_digest="")
    Passkey.objects.filter(member=member.pk).update(undo_digest="")


def _move_back(change: CredentialChange, client: InvoiceCloudClient) -> NoReturn:
    _finish_withdrawal(change, client)
    change.refresh_from_db(fields=["state", "reason"])
    raise NotMoved


def _finish_withdrawal(change: CredentialChange, client: InvoiceCloudClient) -> None:
    """Restores the old email at Invoice Cloud if it was changed there. Safe to repeat."""
    member, new_email = change.member, change.new_email
    is_away = member.registered_at and not client.is_registered(member.email)
    if is_away and client.is_registered(new_email):
        client.update_email_address(email=new_email, new_email=member.email)
    change.end_withdrawal()
