"""Decorators that limit who may see a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache

from icsso.billers.models import Biller

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
S = TypeVar("S", bound=HttpResponseBase)


class BillerRequest(HttpRequest):
    """The request of a page whose biller is known."""

    biller: Biller


def member_required(
    view: Callable[Concatenate[R, P], S],
) -> Callable[Concatenate[HttpRequest, P], S | HttpResponse]:
    """Allows only members of `request.biller`, never staff, and keeps the page out of all caches.

    Others are sent to the sign-in page, and then back. A host name without a biller gets 404. Sets
    `request.member`, which only a higher package can type: `accounts.requests`.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> S | HttpResponse:
        if getattr(request, "biller", None) is None:
            raise Http404
        if not is_member(request):
            return _to_sign_in(request)
        request.member = request.user  # type: ignore[attr-defined]
        return view(cast(R, request), *args, **kwargs)

    guarded.is_for_members = True  # type: ignore[attr-defined]
    return guarded


def is_member(request: HttpRequest) -> bool:
    """Whether the signed-in user is a member of this host name's biller."""
    user, biller = request.user, cast(BillerRequest, request).biller
    return (
        user.is_authenticated
        and not user.is_staff
        and biller is not None
        and user.biller_id == biller.pk
    )


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    # A form is kept before it comes here (`accounts.sessions.typed`); the URL may not accept GET.
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("home")
    return redirect_to_login(back)


def biller_required(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For pages without sign-in: 404 at a host name without a biller, never cached."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "biller", None) is None:
            raise Http404
        return view(cast(R, request), *args, **kwargs)

    return guarded
