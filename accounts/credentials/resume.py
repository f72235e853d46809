"""Completing credential changes that were interrupted, so that both sides are equal again.

A sign-in provides a password that is right in the portal, and with it the portal checks what has
not reached Invoice Cloud and completes it. A new email needs no password, so it is also resumed on
a schedule. Why this is safe: docs/decisions/0015-interrupted-credential-changes.md.
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

MOST = 200  # email changes in one scheduled run; the others wait for the next


def resume_password(member: Member, password: str, client: InvoiceCloudClient) -> bool:
    """Called when this password is right in the portal but Invoice Cloud has a different one. If a
    password change is open, sets it at Invoice Cloud. Returns whether it did. Raises
    InvoiceCloudError."""
    states = set(member.credential_changes.open().passwords().values_list("state", flat=True))
    if not states:
        return False
    hashed = _hash_if_right(member, password)
    if not hashed:
        return False  # a reset at the same time has set another one since it was checked
    if State.PORTAL_ONLY not in states:
        # For a change in progress in another tab: Invoice Cloud may get this password after that
        # tab's, whatever happens to this process.
        CredentialChange.objects.begin_reconnecting(member)
    client.update_password(email=member.email, new_password=password)
    if not _close_passwords(member, hashed):
        reopen_latest_password(member)
        return False
    return True


def resume_email(member: Member, password: str, client: InvoiceCloudClient) -> bool:
    """Called when Invoice Cloud does not know the email. If a confirmed email change is open, the
    member has the new one there, and gets it in the portal too, or the old one back. Returns
    whether there was such a change. Raises InvoiceCloudError."""
    change = member.credential_changes.open().emails().first()
    if change is None:
        return False
    try:
        move(change, client)
    except NotMoved:
        # A new password could not be set there while the member had another email.
        resume_password(member, password, client)
    return True


def resume_after_sign_in(member: Member, password: str, client: InvoiceCloudClient) -> None:
    """Called when Invoice Cloud has just issued a token for this email and password. If the portal
    still has that password, password changes are closed. A confirmed email change is completed."""
    kinds = set(member.credential_changes.open().values_list("kind", flat=True))
    if kinds - EMAILS and (hashed := _hash_if_right(member, password)):
        _close_passwords(member, hashed)
    if kinds & EMAILS:
        try:
            resume_email(member, password, client)
        except InvoiceCloudError as error:
            log_failure(error, member)


def resume_by_clock() -> int:
    """Completes confirmed email changes if Invoice Cloud answers, and expires unused links. Returns
    the number of members whose email was changed. Safe to repeat."""
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
    """Called when Invoice Cloud has just registered the member with this sign-in's password. If the
    portal has a new one since, Invoice Cloud must get it too."""
    if not Member.objects.filter(pk=member.pk, password=member.password).exists():
        reopen_latest_password(member)


def reopen_latest_password(member: Member) -> None:
    """Called when the portal's password was set during another call, so Invoice Cloud may have the
    password from that call."""
    states = State.COMPLETED, State.PORTAL_ONLY
    applied = member.credential_changes.passwords().filter(state__in=states)
    latest = applied.order_by("-applied_at").first()
    if latest:
        latest.fall_behind()


def _hash_if_right(member: Member, password: str) -> str:
    """Returns the portal's current hash if this sign-in's password is still right, else ""."""
    now = Member.objects.get(pk=member.pk)
    return now.password if now.check_password(password) else ""


@transaction.atomic
def _close_passwords(member: Member, hashed: str) -> bool:
    """Called when both sides have the password of this hash. Closes nothing if the portal has a new
    one since. A new password that never reached the portal is dropped, whatever Invoice Cloud had
    in between."""
    # Lock the member's row first, as when a password is set.
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
