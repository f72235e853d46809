"""The search box at the top of every staff page."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from payments.search.sealed_terms import opened, sealed
from support.search.services import search

PERMISSION = "accounts.view_utilityaccount"
Request = StaffRequest[StaffUser]


class SearchForm(forms.Form):
    term = forms.CharField(
        label=gettext_lazy("Search for"),
        help_text=gettext_lazy(
            "Account number in any spelling, email, beginning of a name or a service address, "
            "biller reference, PaymentGUID, or invoice number"
        ),
        max_length=150,
        widget=forms.TextInput({"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


@staff_page(PERMISSION)
def search_page(request: Request) -> HttpResponse:
    """Opens the page if exactly one is found. Otherwise shows the results in groups, each only for
    staff who may see it."""
    form = SearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        term = form.cleaned_data["term"]
        page = search(term, request.billers, request.user.has_perm).only_page()
        results = reverse("admin:search", query={"asked": sealed(term, request)})
        return redirect(page or results)
    term = opened(request.GET.get("asked", ""), request) if "asked" in request.GET else ""
    found = search(term, request.billers, request.user.has_perm) if term else None
    return render_page(
        request,
        "admin/support/search.html",
        title=_("Search"),
        form=SearchForm(initial={"term": term}) if term else form,
        term=term,
        found=found,
        is_over="asked" in request.GET and not term,
        has_results=found is not None and any(found.lists()),
    )
