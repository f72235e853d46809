"""Sets a password on both sides: at Invoice Cloud first, then in the portal (story 10).

While a change is open, the next sign-in completes it with the password that it is given
(`accounts.credentials.resume`).
"""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.credentials import email_move
from accounts.credentials.calls import PasswordRefused, client_for, reason_of, update_password
from accounts.credentials.comparison import Comparison, compare
from accounts.credentials.links import LinkUsed
from accounts.credentials.resume import reopen_latest_password
from accounts.failures import log_failure
from accounts.models import Member
from accounts.models.credential_change import UNAPPLIED, CredentialChange, Kind, Reason
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from accounts.sessions import services as sessions
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller
from icsso.client.errors import CredentialMismatch, InvoiceCloudError

# Notifies the member of the new password. Called in the transaction that sets it, so that the email
# is queued if and only if the password is changed. What it returns is called after the commit.
Tell = Callable[[Member], Later]
# How long a new password that only Invoice Cloud may have can be used to sign in.
ASK_INVOICE_CLOUD_FOR = timedelta(hours=24)


def change_password(member: Member, *, current: str, new: str, tell: Tell) -> CredentialChange:
    """For a member who is signed in. If both sides have the same password, the new one is set. If
    not, the change waits for approval by email, and the link asks for the new password (`reset`).

    The state shows how far it got; abandoned: nothing was changed. Raises PasswordRefused.
    """
    change = CredentialChange.objects.create(member=member, kind=Kind.PASSWORD)
    email_move.withdraw(member)  # otherwise `compare` would make it, maybe for someone else
    try:
        found = compare(member, current)
    except InvoiceCloudError as error:
        log_failure(error, member)
        change.abandon(reason_of(error))
        return change
    if found is Comparison.DIFFERENT:
        return change
    if change.approve():
        _set_on_both_sides(change, new, tell=tell)
    else:
        change.refresh_from_db(fields=["state", "reason"])  # ended by a new password since
    return change


def send_approval_link(request: HttpRequest, change: CredentialChange) -> None:
    biller, secret = change.member.biller, change.new_link()
    link = absolute_reverse(request, biller, "accounts:change_password_confirm", secret)
    notifications.approve_password(change.member, link=link)()


def password_changed(request: HttpRequest, member: Member, *, dropped: int = 0) -> Later:
    """Returns the notification of a new password: see `Tell`. dropped: how many passkeys were
    removed with the old one."""
    link = absolute_reverse(request, member.biller, "accounts:password_reset")
    kept = member.passkeys.count()
    passkeys = absolute_reverse(request, member.biller, "accounts:passkeys")
    return notifications.password_changed(
        member, link=link, kept=kept, dropped=dropped, passkeys=passkeys
    )


def reset(change: CredentialChange, password: str, *, tell: Tell) -> bool:
    """For an emailed link. Returns whether Invoice Cloud is known to have the password.

    If it is unavailable, or the outcome is unknown, the portal still gets the password and the
    change stays open: the member is never locked out of both. Raises LinkUsed and PasswordRefused.
    """
    if not change.approve():
        raise LinkUsed
    member = change.member
    email_move.withdraw(member)
    is_known = _set_at_invoice_cloud(change, password)
    member.set_password(password)
    # In one transaction: after a crash before it, the change is still open, and the next sign-in
    # makes both sides equal again, whichever password is used.
    with transaction.atomic():
        has_same_email = _lock(member)
        member.save(update_fields=["password"])
        is_alone = _replace_others(change)
        # Not complete if a sign-in in between has restored the old one at Invoice Cloud.
        if not (is_known and is_alone and has_same_email and change.complete()):
            change.save_in_portal()
        send = tell(member)
    send()
    sessions.end_all(member.pk)
    return is_known


def reconnect(change: CredentialChange, password: str) -> bool:
    """Sets the portal's password, which has been checked, at Invoice Cloud. Returns whether Invoice
    Cloud is known to have it. Raises LinkUsed and PasswordRefused."""
    if not change.approve():
        raise LinkUsed
    member = change.member
    is_known = _set_at_invoice_cloud(change, password)
    with transaction.atomic():
        has_same_email = _lock(member)
        others = member.credential_changes.open().passwords().exclude(pk=change.pk)
        if not Member.objects.filter(pk=member.pk, password=member.password).exists():
            reopen_latest_password(member)  # a new one has been set in the meantime
        elif others.exists() or not (is_known and has_same_email and change.complete()):
            change.save_in_portal()
    return is_known


