"""The links in the emails that say a second step or a passkey was added."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.mfa import services as two_step
from accounts.mfa.passkeys import services as passkeys
from accounts.ratelimit import seconds_to_wait, too_many_requests
from icsso.billers.decorators import BillerRequest, biller_required

Undoable = TypeVar("Undoable")


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def undo_two_step(request: BillerRequest, secret: str) -> HttpResponse:
    if response := _refused(request, secret):
        return response
    factor = two_step.undoable(secret, biller=request.biller)
    return _undo(request, factor, by=two_step.undo, page="accounts/two_step_undo")


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def undo_passkey(request: BillerRequest, secret: str) -> HttpResponse:
    if response := _refused(request, secret):
        return response
    passkey = passkeys.undoable(secret, biller=request.biller)
    return _undo(request, passkey, by=passkeys.undo, page="accounts/passkey_undo")


def _refused(request: BillerRequest, secret: str) -> HttpResponse | None:
    if request.method != "POST":
        return None
    seconds = seconds_to_wait("secret", request=request, key=secret)
    return too_many_requests(request, seconds=seconds) if seconds else None


def _undo(
    request: BillerRequest,
    what: Undoable | None,
    *,
    by: Callable[[HttpRequest, Undoable], str],
    page: str,
) -> HttpResponse:
    """Leads to a new password, since whoever added it knew the old one."""
    if what is None:
        return render(request, f"{page}_ended.html", status=410)
    if request.method != "POST":
        return render(request, f"{page}.html")
    auth.logout(request)  # whoever is signed in: all sessions of the member end
    return redirect("accounts:password_reset_confirm", by(request, what))
