"""Audit log entries for events that change no record: sign-ins, codes, object actions."""

from collections.abc import Mapping
from typing import Any

from auditlog.models import LogEntry
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.registry import Audited
from backoffice.client_address import client_address
from backoffice.devices import browser_of, shortened, system_of


class Event(models.TextChoices):
    SIGNED_IN = "signed-in", _("signed in")
    SIGNED_OUT = "signed-out", _("signed out")
    WRONG_PASSWORD = "wrong-password", _("sign-in failed: wrong password")
    PASSED = "passed", _("entered the correct code")
    RECOVERED = "recovered", _("used a recovery code")
    WRONG_CODE = "wrong-code", _("entered a wrong code")
    NEW_CODES = "new-codes", _("created new recovery codes")
    UNDONE = "undone", _("turned off two-step verification with the emailed link")
    PASSKEY_USED = "passkey-used", _("signed in with a passkey")
    PASSKEY_REFUSED = "passkey-refused", _("used a passkey that was refused")
    PASSKEY_COPIED = "passkey-copied", _("used a passkey that may have been copied: refused")
    PASSKEYS_UNDONE = "passkeys-undone", _("removed all passkeys with the emailed link")
    PASSKEYS_REMOVED = "passkeys-removed", _("removed all passkeys for the member")
    MAIL_SENT = "mail-sent", _("sent an email")
    SESSIONS_ENDED = "sessions-ended", _("signed the member out everywhere")
    LEFT_EVERYWHERE = "left-everywhere", _("signed out everywhere")
    LEFT_DEVICE = "left-device", _("signed out on one device")
    UNLOCKED = "unlocked", _("unlocked the member's sign-in")
    EXISTING_LOGIN = "existing-login", _("signed up with an existing Invoice Cloud login")
    UNLINKED = "unlinked", _("unlinked an account")
    SAME_CUSTOMER = "same-customer", _("decided that it is the same customer")
    CHECKED = "checked", _("checked an unconfirmed payment")
    SIGN_ON_FAILED = "sign-on-failed", _("single sign-on failed")
    SEEN = "seen", _("viewed as member")
    DOWNLOADED = "downloaded", _("downloaded a payment file")
    DELIVERED_AGAIN = "delivered-again", _("had a payment file delivered again")
    SENT_AGAIN = "sent-again", _("sent webhooks again")
    SETTLED_BY_HAND = "settled-by-hand", _("settled a webhook without sending it")
    LINKS_ENDED = "links-ended", _("ended all pay links and QR codes")
    TEST_SENT = "test-sent", _("sent a test event")
    SECRET_REPLACED = "secret-replaced", _("replaced the webhook secret")
    API_USED = "api-used", _("used the API (first time that day)")
    EXPORTED = "exported", _("exported what is held about the member")
    HOLD_ENDED = "hold-ended", _("ended a legal hold")
    ERASED = "erased", _("erased the member")
    CLOSED = "closed", _("closed their online account")
    HELPER_INVITED = "helper-invited", _("invited a helper")
    HELPER_ACCEPTED = "helper-accepted", _("accepted to help")
    HELPER_CHANGED = "helper-changed", _("changed what a helper may do")
    HELPER_ENDED = "helper-ended", _("ended a helper's access")
    HELPER_SEEN = "helper-seen", _("viewed accounts as a helper (first time that day)")
    HELPER_PAYING = "helper-paying", _("opened a payment page as a helper")


# The portal's words, instead of the library's, for entries about changed records.
ACTIONS = {
    LogEntry.Action.CREATE: pgettext_lazy("action", "added"),
    LogEntry.Action.UPDATE: pgettext_lazy("action", "changed"),
    LogEntry.Action.DELETE: pgettext_lazy("action", "deleted"),
    LogEntry.Action.ACCESS: pgettext_lazy("action", "viewed"),
}
EVENTS = dict(Event.choices)


def what_happened(event: object, action: int) -> str:
    """event: what the entry names, if anything. action: of the entry, as stored."""
    if isinstance(event, str) and event in EVENTS:
        return str(EVENTS[event])
    return str(ACTIONS.get(action, action))


def note(
    about: models.Model,
    event: Event,
    *,
    request: HttpRequest | None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
) -> None:
    """Writes one entry for the user who is signed in. reason: what they entered, if asked.
    request: None for what the portal does by itself. before: what the event has changed, as it
    was, if the record gives such details (`details` of its additional data)."""
    user = getattr(request, "user", None)
    actor = user if user is not None and user.is_authenticated else None
    marked = about.get_additional_data() if isinstance(about, Audited) else {}
    reasons = {"reason": reason} if reason else {}
    changed = {"before": dict(before)} if before else {}
    origin = {"from": _origin(request)} if request else {}
    LogEntry.objects.log_create(
        about,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        actor=actor,
        actor_email=actor.email if actor else None,
        additional_data={**marked, **reasons, **changed, "event": event, **origin},
    )


def _origin(request: HttpRequest) -> str:
    """Returns the browser, the system, and the network address, shortened to roughly a city."""
    user_agent = request.headers.get("User-Agent", "")
    network = shortened(client_address(request))
    return " · ".join(filter(None, (browser_of(user_agent), system_of(user_agent), network)))
