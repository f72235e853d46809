"""Single sign-on for staff: to the biller's identity provider and back."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus

from django.contrib import admin, auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.login.redirects import next_page
from accounts.login.stages import BACKEND
from accounts.mfa.verification import BY_PROVIDER
from accounts.ratelimit import count_attempt
from accounts.sessions.middleware import SIGN_OUT, SIGNED_IN_BY
from accounts.staff import sign_on
from accounts.staff.sign_on import Cause, SignOn, SignOnFailed
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.absolute_urls import absolute_reverse
from icsso.billers.identity_provider import client
from icsso.billers.identity_provider.client import ProviderAway
from icsso.billers.identity_provider.models import IdentityProvider, provider_for

logger = logging.getLogger(__name__)
# What happened, and what to do.
WORDS: Mapping[Cause, tuple[str | Promise, str | Promise]] = {
    Cause.STALE: (
        _("This sign-in took too long, or was started in another window."),
        _("Please try again."),
    ),
    Cause.CANCELED: (
        _("You canceled, or your identity provider didn't let you in."),
        _("Please try again. If it happens again, ask the IT department of your utility."),
    ),
    Cause.AWAY: (
        _("Your identity provider isn't responding as expected."),
        _("Please try again in a few minutes. If it happens again, tell your administrator."),
    ),
    Cause.REFUSED: (
        _("What your identity provider sent can't be accepted."),
        _("Please try again. If it happens again, tell your administrator."),
    ),
    Cause.EMAIL: (
        _("Your identity provider didn't confirm an email address that this utility allows."),
        _(
            "Check that you used your work account, not a personal one. Otherwise, ask the IT "
            "department of your utility."
        ),
    ),
    Cause.UNKNOWN: (
        _("This account has no access here."),
        _(
            "Ask an administrator of your utility to invite you. If you have another way to sign "
            "in, use that."
        ),
    ),
    Cause.NO_ROLE: (
        _("Your identity provider gives you no role in this portal."),
        _("Ask the IT department of your utility for one: support, finance, or administrator."),
    ),
}


def _at_provider(
    view: Callable[[HttpRequest, IdentityProvider], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Gives the view the biller's identity provider; the page to sign in if there is none."""

    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        provider = provider_for(getattr(request, "biller", None))
        if provider is None:
            return redirect("admin:login")
        count_attempt("single_sign_on", request=request)
        try:
            return view(request, provider)
        except SignOnFailed as failure:
            return _failed(request, provider, failure)

    return guarded


@_at_provider
def begin(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    """A link leads here, not a form: browsers would apply the form's `form-action` to the redirect,
    and the provider's address would have to be allowed on the sign-in page."""
    address = sign_on.begin(
        request.session,
        provider,
        redirect_uri=_redirect_uri(request, provider),
        next_page=next_page(request, otherwise="admin:index"),
        asks_again="again" in request.GET,
    )
    return redirect(address)


@_at_provider
def finish(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    signed_on = sign_on.finish(request.session, provider, request.GET.dict())
    return _sign_in(request, provider, signed_on)


def _sign_in(request: HttpRequest, provider: IdentityProvider, signed_on: SignOn) -> HttpResponse:
    auth.login(request, signed_on.person, backend=BACKEND)
    request.session[SIGNED_IN_BY] = provider.issuer
    request.session[SIGN_OUT] = {
        "name": provider.name,
        "address": _place_to_sign_out(request, provider),
    }
    provider.note_tried()
    if signed_on.has_second_factor:
        request.session[BY_PROVIDER] = True
    # The next page asks for a code where one is needed.
    return redirect(signed_on.next_page)


def _place_to_sign_out(request: HttpRequest, provider: IdentityProvider) -> str:
    """Returns the provider's sign-out URL, or "". Asked for while the provider is known to answer,
    and not when somebody signs out."""
    back = absolute_reverse(request, provider.biller, "admin:login")
    try:
        return client.end_session_url(provider, back=back)
    except ProviderAway:
        return ""


def signed_out(request: HttpRequest, at: Mapping[str, str]) -> HttpResponse:
    """Says that the session at the provider goes on, which would let the next person at this
    computer sign in with one click, and how to end it. at: what this session knew about it.

    A link, for the same reason as in `begin`.
    """
    context = {**admin.site.each_context(request), "title": _("You're signed out here"), **at}
    return render(request, "admin/sign_on/signed_out.html", context)


def _failed(
    request: HttpRequest, provider: IdentityProvider, failure: SignOnFailed
) -> HttpResponse:
    logger.warning(
        "single sign-on failed, %s: %s",
        failure.cause,
        failure.detail,
        extra={"biller": provider.biller.slug},
    )
    if failure.cause not in {Cause.STALE, Cause.CANCELED}:
        reason = f"{failure.cause}: {failure.detail}"
        audit.note(provider, Event.SIGN_ON_FAILED, request=request, reason=reason)
    happened, what_to_do = WORDS[failure.cause]
    is_away = failure.cause is Cause.AWAY
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,
        "title": _("You're not signed in"),
        "happened": happened,
        "what_to_do": what_to_do,
        "provider": provider,
        # Otherwise the provider would use the same account again, without asking.
        "asks_again": failure.cause in {Cause.EMAIL, Cause.UNKNOWN, Cause.NO_ROLE, Cause.CANCELED},
    }
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.FORBIDDEN
    return render(request, "admin/sign_on/failed.html", context, status=status)


def _redirect_uri(request: HttpRequest, provider: IdentityProvider) -> str:
    return absolute_reverse(request, provider.biller, "admin:single_sign_on_callback")
