"""The accounts of the signed-in user, searched and paginated."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest

from sandbox.models import Customer, Invoice, PageSession

ACCOUNTS_PER_PAGE = 50
SEARCH_FORM_ABOVE = 5  # accounts


def user_accounts(session: PageSession, *, search: str = "") -> QuerySet[Customer]:
    """Returns the user's accounts whose number, name, or address contains every search word."""
    customers = session.user.customers().select_related("biller", "autopay_method")
    customers = customers.prefetch_related(
        Prefetch("invoices", Invoice.objects.order_by("due_date"))
    )
    for word in search.split()[:5]:
        customers = customers.filter(
            Q(account_number__icontains=word)
            | Q(name__icontains=word)
            | Q(address1__icontains=word)
            | Q(address2__icontains=word)
        )
    return customers


def account_list(request: HttpRequest, session: PageSession) -> dict[str, Any]:
    """Returns the template context of one page of accounts and the search form above it."""
    search = request.GET.get("q", "")
    pages = Paginator(user_accounts(session, search=search), ACCOUNTS_PER_PAGE)
    return {
        "accounts": pages.get_page(request.GET.get("page")),
        "search": search,
        "searchable": search or pages.count > SEARCH_FORM_ABOVE,
    }
