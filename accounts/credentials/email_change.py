"""Change e-mail (story 10): asked for, approved, confirmed from the new address, carried out.

The member's password approves it when Invoice Cloud has the same email and password; else an email
to the old address must. Then an email to the new one confirms it, and `moving` carries it out.
"""

from django.http import HttpRequest
from django.utils import timezone

from accounts.credentials import email_move as moving
from accounts.credentials.comparison import There, compare
from accounts.credentials.services import LinkUsed, client_for
from accounts.invoice_cloud.context import report
from accounts.models import LinkedAccount, Member
from accounts.models.credential_change import CredentialChange
from accounts.notifications import messages as letters
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError

Kind = CredentialChange.Kind
Reason = CredentialChange.Reason


def ask(member: Member, *, new_email: str, password: str) -> CredentialChange:
    """Whose turn it is stands in the change: not approved: the old address's; approved: the new
    one's; given up: nobody's, because Invoice Cloud is away and nothing was changed."""
    member.credential_changes.waiting().filter(kind=Kind.EMAIL).give_up(Reason.REPLACED)
    change = CredentialChange.objects.create(member=member, kind=Kind.EMAIL, new_email=new_email)
    try:
        found = compare(member, password)
    except InvoiceCloudError as error:
        report(error, member)
        change.give_up(Reason.UNANSWERED)
        return change
    if found is There.SAME or (found is There.NOBODY and not _is_elsewhere(member)):
        change.approve()
    return change


def send_link(request: HttpRequest, change: CredentialChange) -> None:
    """To whom it is to say yes now: the new address, or first the old one."""
    member, new_email = change.member, change.new_email
    page = "change_email_confirm" if change.approved_at else "change_email_approve"
    link = absolute_reverse(request, member.biller, f"accounts:{page}", change.new_link())
    if not change.approved_at:
        send = letters.approve_email(member, new_email=new_email, link=link)
    elif Member.objects.filter(biller=member.biller, email=new_email).exists():
        # A word without the link: whoever asked sees no difference.
        send = letters.email_in_use(member, new_email=new_email)
    else:
        send = letters.confirm_email(member, new_email=new_email, link=link)
    send()


def approve(change: CredentialChange) -> None:
    """By the link in the email to the old address. It lets Invoice Cloud have the password of the
    portal as well: the next sign-in sets it."""
    if not change.approve():
        raise LinkUsed
    if not _is_elsewhere(change.member):
        now = timezone.now()
        change.member.credential_changes.create(
            kind=Kind.RECONNECT, approved_at=now, done_here_at=now
        )


def find(secret: str, *, biller: Biller) -> CredentialChange | None:
    """The change that this link, sent to the new address, confirms. One that broke off
    afterwards can be gone on with by the same link."""
    changes = CredentialChange.objects.filter(kind=Kind.EMAIL, member__biller=biller)
    change = changes.filter(
        link_digest=digest(secret),
        approved_at__isnull=False,
        taken_back_at=None,
        done_here_at=None,
        given_up_at=None,
        member__is_active=True,
    ).first()
    return change if change and (change.confirmed_at or _is_fresh(change)) else None


def confirm(change: CredentialChange) -> bool:
    """Whether the address is changed on both sides; else it will be when Invoice Cloud answers.
    Raises NotMoved when it cannot be."""
    if change.confirmed_at is None:
        _note_confirmed(change)
    try:
        moving.move(change, client_for(change.member))
    except InvoiceCloudError as error:
        report(error, change.member)
        moving.wait(change)
        return False
    return True


def _note_confirmed(change: CredentialChange) -> None:
    """Unless it has ended since the link was looked at: the member has a new password."""
    change.confirmed_at = timezone.now()
    this = CredentialChange.objects.filter(pk=change.pk)
    if this.waiting().update(confirmed_at=change.confirmed_at):
        return
    if not this.open().filter(taken_back_at=None).exists():  # nor has another tab confirmed it
        raise LinkUsed


def pending(member: Member) -> CredentialChange | None:
    """What the member is told of on "My sign-in"."""
    changes = member.credential_changes.filter(
        kind=Kind.EMAIL, taken_back_at=None, done_here_at=None, given_up_at=None
    )
    change = changes.order_by("asked_at").last()
    return change if change and (change.confirmed_at or _is_fresh(change)) else None


def _is_elsewhere(member: Member) -> bool:
    """Whether Invoice Cloud has the member's account under another address."""
    return member.links.filter(state=LinkedAccount.State.ELSEWHERE).exists()


def _is_fresh(change: CredentialChange) -> bool:
    sent_at = change.approved_at or change.asked_at
    return sent_at > timezone.now() - CredentialChange.LIFE
