"""Giving a member the new address they have confirmed: at Invoice Cloud first, then in the portal.

Safe to repeat from wherever it was interrupted, without a password: Invoice Cloud is told the old
and the new address, and an old one that it does not know any more has been changed by an earlier
try. A new password withdraws the change instead
(docs/decisions/0015-interrupted-credential-changes.md).
"""

from typing import NoReturn

from django.db import IntegrityError, transaction

from accounts.credentials.calls import is_registered
from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Reason, State
from accounts.models.second_factor import SecondFactor
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import AlreadyExists, InvoiceCloudRejected

ENDED = State.ABANDONED, State.REPLACED


class NotMoved(Exception):
    """The new address cannot be the member's, on either side."""


def move(change: CredentialChange, client: InvoiceCloudClient) -> None:
    """Raises NotMoved, and InvoiceCloudError when nobody knows: then the change stays open."""
    change.refresh_from_db(fields=["state", "reason"])
    if change.state in ENDED:
        raise NotMoved
    if _is_taken(change):
        change.withdraw(Reason.TAKEN)
    if change.state == State.WITHDRAWING:
        _move_back(change, client)
    _move_at_invoice_cloud(change, client)
    _move_in_portal(change, client)


def note_no_answer(change: CredentialChange) -> None:
    """Invoice Cloud has not answered. The old address hears of it now, while a new password can
    still stop what somebody else has asked for: after the move it is too late."""
    send: Later | None = None
    with transaction.atomic():
        if change.lose_answer():
            send = notifications.email_changes_later(change.member, new_email=change.new_email)
    if send:
        send()
    else:
        change.resume_withdrawal()


def withdraw(member: Member) -> bool:
    """A new password is being set, maybe because somebody else knew the old one and has asked for
    an address of their own. Returns whether Invoice Cloud may have the member under another."""
    changes = member.credential_changes.open().emails()
    withdrawing = [
        change
        for change in changes
        if change.withdraw(Reason.KEPT) or change.state == State.WITHDRAWING
    ]
    return bool(withdrawing)


def finish_withdrawals(member: Member, client: InvoiceCloudClient) -> None:
    """Raises what Invoice Cloud raises: then the clock or the next sign-in resumes them."""
    moves = member.credential_changes.filter(state=State.WITHDRAWING)
    for change in moves.select_related("member"):
        _finish_withdrawal(change, client)


def _is_taken(change: CredentialChange) -> bool:
    members = Member.objects.filter(biller=change.member.biller, email=change.new_email)
    return members.exclude(pk=change.member.pk).exists()


def _move_at_invoice_cloud(change: CredentialChange, client: InvoiceCloudClient) -> None:
    email = change.member.email
    try:
        client.update_email_address(email=email, new_email=change.new_email)
    except InvoiceCloudRejected as refusal:
        # Not known there under the old one: an earlier try came through and its answer was
        # lost, or nobody is registered.
        if is_registered(client, email):
            is_taken = isinstance(refusal, AlreadyExists)
            change.abandon(Reason.TAKEN if is_taken else Reason.REFUSED)
            raise NotMoved from None


def _move_in_portal(change: CredentialChange, client: InvoiceCloudClient) -> None:
    member, old_email = change.member, change.member.email
    emails: list[Later] = []
    try:
        with transaction.atomic():
            # The member's row first, as whoever sets a password does.
            Member.objects.select_for_update().get(pk=member.pk)
            is_completed = change.complete()
            if is_completed:
                member.email = change.new_email
                member.save(update_fields=["email"])
                _end_links(member)
                # Within: the emails stand in the queue of tasks exactly when it is changed.
                emails = notifications.email_changed(member, old_email=old_email)
    except IntegrityError:  # another member has taken it a moment ago
        member.email = old_email
        change.withdraw(Reason.TAKEN)
        _move_back(change, client)
    if not is_completed:  # another tab, or the clock, was faster; or it was withdrawn meanwhile
        member.refresh_from_db(fields=["email"])
        if member.email != change.new_email:
            change.resume_withdrawal()
            _move_back(change, client)
    for send in emails:
        send()


def _end_links(member: Member) -> None:
    """Those in the mailbox that the member has left. What has no link is just being asked for."""
    member.credential_changes.exclude(link_digest=None).replace_links()
    SecondFactor.objects.filter(user=member.pk).update(undo_digest="")


def _move_back(change: CredentialChange, client: InvoiceCloudClient) -> NoReturn:
    _finish_withdrawal(change, client)
    change.refresh_from_db(fields=["state", "reason"])
    raise NotMoved


def _finish_withdrawal(change: CredentialChange, client: InvoiceCloudClient) -> None:
    """Moves the member back at Invoice Cloud, where it has moved them. Safe to repeat."""
    member, new_email = change.member, change.new_email
    is_away = member.registered_at and not is_registered(client, member.email)
    if is_away and is_registered(client, new_email):
        client.update_email_address(email=new_email, new_email=member.email)
    change.end_withdrawal()
