"""Who may see a checkout: for a guest's, anyone with its address; for a member's, the member."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from accounts.tokens import digest
from icsso.billers.decorators import BillerRequest, is_member
from payments.models import Checkout

CheckoutView = Callable[[BillerRequest, Checkout], HttpResponse]


def guest_visitor(request: HttpRequest) -> str:
    """Returns what identifies a guest's browser without a session, so that asking twice is noticed.

    The form is submitted with the CSRF cookie of its page, so both requests of a double click
    carry the same one.
    """
    get_token(request)  # creates the secret where there is none
    return digest(request.META["CSRF_COOKIE"])


def own_checkout(view: CheckoutView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Passes the checkout of the address to the view if the visitor may see it, and keeps the page
    out of caches and search engines: only its address protects a guest's receipt.

    None of these pages may send `Referrer-Policy: no-referrer`: browsers would then send no origin
    with a form, and signing out would be refused. No other site learns the address anyway.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, address: str) -> HttpResponse:
        biller_request = cast(BillerRequest, request)
        checkouts = Checkout.objects.select_related("biller", "account", "payment")
        checkout = get_object_or_404(checkouts, biller=biller_request.biller, address=address)
        if not checkout.is_guest and not is_member(request):
            return redirect_to_login(request.get_full_path())
        if not checkout.is_guest and checkout.member_id != request.user.pk:
            raise Http404
        response = view(biller_request, checkout)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded
