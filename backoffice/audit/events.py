"""Audit log entries for events that change no record: sign-ins, codes, object actions."""

from auditlog.models import LogEntry
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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
    MAIL_SENT = "mail-sent", _("sent an email")
    SESSIONS_ENDED = "sessions-ended", _("signed the member out everywhere")
    UNLOCKED = "unlocked", _("unlocked the member's sign-in")
    EXISTING_LOGIN = "existing-login", _("signed up with an existing Invoice Cloud login")
    UNLINKED = "unlinked", _("unlinked an account")
    SAME_CUSTOMER = "same-customer", _("decided that it is the same customer")
    SEEN = "seen", _("viewed as member")


def note(about: models.Model, event: Event, *, request: HttpRequest, reason: str = "") -> None:
    """Writes one entry for the user who is signed in. reason: what they entered, if asked."""
    user = getattr(request, "user", None)
    actor = user if user is not None and user.is_authenticated else None
    marked = about.get_additional_data() if isinstance(about, Audited) else {}
    reasons = {"reason": reason} if reason else {}
    LogEntry.objects.log_create(
        about,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        actor=actor,
        actor_email=actor.email if actor else None,
        additional_data={**marked, **reasons, "event": event, "from": _origin(request)},
    )


def _origin(request: HttpRequest) -> str:
    """Returns the browser, the system, and the network address, shortened to roughly a city."""
    user_agent = request.headers.get("User-Agent", "")
    network = shortened(client_address(request))
    return " · ".join(filter(None, (browser_of(user_agent), system_of(user_agent), network)))
