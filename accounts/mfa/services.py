"""Two-step verification for members: turning it on, using it, turning it off, and undoing it.

The second step is a code from an app, a passkey, or a recovery code. Someone with a stolen password
could turn it on with their own app. So the email about it has a link that, for some days, turns it
off again and leads to a new password.
"""

from collections.abc import Callable
from functools import partial
from typing import cast

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import ratelimit
from accounts.credentials.links import create_link
from accounts.mfa import totp
from accounts.mfa.forms import CodeForm
from accounts.mfa.passkeys import ceremonies
from accounts.mfa.passkeys.challenges import Purpose, Refusal, Refused
from accounts.mfa.verification import mark_verified
from accounts.models import Member, Passkey, User
from accounts.models.credential_change import Kind
from accounts.models.second_factor import SecondFactor
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from accounts.notifications.messages import PasskeyChange, TwoStep
from accounts.sessions import services as sign_ins
from accounts.tokens import digest
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.decorators import BillerRequest
from icsso.billers.models import Biller

TOLD_OF = 5  # wrong codes in a day
A_DAY = 24 * 60 * 60


class AlreadyOn(Exception):
    """It was just turned on, maybe in another tab."""


def turn_on(request: HttpRequest, member: Member, code: str) -> list[str] | None:
    """Returns the recovery codes, or None if the code is not the app's current one.

    Ends sessions in other browsers, where no code was entered. Raises AlreadyOn.
    """
    activate = partial(totp.activate, request, member, code)
    return _turned_on(request, member, activate, TwoStep.ON)


def turn_on_with_passkey(request: HttpRequest, member: Member, proved: Passkey) -> list[str]:
    """Returns the recovery codes. For a member who has just proved a passkey: from now on, one of
    their passkeys is needed after the password. Raises AlreadyOn, and Refused if the passkey was
    removed since."""
    activate = partial(_activate_without_app, request, member, proved)
    return _turned_on(request, member, activate, TwoStep.ON_WITH_PASSKEY) or []


def _activate_without_app(request: HttpRequest, member: Member, proved: Passkey) -> list[str]:
    if not member.passkeys.filter(pk=proved.pk).exists():
        raise Refused(Refusal.UNKNOWN)
    factor = SecondFactor.objects.create(user_id=member.pk, key="")
    codes: list[str] = factor.new_recovery_codes()
    mark_verified(request, factor)
    return codes


def _turned_on(
    request: HttpRequest, member: Member, activate: Callable[[], list[str] | None], what: TwoStep
) -> list[str] | None:
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)  # of two tabs, one waits here
        if SecondFactor.objects.filter(user=member.pk).exists():
            raise AlreadyOn
        codes = activate()
        if codes is None:
            return None
        # A pending email change was requested with just the password.
        member.credential_changes.emails().replace_links()
        secret = SecondFactor.objects.get(user=member.pk).new_undo_link()
        link = absolute_reverse(request, member.biller, "accounts:two_step_undo", secret)
        send = notifications.two_step(member, what, link=link)
    sign_ins.note(request, member.pk)  # the session has a new key
    sign_ins.end_all(member.pk, besides=request.session.session_key or "")
    send()
    return codes


def count_attempt(request: HttpRequest, user: User) -> None:
    """Counts one attempt at a second step. Raises TooManyRequests if it must not be checked."""
    limits = ("second_factor", "second_factor_daily")
    ratelimit.count_attempt(*limits, request=request, key=str(user.pk))


def check(request: BillerRequest, factor: SecondFactor, form: CodeForm) -> Event | None:
    """Returns the event for a correct code or a proved passkey, or None."""
    if not (answer := form.cleaned_data.get("passkey")):
        return check_code(request, factor, form.cleaned_data["code"])
    try:
        ceremonies.prove(
            request, answer, purpose=Purpose.CONFIRM, member=cast(Member, factor.user.as_proxy())
        )
    except Refused as refused:
        note_refusal(request, refused, factor.user)
        return None
    return Event.PASSED


def note_refusal(request: HttpRequest, refused: Refused, member: User | None) -> None:
    """Logs it if it is known whose passkey it was, or whose it should have been."""
    about = refused.passkey.member if refused.passkey else member
    is_copied = refused.why == Refusal.COPIED
    if about and refused.why != Refusal.EXPIRED:
        event = Event.PASSKEY_COPIED if is_copied else Event.PASSKEY_REFUSED
        audit.note(about, event, request=request)
    if is_copied and refused.passkey:
        _tell_of_copy(request, refused.passkey)


def _tell_of_copy(request: HttpRequest, passkey: Passkey) -> None:
    """Notifies once a day."""
    member = passkey.member
    if not cache.add(f"passkey-copied:{member.pk}", True, A_DAY):
        return
    link = absolute_reverse(request, member.biller, "accounts:passkeys")
    notifications.passkey(member, PasskeyChange.COPIED, names=[passkey.name], link=link)()


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
    """Notifies once a day: someone who enters wrong codes knows the password."""
    number = f"wrong-codes:{member.pk}"
    cache.add(number, 0, A_DAY)
    try:
        count = cache.incr(number)
    except ValueError:  # the cache was emptied just now: the next one is counted as the first
        return
    if count == TOLD_OF:
        notification(request, member, TwoStep.WRONG_CODES)()


def new_codes(request: HttpRequest, member: Member) -> list[str]:
    with transaction.atomic():
        codes: list[str] = SecondFactor.objects.get(user=member.pk).new_recovery_codes()
        send = notification(request, member, TwoStep.NEW_CODES)
    send()
    return codes


def turn_off(request: HttpRequest, member: Member, *, with_passkeys: bool = False) -> None:
    """with_passkeys: for a member who has lost the devices; all passkeys are removed, and all
    sessions end, because someone who has a device may have opened one."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=member.pk).delete()
        removed = member.passkeys.all().delete()[0] if with_passkeys else 0
        what = TwoStep.OFF_WITH_PASSKEYS if removed else TwoStep.OFF
        send = notification(request, member, what)
    if with_passkeys:
        sign_ins.end_all(member.pk)
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
    """Turns it off, ends all sessions, and returns the secret of a link to set a new password. The
    person who turned it on may have added passkeys as well, so all are removed."""
    member = factor.user
    with transaction.atomic():
        factor.delete()
        removed, _kinds = Passkey.objects.filter(member=member.pk).delete()
        secret = create_link(member, Kind.RESET)
        audit.note(member, Event.UNDONE, request=request)
        what = TwoStep.OFF_WITH_PASSKEYS if removed else TwoStep.OFF
        send = notification(request, member, what)
    sign_ins.end_all(member.pk)
    send()
    return secret
