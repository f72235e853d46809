"""Before a page's own work: whose portal it is, and where to go afterwards."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def biller_required(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For pages of people who are not signed in: 404 at a host name of no biller, never cached."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "biller", None) is None:
            raise Http404
        return view(cast(R, request), *args, **kwargs)

    return guarded


def next_page(request: HttpRequest, *, otherwise: str = "home") -> str:
    """The page that was asked for, if it is one of ours; else the dashboard."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Without a slash it would be taken for the name of a page.
    return wanted if is_ours and "/" in wanted else resolve_url(otherwise)
