"""During Invoice Cloud maintenance, pages show a notice instead of calling it."""

from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from icsso.billers.announcements.models import maintenance_now
from icsso.billers.decorators import BillerRequest
from icsso.billing.not_available import PAYING, tell_of_page
from icsso.billing.sections import BillingPage

P = ParamSpec("P")
R = TypeVar("R", bound=BillerRequest)
ANYWAY = "anyway"


def says_when_closed(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    """For pages that need Invoice Cloud. The announced end is only a plan, so customers may try
    anyway, and submitted forms are always processed."""
    return says_when_closed_about(lambda request: ())(view)


def says_when_closed_about(
    accounts: Callable[[R], Collection[int]],
) -> Callable[
    [Callable[Concatenate[R, P], HttpResponse]], Callable[Concatenate[R, P], HttpResponse]
]:
    """Like `says_when_closed`, for a page whose URL determines the accounts, whoever opens it.

    accounts: returns their primary keys.
    """
    return partial(_guarded, accounts)


def _guarded(
    accounts: Callable[[R], Collection[int]],
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_looking = request.method in {"GET", "HEAD"} and ANYWAY not in request.GET
        window = maintenance_now(request.biller.pk) if is_looking else None
        if window is None:
            return view(request, *args, **kwargs)
        if _is_for_paying(kwargs.get("page")):
            about = accounts(request)
            tell_of_page("maintenance", request, biller=request.biller.pk, accounts=about)
        # 200: the portal itself works (see `views.billing_page`).
        context = {"window": window, "anyway": _anyway(request)}
        return render(request, "icsso/closed.html", context)

    return guarded


def _is_for_paying(page: object) -> bool:
    """Whether customers pay on this page: one of the billing pages, or one of our own."""
    return not isinstance(page, BillingPage) or page.section in PAYING


def _anyway(request: HttpRequest) -> str:
    query = request.GET.copy()
    query[ANYWAY] = "1"
    return f"{request.path_info}?{query.urlencode()}"
