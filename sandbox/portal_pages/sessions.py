"""A visit to the framed pages, found by the key in the address: a frame gets no cookies."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sandbox import faults
from sandbox.models import Customer, Invoice, PageSession
from sandbox.responses import see_other, unstored

LIFETIME = timedelta(minutes=60)
PER_PAGE = 50
FEW = 5  # accounts that are found without a search
NAMES = {
    1: "bills",
    2: "paperless",
    3: "autopay",
    5: "payment-options",
    9: "scheduled-payments",
    11: "pay-by-text",
}
NOTICES = {
    "paperless": "Your paperless choice is saved.",
    "autopay-on": "AutoPay is on.",
    "autopay-off": "AutoPay is off.",
    "method-added": "The payment method is saved.",
    "method-removed": "The payment method is removed.",
    "scheduled": "The payment is scheduled.",
    "schedule-changed": "The scheduled payment is changed.",
    "schedule-cancelled": "The scheduled payment is cancelled.",
    "code-sent": "We sent a code to this phone. This imitation sends none: the code is 1234.",
    "text-on": "Pay by Text is on.",
    "text-off": "Pay by Text is stopped.",
}
VisitView = Callable[..., HttpResponse]


def visitor(view: VisitView) -> VisitView:
    """Gives the view its PageSession, or answers that the visit is over."""

    @faults.page("portal_page")
    @wraps(view)
    def guarded(request: HttpRequest, key: str, **captured: Any) -> HttpResponse:
        visit = PageSession.objects.select_related("user__biller").filter(key=key).first()
        if visit is None or visit.ended_at or visit.created_at < timezone.now() - LIFETIME:
            return over(request, visit)
        return unstored(view(request, visit, **captured))

    return guarded


def over(request: HttpRequest, visit: PageSession | None, *, status: int = 410) -> HttpResponse:
    return unstored(
        render(request, "sandbox/portal_pages/session-ended.html", {"visit": visit}, status=status)
    )


def show(
    request: HttpRequest, visit: PageSession, template: str, context: dict[str, Any]
) -> HttpResponse:
    notice = NOTICES.get(request.GET.get("done", ""), "")
    frame = {
        "visit": visit,
        "biller": visit.user.biller,
        "notice": notice,
        "css_url": visit.css_url,
    }
    return render(request, f"sandbox/portal_pages/{template}.html", {**frame, **context})


def go(visit: PageSession, name: str, *, done: str = "", query: str = "") -> HttpResponse:
    """To a page of this visit, which then says what was done."""
    query = "&".join(filter(None, [query, f"done={done}" if done else ""]))
    return see_other(f"{address(visit, name)}{'?' if query else ''}{query}")


def address(visit: PageSession, name: str) -> str:
    return f"/portal/(S({visit.key}))/{name}"


def accounts(visit: PageSession, *, search: str = "") -> QuerySet[Customer]:
    """The accounts of this user whose number, name or address has the words searched."""
    found = visit.user.customers().select_related("biller", "autopay_method")
    found = found.prefetch_related(Prefetch("invoices", Invoice.objects.order_by("due_date")))
    for word in search.split()[:5]:
        found = found.filter(
            Q(account_number__icontains=word)
            | Q(name__icontains=word)
            | Q(address1__icontains=word)
            | Q(address2__icontains=word)
        )
    return found


def listed(request: HttpRequest, visit: PageSession) -> dict[str, Any]:
    """One page of the accounts, and what the search form above them shows."""
    search = request.GET.get("q", "")
    pages = Paginator(accounts(visit, search=search), PER_PAGE)
    return {
        "accounts": pages.get_page(request.GET.get("page")),
        "search": search,
        "searchable": search or pages.count > FEW,
    }
