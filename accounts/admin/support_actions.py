"""What support can do for a member who calls (see `backoffice.object_actions`)."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.credentials.links import send_reset_link
from accounts.durations import in_words_lazy
from accounts.linked_accounts import services as linked_accounts
from accounts.login import lockout
from accounts.mfa import services as mfa
from accounts.mfa.passkeys import by_staff as passkeys
from accounts.models import CredentialChange, LinkedAccount, Member, Signup
from accounts.ratelimit import allowed
from accounts.sessions import services as sessions
from accounts.signup import services as signups
from backoffice.audit.events import Event
from backoffice.object_actions import Facts, ObjectAction, Outdated


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
    mfa.turn_off(request, member, with_passkeys=True)
    return True


def _remove_passkeys(request: HttpRequest, member: Member) -> bool:
    try:
        passkeys.remove_all(request, member)
    except passkeys.NoneLeft:
        raise Outdated from None
    return True


def _has_passkeys(member: Member) -> bool:
    """Returns whether the member has passkeys; no query if the admin's list annotated it."""
    known = getattr(member, "has_passkeys", None)
    return member.passkeys.exists() if known is None else bool(known)


def _passkeys(member: Member) -> Facts:
    return [
        (passkey.name, date_format(timezone.localtime(passkey.added_at)))
        for passkey in member.passkeys.all()
    ]


def _unlink(request: HttpRequest, link: LinkedAccount) -> bool:
    linked_accounts.unlink(_itself(link))
    return True


def _same_customer(request: HttpRequest, link: LinkedAccount) -> bool:
    try:
        linked_accounts.accept_same_customer(link)
    except (linked_accounts.OtherCustomer, linked_accounts.NoLongerLinked):
        raise Outdated from None
    return True


def _names(link: LinkedAccount) -> Facts:
    return [(_("customer until then"), link.held_as), (_("customer now"), link.account.name)]


def _itself(link: LinkedAccount) -> LinkedAccount:
    """Returns the object of the class that the audit log watches, instead of its proxy."""
    return LinkedAccount.objects.select_related("account", "member").get(pk=link.pk)


SEND_RESET = ObjectAction[Member](
    slug="send-reset",
    permission="accounts.resend_mail",
    label=_("Send password reset email"),
    consequence=format_lazy(
        _("The email goes to the member. Its link works once, for {life}."),
        life=in_words_lazy(CredentialChange.LIFE),
    ),
    event=Event.MAIL_SENT,
    applies_to=lambda member: member.is_active,
    perform=_send_reset,
)
END_SESSIONS = ObjectAction[Member](
    slug="sign-out-everywhere",
    permission="accounts.end_sessions",
    label=_("Sign out everywhere"),
    consequence=_("The member will have to sign in again on every device."),
    event=Event.SESSIONS_ENDED,
    applies_to=lambda member: True,
    perform=_end_sessions,
)
UNLOCK = ObjectAction[Member](
    slug="unlock",
    permission="accounts.unlock_sign_in",
    label=_("Unlock sign-in"),
    consequence=_(
        "This clears failed password and code attempts, so the member can try again right away."
    ),
    event=Event.UNLOCKED,
    applies_to=lambda member: True,
    perform=_unlock,
)
END_TWO_STEP = ObjectAction[Member](
    slug="end-two-step",
    permission="accounts.end_two_step",
    label=_("Turn off two-step verification"),
    consequence=_(
        "Use this when a member has lost both their phone and their recovery codes. First make "
        "sure the request really comes from the member: from now on, they can sign in with just "
        "their password. Their passkeys are removed. We email the member about it."
    ),
    event=None,
    applies_to=lambda member: hasattr(member, "second_factor"),
    perform=_end_two_step,
)
REMOVE_PASSKEYS = ObjectAction[Member](
    slug="remove-passkeys",
    permission="accounts.remove_passkeys",
    label=_("Remove passkeys"),
    consequence=_(
        "Use this when a device was lost or stolen, or when the member doesn't know one of these "
        "passkeys. All of them are removed, and the member is signed out everywhere. Two-step "
        "verification stays on: without an app, only recovery codes are left for it. We email the "
        "member about it."
    ),
    event=Event.PASSKEYS_REMOVED,
    applies_to=_has_passkeys,
    perform=_remove_passkeys,
    facts=_passkeys,
)
UNLINK = ObjectAction[Any](
    slug="unlink",
    permission="accounts.unlink_account",
    label=_("Unlink"),
    consequence=_(
        "The member will no longer see this account, and can link it again only with proof. At "
        "Invoice Cloud, nothing changes: if it is registered for them there, ask Invoice Cloud to "
        "remove it. AutoPay and scheduled payments stay as they are."
    ),
    event=Event.UNLINKED,
    applies_to=lambda link: True,
    perform=_unlink,
    about=lambda link: link.account,
    asks_reason=True,
)
SAME_CUSTOMER = ObjectAction[Any](
    slug="same-customer",
    permission="accounts.decide_customer",
    label=_("Same customer"),
    consequence=_(
        "Only the name has changed, for example after a marriage: the member sees this account "
        "again without proof."
    ),
    event=Event.SAME_CUSTOMER,
    applies_to=lambda link: link.needs_proof_since is not None,
    perform=_same_customer,
    facts=_names,
    about=lambda link: link.account,
    asks_reason=True,
)
RESEND_SIGNUP = ObjectAction[Signup](
    slug="resend",
    permission="accounts.resend_mail",
    label=_("Resend sign-up email"),
    consequence=_(
        "A new link is sent to the email on this sign-up. The previous link stops working."
    ),
    event=Event.MAIL_SENT,
    applies_to=lambda signup: signup.is_open,
    perform=_resend_signup,
)
