"""The page "Where is my payment?". A search is personal: it is posted, and the address of the
results holds it only encrypted, so that paging, reloading and going back work."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.scope import billers_of
from icsso.billers.encryption import Unreadable, decrypt, encrypt
from payments.review.views import ROWS, page_of
from payments.search.forms import SearchForm
from payments.search.services import search

LIFE = 60 * 60  # seconds during which the address of the results works
SALT = "payments.search"
may_see = permission_required("payments.view_payment", raise_exception=True)


@may_see
def where(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = _sealed(form.cleaned_data["term"], request)
        return redirect(reverse("admin:payments_where", query={"asked": asked}))
    context = page_of(request, _("Where is my payment?"), form=form)
    if request.method == "GET" and "asked" in request.GET:
        context |= _answer(request)
    return render(request, "admin/payments/search.html", context)


def _answer(request: HttpRequest) -> dict[str, Any]:
    term = _opened(request.GET["asked"], request)
    if not term:
        return {"is_over": True}
    found = search(term, billers_of(request))
    page = Paginator(found.checkouts, ROWS).get_page(request.GET.get("page"))
    rows = [(checkout, checkout.status) for checkout in page]
    form = SearchForm(initial={"term": term})
    return {"form": form, "term": term, "found": found, "page": page, "rows": rows}


def _sealed(term: str, request: HttpRequest) -> str:
    return encrypt(signing.dumps([request.user.pk, term], salt=SALT))


def _opened(sealed: str, request: HttpRequest) -> str:
    """Returns the search term, to the staff user who entered it, for an hour; else ""."""
    try:
        asker, term = signing.loads(decrypt(sealed), salt=SALT, max_age=LIFE)
    except (Unreadable, signing.BadSignature):
        return ""
    return str(term) if asker == request.user.pk else ""
