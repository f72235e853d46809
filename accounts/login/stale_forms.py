"""Sign-in forms that were opened before someone signed in, in another tab of the same browser.

Signing in changes the CSRF token, so such a form can't be accepted. Instead, its page is opened
again as if by a link: it redirects anyone who is signed in, and shows the form to everybody else.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect
from django.urls import ResolverMatch
from django.utils.translation import gettext as _

from accounts.sessions import typed

View = TypeVar("View", bound=Callable[..., HttpResponse])


def reopens(view: View) -> View:
    """For a page whose form asks for a password or a code, and whose GET changes nothing. The
    outermost decorator."""
    view.reopens = True  # type: ignore[attr-defined]
    return view


def reopened(request: HttpRequest, reason: str) -> HttpResponse | None:
    """Returns the page of a form with an old token; None for a form without one or from another
    origin, and for any page that is not marked. The submitted form has no effect."""
    match = request.resolver_match
    if match is None or not _is_stale(request, reason):
        return None
    if kept := _with_what_was_typed(request, match):
        return kept
    if not getattr(match.func, "reopens", False):
        return None
    request.typed_name = request.POST.get("username", "")  # type: ignore[attr-defined]
    return _again(request, match, {})


def _with_what_was_typed(request: HttpRequest, match: ResolverMatch) -> HttpResponse | None:
    """For a form that names its owner (`accounts.sessions.typed`): the owner gets it back filled
    in, after signing in if necessary."""
    seal = typed.seal_of(request)
    keeps = seal is not None and (seal.names or getattr(match.func, "keeps", None) is not None)
    if seal is None or not keeps:
        return None
    signed_in = typed.owner(request)
    if seal.path != request.path_info:  # a form of the back office that is sent to another address
        return _on_its_page(request, seal, signed_in)
    if seal.member and not signed_in:
        return typed.to_sign_in(request)
    if seal.member != signed_in:
        return None
    return _again(request, match, typed.typed_fields(request, seal))


def _on_its_page(request: HttpRequest, seal: typed.Seal, signed_in: int) -> HttpResponse | None:
    if not (seal.names and seal.member):
        return None
    if not signed_in:
        return typed.to_sign_in(request)
    if seal.member == signed_in and typed.keep(request, seal):
        return redirect(seal.path)
    return None


def _again(
    request: HttpRequest, match: ResolverMatch, fields: Mapping[str, list[str]]
) -> HttpResponse:
    response = _page(request, match, fields)
    if response.status_code != 200:  # redirected
        return response
    words = _(
        "We couldn't use what you sent because this page was open for a long time, or because your "
        "browser doesn't allow cookies. Please try again."
    )
    messages.warning(request, words)
    return _page(request, match, fields)


def _page(
    request: HttpRequest, match: ResolverMatch, fields: Mapping[str, list[str]]
) -> HttpResponse:
    """Returns the page as a link opens it."""
    method = request.method
    typed.as_if_opened(request, fields)
    try:
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    finally:
        request.method = method  # for the log
    return response


def typed_name(request: HttpRequest | None) -> str:
    """Returns what was entered as the name in a form that is shown again."""
    return str(getattr(request, "typed_name", ""))


def _is_stale(request: HttpRequest, reason: str) -> bool:
    """Whether a token was sent that was once this browser's, or may have been."""
    is_old = reason == REASON_NO_CSRF_COOKIE or reason.startswith("CSRF token from POST ")
    return is_old and bool(request.POST.get("csrfmiddlewaretoken"))
