"""Two-step verification of a member: turned on, turned off, and undone by who was not asked.

Whoever has stolen a password may turn it on with an app of their own. So the mail that tells of it
has a link which turns it off again for some days, and goes on to a new password.
"""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import credentials, letters, second_factor, sign_ins
from accounts.changes import CredentialChange
from accounts.letters import TwoStep
from accounts.links import digest
from accounts.models import User
from accounts.second_factor import SecondFactor
from icsso.models import Biller

UNDO_LIFE = timedelta(days=7)


class AlreadyOn(Exception):
    """Turned on a moment ago, maybe in another tab."""


def turn_on(request: HttpRequest, member: User, code: str) -> list[str] | None:
    """Gives the recovery codes; None when the code is not what the new app shows now."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.pk)  # of two tabs one waits here
        if SecondFactor.objects.filter(user=member.pk).exists():
            raise AlreadyOn
        codes: list[str] | None = second_factor.confirm(request, code)
        if codes is None:
            return None
        # What was asked for with the password alone ends, a new address above all.
        member.credential_changes.waiting().give_up(CredentialChange.Reason.REPLACED)
        secret = SecondFactor.objects.get(user=member.pk).new_undo_link()
        send = letters.two_step(request, member, TwoStep.ON, undo=secret)
    send()
    return codes


def new_codes(request: HttpRequest, member: User) -> list[str]:
    with transaction.atomic():
        codes: list[str] = SecondFactor.objects.get(user=member.pk).new_recovery_codes()
        send = letters.two_step(request, member, TwoStep.NEW_CODES)
    send()
    return codes


def turn_off(request: HttpRequest, member: User) -> None:
    with transaction.atomic():
        SecondFactor.objects.filter(user=member.pk).delete()
        send = letters.two_step(request, member, TwoStep.OFF)
    send()


def undoable(secret: str, *, biller: Biller) -> SecondFactor | None:
    """What the link in the mail may still turn off."""
    since = timezone.now() - UNDO_LIFE
    factors = SecondFactor.objects.filter(user__biller=biller, set_up_at__gt=since)
    found: SecondFactor | None = factors.filter(undo_digest=digest(secret)).first()
    return found


def undo(request: HttpRequest, factor: SecondFactor) -> str:
    """Turns it off, signs everybody out, and gives the secret of a link for a new password."""
    member = factor.user
    turn_off(request, member)
    sign_ins.end_all(member.pk)
    return credentials.ask(member, CredentialChange.Kind.RESET)
