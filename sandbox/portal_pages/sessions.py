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
from sandbox.variants.services import current_wire
from sandbox.variants.wire import Rules

LIFETIME = timedelta(minutes=60)
COOKIE = "ASP.NET_SessionId"
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
        sessions = PageSession.objects.select_related("user__biller", "token")
        session = sessions.filter(key=key).first()
        if session is None or session.ended_at or session.created_at < timezone.now() - LIFETIME:
            return session_ended(request, session)
        if must_sign_in(request, session, current_wire().rules):
            return sign_in_page(request)
        return no_store(view(request, session, **captured))

    return guarded


def must_sign_in(request: HttpRequest, session: PageSession, rules: Rules) -> bool:
    """Says whether a variant ends the session: together with its token, or without its cookie."""
    if rules.cookie_in_frame and request.COOKIES.get(COOKIE) != session.key:
        return True
    return rules.token_seconds is not None and session.token.expired


def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Responds as Invoice Cloud probably does when it does not know the token: with its own page,
    where the customer would have to sign in."""
    return no_store(render(request, "sandbox/portal_pages/sign-in.html"))


def session_ended(request: HttpRequest, session: PageSession | None) -> HttpResponse:
    template, context = "sandbox/portal_pages/session-ended.html", {"session": session}
    return no_store(render(request, template, context, status=410))


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
