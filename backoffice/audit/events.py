"""Audit log entries for what changes no record: sign-ins, codes, object actions."""

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
    WRONG_PASSWORD = "wrong-password", _("did not sign in: wrong password")
    PASSED = "passed", _("gave the right code")
    RECOVERED = "recovered", _("used a recovery code")
    WRONG_CODE = "wrong-code", _("gave a wrong code")
    NEW_CODES = "new-codes", _("made new recovery codes")
    UNDONE = "undone", _("turned two-step verification off by the link of the mail")
    MAIL_SENT = "mail-sent", _("sent a mail again")
    SESSIONS_ENDED = "sessions-ended", _("signed the member out everywhere")
    UNLOCKED = "unlocked", _("let the member try again")
    SEEN = "seen", _("looked at what the member sees")


def note(about: models.Model, event: Event, *, request: HttpRequest) -> None:
    """Writes one entry, by whoever is signed in."""
    user = getattr(request, "user", None)
    actor = user if user is not None and user.is_authenticated else None
    marked = about.get_additional_data() if isinstance(about, Audited) else {}
    LogEntry.objects.log_create(
        about,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        actor=actor,
        actor_email=actor.email if actor else None,
        additional_data={**marked, "event": event, "from": _origin(request)},
    )


def _origin(request: HttpRequest) -> str:
    """Returns the browser, the system and the network address, shortened to about a town."""
    user_agent = request.headers.get("User-Agent", "")
    network = shortened(client_address(request))
    return " · ".join(filter(None, (browser_of(user_agent), system_of(user_agent), network)))
