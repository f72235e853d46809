"""A member's passkeys: added, renamed, removed, and undone by an owner who did not add them.

Someone with a stolen password could add a passkey of their own. So the email about it has a link
that, for some days, removes all passkeys again and leads to a new password.
"""

import time

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.credentials.links import create_link
from accounts.mfa.passkeys.ceremonies import NewPasskey
from accounts.models import Member, Passkey, SecondFactor
from accounts.models.credential_change import Kind
from accounts.models.second_factor.passkey import MOST
from accounts.notifications import messages as notifications
from accounts.notifications.messages import PasskeyChange, TwoStep
from accounts.sessions import services as sessions
from accounts.tokens import digest
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller

SURE = "passkey_sure"  # in the session: which member has just confirmed their identity, and when
SURE_FOR = 10 * 60  # seconds


class TooMany(Exception):
    """The member has the maximum number of passkeys."""


class Taken(Exception):
    """This passkey is already known, here or elsewhere."""


class IsNeeded(Exception):
    """Without it, a member whose second step is a passkey would have only recovery codes."""


def remember_sure(request: HttpRequest, member: Member) -> None:
    request.session[SURE] = {"member": member.pk, "at": int(time.time())}


def is_sure(request: HttpRequest, member: Member) -> bool:
    """Returns whether the member has just given the password, and everything else that is asked."""
    known = request.session.get(SURE)
    if known is None or known["member"] != member.pk:
        return False
    return bool(time.time() - known["at"] <= SURE_FOR)


def add(request: HttpRequest, member: Member, made: NewPasskey, *, name: str, rp_id: str) -> None:
    """Raises TooMany, Taken."""
    try:
        with transaction.atomic():
            Member.objects.select_for_update().get(pk=member.pk)  # of two tabs, one waits here
            if member.passkeys.count() >= MOST:
                raise TooMany
            passkey = Passkey.objects.create(
                member=member, name=name, rp_id=rp_id, **made._asdict()
            )
            secret = passkey.new_undo_link()
            link = absolute_reverse(request, member.biller, "accounts:passkeys_undo", secret)
            send = notifications.passkey(member, PasskeyChange.ADDED, names=[name], link=link)
    except IntegrityError:
        raise Taken from None
    request.session.pop(SURE, None)
    send()


def rename(request: HttpRequest, passkey: Passkey, name: str) -> None:
    """Emails both names: someone who added a passkey could make it look like another one."""
    with transaction.atomic():
        known = Passkey.objects.select_for_update().filter(pk=passkey.pk).first()
        if known is None or known.name == name:  # or just removed in another tab
            return
        old, known.name = known.name, name
        known.save(update_fields=["name"])
        member = passkey.member
        link = absolute_reverse(request, member.biller, "accounts:password_reset")
        what = PasskeyChange.RENAMED
        send = notifications.passkey(member, what, names=[old], new_name=name, link=link)
    send()


def remove(request: HttpRequest, member: Member, passkey: Passkey, *, here: str) -> None:
    """Also ends the sessions in other browsers, which may have been opened with the passkey. here:
    the host name of this page, if passkeys work at it. Raises IsNeeded."""
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        if is_needed(member, passkey, here=here):
            raise IsNeeded
        passkey.delete()
        link = absolute_reverse(request, member.biller, "accounts:password_reset")
        what, names = PasskeyChange.REMOVED, [passkey.name]
        send = notifications.passkey(member, what, names=names, link=link)
    sessions.end_all(member.pk, besides=request.session.session_key or "")
    send()


def is_needed(member: Member, passkey: Passkey, *, here: str) -> bool:
    """Returns whether it is the last one for this host name, or for its own, of a member whose
    second step is a passkey. A passkey for a host name that the biller no longer has is useless."""
    if not _is_second_step(member):
        return False
    hosts = member.biller.hosts.filter(host=passkey.rp_id)
    others = member.passkeys.filter(rp_id__in=(here, passkey.rp_id)).exclude(pk=passkey.pk)
    is_usable: bool = passkey.rp_id == here or hosts.exists()
    return is_usable and not others.exists()


def drop_recent(member: Member) -> int:
    """Called in the transaction that sets a password by an emailed link: someone who knew the old
    one may have added a passkey during the days in which that can be undone. Returns how many are
    removed.

    Passkeys that are the second step stay: access to a mailbox must not be enough to remove it.
    """
    if _is_second_step(member):
        return 0
    recent = member.passkeys.filter(added_at__gt=timezone.now() - Passkey.UNDO_LIFE)
    count = recent.count()
    recent.delete()
    return count


def _is_second_step(member: Member) -> bool:
    return bool(SecondFactor.objects.filter(user=member.pk, key="").exists())


def undoable(secret: str, *, biller: Biller) -> Passkey | None:
    """Returns the passkey of this emailed link, if it still works."""
    found = Passkey.objects.fresh_links().filter(undo_digest=digest(secret), member__biller=biller)
    return found.select_related("member__biller").first()


def undo(request: HttpRequest, passkey: Passkey) -> str:
    """Removes all passkeys, and a second step that consists of them; ends all sessions. Returns the
    secret of a link to set a new password."""
    member = passkey.member
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        names = list(member.passkeys.all().values_list("name", flat=True))
        member.passkeys.all().delete()
        factors, _kinds = SecondFactor.objects.filter(user=member.pk, key="").delete()
        secret = create_link(member, Kind.RESET)
        audit.note(member, Event.PASSKEYS_UNDONE, request=request)
        link = absolute_reverse(request, member.biller, "accounts:password_reset")
        emails = [
            notifications.passkey(
                member, PasskeyChange.UNDONE, names=names or [passkey.name], link=link
            )
        ]
        if factors:
            emails.append(notifications.two_step(member, TwoStep.OFF, link=link))
    sessions.end_all(member.pk)
    for send in emails:
        send()
    return secret
