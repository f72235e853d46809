"""The staff page "Where is my payment?" The search term is personal data: it is posted, and the URL
of the results contains it encrypted, so that paging, reloading, and going back work."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from payments.checkout.received import received_in
from payments.search.forms import SearchForm
from payments.search.sealed_terms import opened, sealed
from payments.search.services import search

PERMISSION = "payments.view_payment"
ROWS = 25
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def where(request: Request) -> HttpResponse:
    form = SearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = sealed(form.cleaned_data["term"], request)
        return redirect(reverse("admin:payments_where", query={"asked": asked}))
    context: dict[str, Any] = {"form": form}
    if request.method == "GET" and "asked" in request.GET:
        context |= _results(request)
    title = _("Where is my payment?")
    return render_page(request, "admin/payments/search.html", title=title, **context)


def _results(request: Request) -> dict[str, Any]:
    term = opened(request.GET["asked"], request)
    if not term:
        return {"is_over": True}
    found = search(term, request.billers)
    page = Paginator(found.checkouts, ROWS).get_page(request.GET.get("page"))
    rows = [(checkout, checkout.status, received_in(checkout)) for checkout in page]
    form = SearchForm(initial={"term": term})
    return {"form": form, "term": term, "found": found, "page": page, "rows": rows}
