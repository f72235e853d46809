"""Two-step verification for members: turning it on, using it, turning it off, and undoing it.

Someone with a stolen password could turn it on with their own app. So the email about it has a link
that, for some days, turns it off again and leads to a new password.
"""

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import ratelimit
from accounts.credentials.links import create_link
from accounts.mfa import totp
from accounts.models import Member
from accounts.models.credential_change import Kind
from accounts.models.second_factor import SecondFactor
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from accounts.notifications.messages import TwoStep
from accounts.sessions import services as sign_ins
from accounts.tokens import digest
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.models import Biller

TOLD_OF = 5  # wrong codes in a day
A_DAY = 24 * 60 * 60


class AlreadyOn(Exception):
    """It was just turned on, maybe in another tab."""


def turn_on(request: HttpRequest, member: Member, code: str) -> list[str] | None:
    """Returns the recovery codes, or None if the code is not the one the new app shows now.

    Ends sessions in other browsers, where no code was entered. Raises AlreadyOn.
    """
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)  # of two tabs, one waits here
        if SecondFactor.objects.filter(user=member.pk).exists():
            raise AlreadyOn
        codes: list[str] | None = totp.activate(request, member, code)
        if codes is None:
            return None
        # A pending email change was requested with just the password.
        member.credential_changes.emails().replace_links()
        secret = SecondFactor.objects.get(user=member.pk).new_undo_link()
        link = absolute_reverse(request, member.biller, "accounts:two_step_undo", secret)
        send = notifications.two_step(member, TwoStep.ON, link=link)
    sign_ins.note(request, member.pk)  # the session has a new key
    sign_ins.end_all(member.pk, besides=request.session.session_key or "")
    send()
    return codes


def seconds_to_wait(request: HttpRequest, member: Member) -> int:
    """Counts one attempt. Returns 0 if the code may be checked."""
    limits = ("second_factor", "second_factor_daily")
    return ratelimit.seconds_to_wait(*limits, request=request, key=str(member.pk))


def check_code(request: HttpRequest, factor: SecondFactor, code: str) -> Event | None:
    """Returns the event for a correct code, or None. Logs recovery codes and wrong codes."""
    how = factor.take(code)
    if how is None:
        audit.note(factor.user, Event.WRONG_CODE, request=request)
        _tell_of_wrong_codes(request, factor.user)
        return None
    if how == Event.RECOVERED:
        audit.note(factor.user, Event.RECOVERED, request=request)
    return Event(how)


def _tell_of_wrong_codes(request: HttpRequest, member: Member) -> None:
    """Notifies once a day: whoever enters wrong codes knows the password."""
    number = f"wrong-codes:{member.pk}"
    cache.add(number, 0, A_DAY)
    if cache.incr(number) == TOLD_OF:
        notification(request, member, TwoStep.WRONG_CODES)()


def new_codes(request: HttpRequest, member: Member) -> list[str]:
    with transaction.atomic():
        codes: list[str] = SecondFactor.objects.get(user=member.pk).new_recovery_codes()
        send = notification(request, member, TwoStep.NEW_CODES)
    send()
    return codes


def turn_off(request: HttpRequest, member: Member) -> None:
    with transaction.atomic():
        SecondFactor.objects.filter(user=member.pk).delete()
        send = notification(request, member, TwoStep.OFF)
    send()


def notification(request: HttpRequest, member: Member, what: TwoStep) -> Later:
    """Composes the email, with a link for a new password in case it was someone else."""
    link = absolute_reverse(request, member.biller, "accounts:password_reset")
    return notifications.two_step(member, what, link=link)


def undoable(secret: str, *, biller: Biller) -> SecondFactor | None:
    """Returns the second factor that the emailed link can still turn off, if any."""
    since = timezone.now() - SecondFactor.UNDO_LIFE
    factors = SecondFactor.objects.filter(user__biller=biller, user__is_active=True)
    factors = factors.filter(set_up_at__gt=since)
    found: SecondFactor | None = factors.filter(undo_digest=digest(secret)).first()
    return found


def undo(request: HttpRequest, factor: SecondFactor) -> str:
    """Turns it off, ends all sessions, and returns the secret for a link to set a new password."""
    member = factor.user
    with transaction.atomic():
        factor.delete()
        secret = create_link(member, Kind.RESET)
        audit.note(member, Event.UNDONE, request=request)
        send = notification(request, member, TwoStep.OFF)
    sign_ins.end_all(member.pk)
    send()
    return secret
