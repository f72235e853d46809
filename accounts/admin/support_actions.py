"""What support does for a member who calls: see `backoffice.object_actions` for how it is asked."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.credentials import services as credentials
from accounts.login import lockout
from accounts.mfa import services as two_step
from accounts.models import Member, Registration, User
from accounts.ratelimit import allowed
from accounts.sessions import services as sign_ins
from accounts.signup import services as registration
from backoffice.audit.events import Event
from backoffice.object_actions import Act


def _is_member(user: User) -> bool:
    return bool(user.biller_id)


def _send_reset(request: HttpRequest, member: Member) -> bool:
    email, biller = member.email, member.biller
    if not allowed("reset", request=request, key=email, place=biller.slug):
        return False
    credentials.send_reset_link(request, biller=biller, email=email)
    return True


def _send_registration(request: HttpRequest, asked: Registration) -> bool:
    if not allowed("resend", request=request, key=asked.email, place=asked.biller.slug):
        return False
    registration.send_link(request, asked)
    return True


def _end_sessions(request: HttpRequest, member: Member) -> bool:
    sign_ins.end_all(member.pk)
    return True


def _unlock(request: HttpRequest, user: User) -> bool:
    lockout.unlock(user)
    return True


def _take_second_factor(request: HttpRequest, user: Any) -> bool:
    user.second_factor.delete()
    return True


def _end_two_step(request: HttpRequest, member: Any) -> bool:
    two_step.turn_off(request, member)
    return True


SEND_RESET = Act(
    slug="send-reset",
    permission="accounts.resend_mail",
    label=_("Send a mail for a new password"),
    consequence=_("Its link goes to the member's own address, and works once, for an hour."),
    event=Event.MAIL_SENT,
    fits=lambda user: _is_member(user) and user.is_active,
    do=_send_reset,
)
END_SESSIONS = Act(
    slug="sign-out-everywhere",
    permission="accounts.end_sessions",
    label=_("Sign out everywhere"),
    consequence=_("Every browser in which this member is signed in asks for the password again."),
    event=Event.SESSIONS_ENDED,
    fits=_is_member,
    do=_end_sessions,
)
UNLOCK = Act(
    slug="unlock",
    permission="accounts.unlock_sign_in",
    label=_("Let them try to sign in again"),
    consequence=_("Wrong passwords and codes so far are forgotten, and the pause after them ends."),
    event=Event.UNLOCKED,
    fits=_is_member,
    do=_unlock,
)
# Superusers': no role has this permission.
TAKE_SECOND_FACTOR = Act(
    slug="take-second-factor",
    permission="accounts.delete_secondfactor",
    label=_("Take the second factor away"),
    consequence=_(
        "For who has lost the phone and the recovery codes. Be sure that it is this person who "
        "asks. They set up another app at the next sign-in."
    ),
    event=None,
    fits=lambda user: not _is_member(user) and hasattr(user, "second_factor"),
    do=_take_second_factor,
)
END_TWO_STEP = Act(
    slug="end-two-step",
    permission="accounts.end_two_step",
    label=_("Turn two-step verification off"),
    consequence=_(
        "For who has lost the phone and the recovery codes. Be sure that it is this person who "
        "asks: from now on the password alone signs in. A mail tells the member."
    ),
    event=None,
    fits=lambda user: _is_member(user) and hasattr(user, "second_factor"),
    do=_end_two_step,
)
RESEND_REGISTRATION = Act(
    slug="resend",
    permission="accounts.resend_mail",
    label=_("Send the mail again"),
    consequence=_("A new link goes to the address that was entered. The link before it ends."),
    event=Event.MAIL_SENT,
    fits=lambda asked: asked.is_open,
    do=_send_registration,
)
