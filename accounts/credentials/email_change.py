"""Change email (story 10): requested, approved, confirmed from the new address, carried out.

The member's password approves it when Invoice Cloud has the same email and password; else an email
to the old address must. Then an email to the new one confirms it, and `email_move` carries it out.
"""

from django.http import HttpRequest

from accounts.credentials import email_move
from accounts.credentials.calls import client_for
from accounts.credentials.comparison import Comparison, compare
from accounts.credentials.links import LinkUsed
from accounts.failures import log_failure
from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import (
    UNAPPLIED,
    WAITING,
    CredentialChange,
    Kind,
    Reason,
    State,
)
from accounts.notifications import messages as notifications
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError


def request_change(member: Member, *, new_email: str, password: str) -> CredentialChange:
    """Whose turn it is stands in the state: the old address's to approve, or the new one's to
    confirm. Closed: Invoice Cloud is away and nothing was changed."""
    member.credential_changes.emails().replace_links()
    change = CredentialChange.objects.create(member=member, kind=Kind.EMAIL, new_email=new_email)
    try:
        found = compare(member, password)
    except InvoiceCloudError as error:
        log_failure(error, member)
        change.abandon(Reason.UNANSWERED)
        return change
    is_new_there = found is Comparison.NOT_REGISTERED and not _is_elsewhere(member)
    if (found is Comparison.SAME or is_new_there) and not change.approve_email():
        change.refresh_from_db(fields=["state", "reason"])  # ended by another tab meanwhile
    return change


def send_link(request: HttpRequest, change: CredentialChange) -> None:
    """To whom it is to say yes now: the new address, or first the old one."""
    member, new_email = change.member, change.new_email
    is_approved = change.state == State.AWAITING_CONFIRMATION
    page = "change_email_confirm" if is_approved else "change_email_approve"
    link = absolute_reverse(request, member.biller, f"accounts:{page}", change.new_link())
    if not is_approved:
        send = notifications.approve_email(member, new_email=new_email, link=link)
    elif Member.objects.filter(biller=member.biller, email=new_email).exists():
        # A word without the link: whoever asked sees no difference.
        send = notifications.email_in_use(member, new_email=new_email)
    else:
        send = notifications.confirm_email(member, new_email=new_email, link=link)
    send()


def approve(change: CredentialChange) -> None:
    """By the link in the email to the old address. It lets Invoice Cloud have the password of the
    portal as well: the next sign-in sets it. Raises LinkUsed."""
    if not change.approve_email():
        raise LinkUsed
    if not _is_elsewhere(change.member):
        CredentialChange.objects.begin_reconnecting(change.member)


def find(secret: str, *, biller: Biller) -> CredentialChange | None:
    """Returns the change that this link, sent to the new address, confirms. An interrupted one can
    be resumed by the same link."""
    change = CredentialChange.objects.filter(
        kind=Kind.EMAIL,
        state__in=UNAPPLIED | {State.AWAITING_CONFIRMATION},
        link_digest=digest(secret),
        member__biller=biller,
        member__is_active=True,
    ).first()
    return change if change and _may_go_on(change) else None


def confirm(change: CredentialChange) -> bool:
    """Returns whether the address is changed on both sides; else it will be when Invoice Cloud
    answers. Raises LinkUsed, and NotMoved when it cannot be changed."""
    if not change.confirm_email():
        change.refresh_from_db(fields=["state", "reason"])
        # Ended since the link was looked at, maybe by a new password; or gone on with.
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
    """Returns what the member is told of on "My sign-in"."""
    changes = member.credential_changes.emails().filter(state__in=WAITING | UNAPPLIED)
    change = changes.order_by("asked_at").last()
    return change if change and _may_go_on(change) else None


def _is_elsewhere(member: Member) -> bool:
    """Whether Invoice Cloud has the member's account under another address."""
    return member.links.filter(state=LinkedAccount.State.ELSEWHERE).exists()


def _may_go_on(change: CredentialChange) -> bool:
    return change.state in UNAPPLIED or change.is_link_fresh
