"""Change email (story 10): requested, approved, confirmed from the new address, carried out.

The member's password approves it if Invoice Cloud has the same email and password. Otherwise, a
link sent to the old email has to. A link sent to the new email confirms it, and `email_move` makes
it.
"""

from django.http import HttpRequest

from accounts.credentials import email_move
from accounts.credentials.calls import client_for, reason_of
from accounts.credentials.comparison import Comparison, compare
from accounts.credentials.links import LinkUsed
from accounts.failures import log_failure
from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import (
    UNAPPLIED,
    WAITING,
    CredentialChange,
    Kind,
    State,
)
from accounts.notifications import messages as notifications
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError


def request_change(member: Member, *, new_email: str, password: str) -> CredentialChange:
    """The state says what is next: approval from the old email or confirmation from the new one.
    If it is closed, nothing was changed, and the reason says why."""
    member.credential_changes.emails().replace_links()
    change = CredentialChange.objects.create(member=member, kind=Kind.EMAIL, new_email=new_email)
    try:
        found = compare(member, password)
    except InvoiceCloudError as error:
        log_failure(error, member)
        change.abandon(reason_of(error))
        return change
    is_new_there = found is Comparison.NOT_REGISTERED and not _is_elsewhere(member)
    if (found is Comparison.SAME or is_new_there) and not change.approve_email():
        change.refresh_from_db(fields=["state", "reason"])  # ended by another tab in the meantime
    return change


def send_link(request: HttpRequest, change: CredentialChange) -> None:
    """Emails whoever has to agree next: the old address first, then the new one."""
    member, new_email = change.member, change.new_email
    is_approved = change.state == State.AWAITING_CONFIRMATION
    page = "change_email_confirm" if is_approved else "change_email_approve"
    link = absolute_reverse(request, member.biller, f"accounts:{page}", change.new_link())
    if not is_approved:
        send = notifications.approve_email(member, new_email=new_email, link=link)
    elif holder := Member.objects.filter(biller=member.biller, email=new_email).first():
        # An email without a link: the person who asked sees no difference.
        send = notifications.email_in_use(holder, language=member.language)
    else:
        send = notifications.confirm_email(member, new_email=new_email, link=link)
    send()


def approve(change: CredentialChange) -> None:
    """Called for the link sent to the old email. This also allows setting the portal's password at
    Invoice Cloud, which the next sign-in does. Raises LinkUsed."""
    if not change.approve_email():
        raise LinkUsed
    if not _is_elsewhere(change.member):
        CredentialChange.objects.begin_reconnecting(change.member)


def find(secret: str, *, biller: Biller) -> CredentialChange | None:
    """Returns the change confirmed by this link, which was sent to the new email. The same link can
    resume an interrupted change."""
    change = CredentialChange.objects.filter(
        kind=Kind.EMAIL,
        state__in=UNAPPLIED | {State.AWAITING_CONFIRMATION},
        link_digest=digest(secret),
        member__biller=biller,
        member__is_active=True,
    ).first()
    return change if change and _may_go_on(change) else None


def confirm(change: CredentialChange) -> bool:
    """Returns whether the email is changed on both sides. If not, it will be once Invoice Cloud
    answers. Raises LinkUsed, and NotMoved if it cannot be changed."""
    if not change.confirm_email():
        change.refresh_from_db(fields=["state", "reason"])
        # Ended since the link was checked, maybe by a new password; or continued elsewhere.
        if change.state not in UNAPPLIED | {State.COMPLETED}:
            raise LinkUsed
    try:
        email_move.move(change, client_for(change.member))
    except InvoiceCloudError as error:
        log_failure(error, change.member)
        email_move.note_no_answer(change)
        return False
    return True


def pending(member: Member) -> CredentialChange | None:
    """Returns the email change shown on "Profile and security", if any."""
    changes = member.credential_changes.emails().filter(state__in=WAITING | UNAPPLIED)
    change = changes.order_by("asked_at").last()
    return change if change and _may_go_on(change) else None


def _is_elsewhere(member: Member) -> bool:
    """Returns whether Invoice Cloud has an account of the member under another email."""
    return member.links.filter(state=LinkedAccount.State.ELSEWHERE).exists()


def _may_go_on(change: CredentialChange) -> bool:
    return change.state in UNAPPLIED or change.is_link_fresh
