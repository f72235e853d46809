"""Cloud SSO Connect: a posted token opens a session on the portal pages; signing out ends it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sandbox import faults
from sandbox.models import PageSession
from sandbox.responses import no_store, see_other

from .forms import PAGES, ConnectForm
from .sessions import page_url, session_ended, session_required


@faults.page("cloudssoconnect")
def connect(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" or has_token_in_url(request):
        return refused(request, "The token must be posted in a form, not sent in the URL.", 405)
    form = ConnectForm(request.POST.dict())
    if not form.is_valid():
        errors = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in form.errors.items())
        return refused(request, f"The request is not valid. {errors}", 400)
    token = form.find_token()
    if token is None:
        return session_ended(request, None, status=200)
    session = form.open_session(token)
    return no_store(see_other(page_url(session, PAGES[session.redirect_id])))


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
