"""When a member may have paid, or turned something on or off, on a billing page. Invoice Cloud does
not report that, so what the portal knew before may be wrong."""

from datetime import datetime, timedelta
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

# Sent when a billing page is opened, and when the member comes back. member: the member. at: the
# time.
visited = Signal()
OPENED = "billing_page_opened_at"
# How long the page may still be open in another window.
OPEN_FOR = timedelta(minutes=15)
NOTED_EVERY = timedelta(minutes=1)


def note(request: HttpRequest) -> None:
    """Call when a billing page is opened."""
    now, opened = timezone.now(), request.session.get(OPENED)
    # The session is not saved again for each of several pages that are opened in turn.
    if opened is None or now - datetime.fromisoformat(opened) > NOTED_EVERY:
        request.session[OPENED] = now.isoformat()
    _tell(request.user, now)


def come_back(request: HttpRequest) -> None:
    """Call this at the start of pages that show something that a visit may have changed."""
    opened = request.session.get(OPENED)
    if opened is None:
        return
    now = timezone.now()
    if now - datetime.fromisoformat(opened) > OPEN_FOR:
        del request.session[OPENED]
    _tell(request.user, now)


def _tell(member: Any, at: datetime) -> None:
    visited.send(sender=None, member=member, at=at)
