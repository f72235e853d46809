"""What support does for a member who calls (see `backoffice.object_actions`)."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.credentials.links import send_reset_link
from accounts.login import lockout
from accounts.mfa import services as mfa
from accounts.models import Member, Signup
from accounts.ratelimit import allowed
from accounts.sessions import services as sessions
from accounts.signup import services as signups
from backoffice.audit.events import Event
from backoffice.object_actions import ObjectAction


def _send_reset(request: HttpRequest, member: Member) -> bool:
    email, biller = member.email, member.biller
    if not allowed("reset", request=request, key=email, place=biller.slug):
        return False
    send_reset_link(request, biller=biller, email=email)
    return True


def _resend_signup(request: HttpRequest, signup: Signup) -> bool:
    if not allowed("resend", request=request, key=signup.email, place=signup.biller.slug):
        return False
    signups.send_link(request, signup)
    return True


def _end_sessions(request: HttpRequest, member: Member) -> bool:
    sessions.end_all(member.pk)
    return True


def _unlock(request: HttpRequest, member: Member) -> bool:
    lockout.unlock(member)
    return True


def _end_two_step(request: HttpRequest, member: Member) -> bool:
    mfa.turn_off(request, member)
    return True


SEND_RESET = ObjectAction[Member](
    slug="send-reset",
    permission="accounts.resend_mail",
    label=_("Send a mail for a new password"),
    consequence=_("Its link goes to the member's own address, and works once, for an hour."),
    event=Event.MAIL_SENT,
    applies_to=lambda member: member.is_active,
    perform=_send_reset,
)
END_SESSIONS = ObjectAction[Member](
    slug="sign-out-everywhere",
    permission="accounts.end_sessions",
    label=_("Sign out everywhere"),
    consequence=_("Every browser in which this member is signed in asks for the password again."),
    event=Event.SESSIONS_ENDED,
    applies_to=lambda member: True,
    perform=_end_sessions,
)
UNLOCK = ObjectAction[Member](
    slug="unlock",
    permission="accounts.unlock_sign_in",
    label=_("Let them try to sign in again"),
    consequence=_("Wrong passwords and codes so far are forgotten, and the pause after them ends."),
    event=Event.UNLOCKED,
    applies_to=lambda member: True,
    perform=_unlock,
)
END_TWO_STEP = ObjectAction[Member](
    slug="end-two-step",
    permission="accounts.end_two_step",
    label=_("Turn two-step verification off"),
    consequence=_(
        "For who has lost the phone and the recovery codes. Be sure that it is this person who "
        "asks: from now on the password alone signs in. A mail tells the member."
    ),
    event=None,
    applies_to=lambda member: hasattr(member, "second_factor"),
    perform=_end_two_step,
)
RESEND_SIGNUP = ObjectAction[Signup](
    slug="resend",
    permission="accounts.resend_mail",
    label=_("Send the mail again"),
    consequence=_("A new link goes to the address that was entered. The link before it ends."),
    event=Event.MAIL_SENT,
    applies_to=lambda signup: signup.is_open,
    perform=_resend_signup,
)
