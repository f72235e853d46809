"""The links in the emails about an added second step or passkey."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.mfa import services as two_step
from accounts.mfa.passkeys import services as passkeys
from accounts.ratelimit import count_attempt
from icsso.billers.decorators import BillerRequest, biller_required

Undoable = TypeVar("Undoable")


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def undo_two_step(request: BillerRequest, secret: str) -> HttpResponse:
    page = "accounts/two_step_undo"
    return _undo(request, secret, find=two_step.undoable, by=two_step.undo, page=page)


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def undo_passkey(request: BillerRequest, secret: str) -> HttpResponse:
    page = "accounts/passkey_undo"
    return _undo(request, secret, find=passkeys.undoable, by=passkeys.undo, page=page)


def _undo(
    request: BillerRequest,
    secret: str,
    *,
    find: Callable[..., Undoable | None],
    by: Callable[[HttpRequest, Undoable], str],
    page: str,
) -> HttpResponse:
    """Leads to a new password, since whoever added it knew the old one."""
    is_sent = request.method == "POST"
    if is_sent:
        count_attempt("secret", request=request, key=secret)
    what = find(secret, biller=request.biller)
    if what is None:
        return render(request, f"{page}_ended.html", status=410)
    if not is_sent:
        return render(request, f"{page}.html")
    auth.logout(request)  # whoever is signed in: all sessions of the member end
    return redirect("accounts:password_reset_confirm", by(request, what))
