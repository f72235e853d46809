"""Change password, by a member who is signed in (story 10).

The same on both sides: set there, then here. Different there: an email to the member's address must
approve it, and its link asks for the new password again (`credentials.reset`).
"""

from django.http import HttpRequest

from accounts.credentials.comparison import There, compare
from accounts.credentials.services import (
    PasswordRefused,
    Tell,
    client_for,
    set_here,
    update_password,
)
from accounts.credentials.withdrawal import take_back
from accounts.invoice_cloud.context import report
from accounts.models import Member
from accounts.models.credential_change import CredentialChange
from accounts.notifications import messages as letters
from icsso.billers.absolute_urls import absolute_reverse
from icsso.client.errors import InvoiceCloudError

Kind = CredentialChange.Kind
Reason = CredentialChange.Reason


def change_password(member: Member, *, current: str, new: str, tell: Tell) -> CredentialChange:
    """How far it came stands in the change: done; given up, because Invoice Cloud is away and
    nothing was changed; not approved, so that an email has to go out; or open, because nobody
    knows.
    """
    change = CredentialChange.objects.create(member=member, kind=Kind.PASSWORD)
    take_back(member)  # else comparing would carry it out, maybe for somebody who knows the old one
    try:
        found = compare(member, current)
    except InvoiceCloudError as error:
        report(error, member)
        change.give_up(Reason.UNANSWERED)
        return change
    if found is not There.DIFFERENT:
        change.approve()
        _set_both(change, new, is_registered=found is There.SAME, tell=tell)
    return change


def send_approval_link(request: HttpRequest, change: CredentialChange) -> None:
    biller, secret = change.member.biller, change.new_link()
    link = absolute_reverse(request, biller, "accounts:change_password_confirm", secret)
    letters.approve_password(change.member, link=link)()


def _set_both(change: CredentialChange, password: str, *, is_registered: bool, tell: Tell) -> None:
    member = change.member
    try:
        if is_registered:
            update_password(client_for(member), email=member.email, password=password)
    except PasswordRefused:
        change.give_up(Reason.REFUSED)
        raise
    except InvoiceCloudError as error:
        report(error, member)
        if error.outcome_unknown:
            change.leave_open()
        else:
            change.give_up(Reason.UNANSWERED)
        return
    if not set_here(change, password, tell=tell):
        change.leave_open()
