"""Setting a password on both sides: there first, then here.

A CredentialChange is written before Invoice Cloud is called and never holds the password. While
it is open (approved, not known to be done there) the next sign-in settles it, with the password
that was just given: see `accounts.credentials.resume`.
"""

import json
from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts.credentials.withdrawal import bring_home, is_registered, take_back
from accounts.invoice_cloud.context import report
from accounts.models import Member
from accounts.models.credential_change import CredentialChange
from accounts.notifications import messages as letters
from accounts.notifications.delivery import Later
from accounts.sessions import services as sign_ins
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_reverse, absolute_url
from icsso.billers.clients import client_of
from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected

Kind = CredentialChange.Kind
Reason = CredentialChange.Reason
# Writes to the member that the password is new. Called within the transaction that sets it: the
# email stands in the queue of tasks exactly when the password is changed, whatever ends then.
# What it gives is called after the commit.
Tell = Callable[[Member], Later]
BUDGET = 6.0  # seconds for setting it there: signing in comes after, within the same twelve


class PasswordRefused(Exception):
    """Invoice Cloud does not take this password; its words are the message."""


class LinkUsed(Exception):
    """The link has done its work already, maybe a moment ago in another tab."""


def ask(member: Member, kind: Kind) -> str:
    """Writes a change down; the secret is for the link that approves it."""
    return CredentialChange.objects.create(member=member, kind=kind).new_link()


def send_reset_link(request: HttpRequest, *, biller: Biller, email: str) -> None:
    """In the background, whoever it is: what only a member costs must not lengthen the answer."""
    origin = absolute_url(request, biller, "")
    asked = {"biller": biller.pk, "email": email, "origin": origin}
    send_reset_link_in_background.enqueue(encrypt(json.dumps(asked)))


@task()
def send_reset_link_in_background(sealed: str) -> None:
    asked = json.loads(decrypt(sealed))
    members = Member.objects.select_related("biller").filter(is_active=True)
    member = members.filter(biller=asked["biller"], email=asked["email"]).first()
    if member is None:
        return
    path = reverse("accounts:password_reset_confirm", args=[ask(member, Kind.RESET)])
    letters.reset_password(member, link=asked["origin"] + path)()


def password_changed(request: HttpRequest, member: Member) -> Later:
    """The notification of a new password: see Tell."""
    link = absolute_reverse(request, member.biller, "accounts:password_reset")
    return letters.password_changed(member, link=link)


def find(secret: str, *, kind: Kind, biller: Biller) -> CredentialChange | None:
    """The change this link may still approve."""
    changes = CredentialChange.objects.filter(kind=kind, member__biller=biller)
    return changes.filter(
        link_digest=digest(secret),
        approved_at=None,
        given_up_at=None,
        member__is_active=True,
        asked_at__gt=timezone.now() - CredentialChange.LIFE,
    ).first()


def reset(change: CredentialChange, password: str, *, tell: Tell) -> bool:
    """Sets the password on both sides; whether Invoice Cloud is known to have it.

    When it is away, or nobody knows, the password is set here all the same and the change
    stays open: the member is never locked out of both.
    """
    _approve(change)
    member = change.member
    take_back(member)
    is_done_there = _set_there(change, password)
    member.set_password(password)
    # Together: a crash before this leaves the change open, and the next sign-in makes both sides
    # equal again, whichever password it is given.
    with transaction.atomic():
        member.save(update_fields=["password"])
        # A sign-in in between has put the old one back there: then this one is not done.
        is_open = CredentialChange.objects.open().filter(pk=change.pk).exists()
        is_unsure = _replace_others(change)
        _note(change, is_done_there=is_done_there and is_open and not is_unsure)
        send = tell(member)
    send()
    sign_ins.end_all(member.pk)
    return is_done_there


def reconnect(change: CredentialChange, password: str) -> bool:
    """Makes Invoice Cloud's password the portal's, which has been checked."""
    _approve(change)
    is_done_there = _set_there(change, password)
    others = change.member.credential_changes.open().exclude(kind=Kind.EMAIL)
    is_alone = not others.exclude(pk=change.pk).exists()
    _note(change, is_done_there=is_done_there and is_alone)
    return is_done_there


def set_here(change: CredentialChange, password: str, *, tell: Tell) -> bool:
    """After Invoice Cloud has it. Not when the change is no longer open: then a sign-in in between
    has put the old password back there."""
    member, hashed, now = change.member, make_password(password), timezone.now()
    with transaction.atomic():
        # The member's row first, as in `reset`: else two tabs may each hold what the other needs.
        Member.objects.select_for_update().get(pk=member.pk)
        open_one = CredentialChange.objects.open().filter(pk=change.pk)
        if not open_one.update(done_there_at=now, done_here_at=now, reason=""):
            return False
        member.password = hashed
        member.save(update_fields=["password"])
        is_unsure = _replace_others(change)
        _note(change, is_done_there=not is_unsure)
        send = tell(member)
    send()
    sign_ins.end_all(member.pk)
    return True


def update_password(client: InvoiceCloudClient, *, email: str, password: str) -> None:
    """Where nobody is registered, there is nothing to set."""
    try:
        client.update_password(email=email, new_password=password)
    except InvoiceCloudRejected as refusal:
        # An unknown user and an unwanted password are refused alike.
        if is_registered(client, email):
            raise PasswordRefused(refusal.reason) from None


def client_for(member: Member) -> InvoiceCloudClient:
    return client_of(member.biller).within(BUDGET)


def _approve(change: CredentialChange) -> None:
    if not change.approve():
        raise LinkUsed


def _set_there(change: CredentialChange, password: str) -> bool:
    member, client = change.member, client_for(change.member)
    try:
        bring_home(member, client)
        update_password(client, email=member.email, password=password)
    except PasswordRefused:
        CredentialChange.objects.filter(pk=change.pk).update(approved_at=None)
        raise
    except InvoiceCloudError as error:
        report(error, member)
        return False
    return True


def _note(change: CredentialChange, *, is_done_there: bool) -> None:
    now = timezone.now()
    change.done_here_at, change.done_there_at = now, now if is_done_there else None
    change.given_up_at, change.reason = None, "" if is_done_there else Reason.UNANSWERED
    change.save(update_fields=["done_here_at", "done_there_at", "given_up_at", "reason"])


def _replace_others(change: CredentialChange) -> bool:
    """A password has been set: links of other mails would set yet another, and no password of
    an earlier change that broke off may sign in any more. Nor may an address win that somebody
    who knew the password has asked for. Whether any of these was under way: then nobody knows
    which password Invoice Cloud was told last, or under which address it has the member."""
    others = CredentialChange.objects.filter(member=change.member).exclude(pk=change.pk)
    others.waiting().give_up(Reason.REPLACED)
    was_another = others.open().exclude(kind=Kind.EMAIL).give_up(Reason.REPLACED)
    has_moved = take_back(change.member)
    return bool(was_another) or has_moved
