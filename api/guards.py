"""The way into the API: HTTPS, a token of this host's biller, its scope, and limits."""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt

from accounts import ratelimit
from accounts.tokens import digest
from api.models import ApiToken, Scope
from api.problems import Problem
from backoffice.audit.events import Event, note
from icsso.billers.decorators import BillerRequest

logger = logging.getLogger(__name__)

LONGEST = 200  # characters of a token
View = Callable[[BillerRequest, ApiToken], HttpResponse]


def api_view(method: str, scope: Scope) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Decorates a view for one method. No cookie is read or set, so no forged form gets in."""

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: BillerRequest) -> HttpResponse:
            with translation.override("en"):  # for programs, and for the people who write them
                try:
                    response = _answer(request)
                except Problem as problem:
                    response = problem.response()
            add_never_cache_headers(response)
            return response

        def _answer(request: BillerRequest) -> HttpResponse:
            _demand_https(request)
            allowed = {method, "HEAD"} if method == "GET" else {method}
            if request.method not in allowed:
                return HttpResponseNotAllowed([*sorted(allowed)])
            token = _token(request)
            _demand_scope(token, scope)
            _count(request, token)
            if token.used():
                note(token, Event.API_USED, request=request)
            return view(request, token)

        return guarded  # type: ignore[return-value]  # the middleware sets the biller

    return decorate


def _demand_https(request: HttpRequest) -> None:
    """Refuses plain HTTP: after a redirect, the program would keep sending its token in the
    clear."""
    if getattr(settings, "SECURE_SSL_REDIRECT", False) and not request.is_secure():
        raise Problem(
            403,
            "https-required",
            "Call this address with https. Replace the token: it was sent without encryption.",
        )


def _token(request: BillerRequest) -> ApiToken:
    """Raises Problem unless the request has a valid token of its host's biller."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    sent = sent.strip()
    if kind.lower() != "bearer" or not sent:
        raise _unauthorized(
            request, "missing-token", "Send the header Authorization: Bearer TOKEN."
        )
    known = ApiToken.objects.select_related("biller").filter(
        biller=request.biller, digest=digest(sent[:LONGEST])
    )
    token = known.first()
    if token is None:
        said = "No token of this biller has this value. Check the token and the host name."
        raise _unauthorized(request, "unknown-token", said)
    if not token.is_valid:
        word = "revoked" if token.revoked_at else "expired"
        said = f"This token was {word}. " if token.revoked_at else "This token has expired. "
        raise _unauthorized(request, f"{word}-token", said + "Have a new one made in the admin.")
    return token


def _unauthorized(request: BillerRequest, code: str, detail: str) -> Problem:
    if seconds := ratelimit.seconds_to_wait("api_denied", request=request):
        return _too_many(seconds)
    fault = "" if code == "missing-token" else ', error="invalid_token"'
    return Problem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="portal"{fault}'})


def _demand_scope(token: ApiToken, scope: Scope) -> None:
    if not token.allows(scope):
        asked = f'Bearer realm="portal", error="insufficient_scope", scope="{scope.value}"'
        said = f"The token does not have the scope {scope.value}. Have one made that has it."
        raise Problem(403, "wrong-scope", said, headers={"WWW-Authenticate": asked})


def _count(request: BillerRequest, token: ApiToken) -> None:
    if seconds := ratelimit.seconds_to_wait("api", request=request, key=str(token.pk)):
        raise _too_many(seconds)


def _too_many(seconds: int) -> Problem:
    said = f"Too many requests. Wait {seconds} seconds, and send several accounts in one request."
    return Problem(429, "too-many-requests", said, headers={"Retry-After": str(seconds)})
