"""During Invoice Cloud maintenance, pages say so, and until when, instead of calling it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from icsso.billers.announcements.models import maintenance_now
from icsso.billers.decorators import BillerRequest

P = ParamSpec("P")
R = TypeVar("R", bound=BillerRequest)
ANYWAY = "anyway"


def says_when_closed(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    """For pages that need Invoice Cloud. The announced end is only a plan, so customers may try
    anyway, and submitted forms are always processed."""

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_looking = request.method in {"GET", "HEAD"} and ANYWAY not in request.GET
        window = maintenance_now(request.biller.pk) if is_looking else None
        if window is None:
            return view(request, *args, **kwargs)
        # 200: the portal itself works (see `views.billing_page`).
        context = {"window": window, "anyway": _anyway(request)}
        return render(request, "icsso/closed.html", context)

    return guarded


def _anyway(request: HttpRequest) -> str:
    query = request.GET.copy()
    query[ANYWAY] = "1"
    return f"{request.path}?{query.urlencode()}"
