"""Sessions on the portal pages, found by the key in the URL because a frame gets no cookies."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sandbox import faults
from sandbox.models import PageSession
from sandbox.responses import no_store, see_other

LIFETIME = timedelta(minutes=60)
NOTICES = {
    "paperless": "Your paperless choice is saved.",
    "autopay-on": "AutoPay is on.",
    "autopay-off": "AutoPay is off.",
    "method-added": "The payment method is saved.",
    "method-removed": "The payment method is removed.",
    "scheduled": "The payment is scheduled.",
    "schedule-changed": "The scheduled payment is changed.",
    "schedule-canceled": "The scheduled payment is canceled.",
    "text-on": "Pay by Text is on.",
    "text-off": "Pay by Text is off.",
}
View = Callable[..., HttpResponse]


def session_required(view: View) -> View:
    """Passes the PageSession of the URL to the view, or responds that the session has ended."""

    @faults.page("portal_page")
    @wraps(view)
    def guarded(request: HttpRequest, key: str, **captured: Any) -> HttpResponse:
        session = PageSession.objects.select_related("user__biller").filter(key=key).first()
        if session is None or session.ended_at or session.created_at < timezone.now() - LIFETIME:
            return session_ended(request, session)
        return no_store(view(request, session, **captured))

    return guarded


def session_ended(
    request: HttpRequest, session: PageSession | None, *, status: int = 410
) -> HttpResponse:
    template, context = "sandbox/portal_pages/session-ended.html", {"session": session}
    return no_store(render(request, template, context, status=status))


def render_page(
    request: HttpRequest, session: PageSession, template: str, context: dict[str, Any]
) -> HttpResponse:
    shared = {
        "session": session,
        "biller": session.user.biller,
        "notice": NOTICES.get(request.GET.get("done", ""), ""),
        "css_url": session.css_url,
    }
    return render(request, f"sandbox/portal_pages/{template}.html", {**shared, **context})


def redirect_to(session: PageSession, page: str, *, done: str = "") -> HttpResponse:
    """Redirects to a page of this session. `done` is the key of the notice shown there."""
    query = f"?done={done}" if done else ""
    return see_other(f"{page_url(session, page)}{query}")


def page_url(session: PageSession, page: str) -> str:
    return f"/portal/(S({session.key}))/{page}"