def adopt_new_password(*, email: str, biller: Biller, password: str, tell: Tell) -> Member | None:
    """Returns the member whose new password only Invoice Cloud had; now the portal has it too.

    Called when the portal's own check has failed. Only for a change that started with the same
    password on both sides: then Invoice Cloud has either that one or the new one.
    """
    changes = CredentialChange.objects.filter(kind=Kind.PASSWORD, link_digest=None)
    change = (
        changes.filter(
            state__in=UNAPPLIED,
            approved_at__gt=timezone.now() - ASK_INVOICE_CLOUD_FOR,
            member__email=email,
            member__biller=biller,
            member__is_active=True,
        )
        .select_related("member__biller")
        .first()
    )
    if change is None or not _is_right_at_invoice_cloud(change.member, password):
        return None
    return change.member if _set_in_portal(change, password, tell=tell) else None


def _set_on_both_sides(change: CredentialChange, password: str, *, tell: Tell) -> None:
    member = change.member
    try:
        update_password(client_for(member), member, password)
    except PasswordRefused:
        change.abandon(Reason.REFUSED)
        raise
    except InvoiceCloudError as error:
        log_failure(error, member)
        if error.outcome_unknown:
            _leave_open(change)
        else:
            change.abandon(reason_of(error))
        return
    if not _set_in_portal(change, password, tell=tell):
        _leave_open(change)


def _set_in_portal(change: CredentialChange, password: str, *, tell: Tell) -> bool:
    """Called when Invoice Cloud has it. Does nothing if the change has been closed: then a sign-in
    in between has restored the old password there, or another change has set one."""
    member, hashed = change.member, make_password(password)
    with transaction.atomic():
        has_same_email = _lock(member)
        if not change.complete():
            return False
        member.password = hashed
        member.save(update_fields=["password"])
        if not (_replace_others(change) and has_same_email):
            change.fall_behind()
        send = tell(member)
    send()
    sessions.end_all(member.pk)
    return True


def _lock(member: Member) -> bool:
    """Locks the member's row, always first: otherwise two tabs could deadlock. Returns whether the
    member still has the same email; under an old one, Invoice Cloud has set nothing."""
    email = member.email
    member.email = Member.objects.select_for_update().get(pk=member.pk).email
    return member.email == email


def _leave_open(change: CredentialChange) -> None:
    """Called when it is unknown which password Invoice Cloud has. A change that was replaced in the
    meantime stays replaced, and the newer password has to be set at Invoice Cloud again."""
    if not (change.lose_answer() or change.reopen()):
        reopen_latest_password(change.member)


def _set_at_invoice_cloud(change: CredentialChange, password: str) -> bool:
    member, client = change.member, client_for(change.member)
    try:
        email_move.finish_withdrawals(member, client)
        update_password(client, member, password)
    except PasswordRefused:
        change.allow_another_password()
        raise
    except InvoiceCloudError as error:
        log_failure(error, member)
        return False
    return True


def _replace_others(change: CredentialChange) -> bool:
    """Called when a password has been set: other emailed links and interrupted changes must not set
    another one, and an email requested by someone who knew the old password must not be used.
    Returns whether nothing like that was in progress: otherwise it is unknown which password
    Invoice Cloud got last, or under which email it has the member."""
    others = change.member.credential_changes.exclude(pk=change.pk)
    others.replace_links()
    has_replaced = bool(others.replace_passwords())
    has_withdrawn = email_move.withdraw(change.member)
    return not (has_replaced or has_withdrawn)


def _is_right_at_invoice_cloud(member: Member, password: str) -> bool:
    try:
        client_for(member).remote_authentication(email=member.email, password=password)
    except CredentialMismatch:
        return False
    except InvoiceCloudError as error:
        log_failure(error, member)
        return False
    return True
