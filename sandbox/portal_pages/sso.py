"""Cloud SSO Connect: a posted token opens a session on the portal pages; signing out ends it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sandbox import faults
from sandbox.models import PageSession
from sandbox.responses import no_store, see_other
from sandbox.variants.wire import SsoWire, Wire

from .forms import PAGES, ConnectForm
from .sessions import COOKIE, page_url, session_ended, session_required, sign_in_page


@faults.page("cloudssoconnect")
def connect(request: HttpRequest, wire: Wire) -> HttpResponse:
    reason = reason_to_refuse(request, wire.sso)
    if reason:
        return refused(request, reason, 405)
    sent = request.GET if wire.sso.method == "GET" else request.POST
    form = ConnectForm(sent.dict(), wire.sso.sent)
    if not form.is_valid():
        errors = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in form.errors.items())
        return refused(request, f"The request is not valid. {errors}", 400)
    token = form.find_token()
    if token is None:
        return sign_in_page(request)
    session = form.open_session(token)
    response = no_store(see_other(page_url(session, PAGES[session.redirect_id])))
    if wire.rules.cookie_in_frame:
        response.set_cookie(COOKIE, session.key, samesite="None", secure=True, httponly=True)
    return response


def reason_to_refuse(request: HttpRequest, sso: SsoWire) -> str:
    if sso.method == "GET":
        return "" if request.method == "GET" else "This address takes GET only."
    if request.method != "POST" or has_token_in_url(request):
        return "The token must be posted in a form, not sent in the URL."
    return ""


def has_token_in_url(request: HttpRequest) -> bool:
    return any(name.lower() == "remoteauthenticationtoken" for name in request.GET)


def refused(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    template, context = "sandbox/portal_pages/refused.html", {"reason": reason}
    return no_store(render(request, template, context, status=status))


@session_required
@require_POST
def sign_out(request: HttpRequest, session: PageSession) -> HttpResponse:
    PageSession.objects.filter(pk=session.pk).update(ended_at=timezone.now())
    return see_other(session.return_url) if session.return_url else session_ended(request, session)
