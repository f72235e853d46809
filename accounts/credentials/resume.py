"""Completing credential changes that were interrupted, so that both sides are equal again.

A sign-in brings a password that is right in the portal: with it, what has not reached Invoice
Cloud is found out and carried out. What needs no password, a new email, is resumed by the clock
too. Why this is safe: docs/decisions/0015-interrupted-credential-changes.md.
"""

from django.db import transaction
from django.utils import timezone

from accounts.credentials.calls import client_for
from accounts.credentials.email_move import NotMoved, move, note_no_answer
from accounts.failures import log_failure
from accounts.models import Member
from accounts.models.credential_change import EMAILS, CredentialChange, Kind, Reason, State
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable

MOST = 200  # email changes in one run of the clock; the others wait for the next


def resume_password(member: Member, password: str, client: InvoiceCloudClient) -> bool:
    """Invoice Cloud has another password than this one, which is right in the portal: if a change
    of password is open, Invoice Cloud gets it. Returns whether it did. Raises what Invoice Cloud
    raises."""
    if not member.credential_changes.open().passwords().exists():
        return False
    hashed = _hash_if_right(member, password)
    if not hashed:
        return False  # a reset beside this sign-in has set another since it was checked
    client.update_password(email=member.email, new_password=password)
    if not _close_passwords(member, hashed):
        reopen_latest_password(member)
        return False
    return True


def resume_email(member: Member, password: str, client: InvoiceCloudClient) -> bool:
    """Invoice Cloud does not know the address: if a confirmed new one is open, the member has it
    there, and gets it in the portal too, or the old one back. Returns whether there was such a
    change. Raises what Invoice Cloud raises."""
    change = member.credential_changes.open().emails().first()
    if change is None:
        return False
    try:
        move(change, client)
    except NotMoved:
        # A new password could not be set there while the member had another address.
        resume_password(member, password, client)
    return True


def resume_after_sign_in(member: Member, password: str, client: InvoiceCloudClient) -> None:
    """Invoice Cloud has just given a token for this address and password: if it is still the
    portal's, no change of password is open any more. A confirmed new email is carried out."""
    kinds = set(member.credential_changes.open().values_list("kind", flat=True))
    if kinds - EMAILS and (hashed := _hash_if_right(member, password)):
        _close_passwords(member, hashed)
    if kinds & EMAILS:
        try:
            resume_email(member, password, client)
        except InvoiceCloudError as error:
            log_failure(error, member)


def resume_by_clock() -> int:
    """Carries out confirmed emails as far as Invoice Cloud answers, and ends links that nobody
    has used. Returns the number of members who have their new address. Safe to repeat."""
    long_ago = timezone.now() - 2 * CredentialChange.LIFE  # two links one after the other
    CredentialChange.objects.filter(asked_at__lt=long_ago).expire()
    changes = CredentialChange.objects.open().emails().order_by("asked_at")
    away: set[int | None] = set()
    moved = 0
    for change in changes.select_related("member__biller")[:MOST]:
        if change.member.biller_id in away:
            continue
        try:
            move(change, client_for(change.member))
            moved += 1
        except NotMoved:
            continue  # abandoned, with the reason
        except InvoiceCloudError as error:
            log_failure(error, change.member)
            note_no_answer(change)
            if isinstance(error, InvoiceCloudUnavailable):
                away.add(change.member.biller_id)
    return moved


def check_registered_password(member: Member) -> None:
    """Invoice Cloud has just registered the member with the password of this sign-in. If the
    portal has got another one meanwhile, Invoice Cloud is to get it too."""
    if not Member.objects.filter(pk=member.pk, password=member.password).exists():
        reopen_latest_password(member)


def reopen_latest_password(member: Member) -> None:
    """The portal's password has been set while another call was under way, so Invoice Cloud may
    have the one of that call."""
    states = State.COMPLETED, State.PORTAL_ONLY
    applied = member.credential_changes.passwords().filter(state__in=states)
    latest = applied.order_by("-applied_at").first()
    if latest:
        latest.fall_behind()


def _hash_if_right(member: Member, password: str) -> str:
    """The hash that the portal has now, if the password of this sign-in is still the right one."""
    now = Member.objects.get(pk=member.pk)
    return now.password if now.check_password(password) else ""


@transaction.atomic
def _close_passwords(member: Member, hashed: str) -> bool:
    """Both sides have the password of this hash, unless the portal has got another since: then
    nothing is closed. A new password that never reached the portal has come to nothing, whatever
    had reached Invoice Cloud in between."""
    # The member's row first, as whoever sets a password does.
    if not Member.objects.select_for_update().filter(pk=member.pk, password=hashed).first():
        return False
    for change in member.credential_changes.open().passwords():
        if change.state == State.PORTAL_ONLY:
            change.catch_up()
        elif change.kind == Kind.RECONNECT:
            change.complete()
        else:
            change.abandon(Reason.KEPT)
    return True
