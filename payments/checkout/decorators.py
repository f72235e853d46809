"""Who may see a checkout: a guest's, anyone who has its address; a member's, only the member."""

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
    """Returns an ID of a guest's browser without a session, so that a repeated request is noticed.

    The form is submitted with the CSRF cookie of its page, so both requests of a double click
    have the same cookie.
    """
    get_token(request)  # creates the secret if there is none
    return digest(request.META["CSRF_COOKIE"])


def own_checkout(view: CheckoutView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Passes the checkout of the address to the view if the visitor may see it, and keeps the page
    out of caches and search engines: a guest's receipt is protected only by its address.

    None of these pages may send `Referrer-Policy: no-referrer`: browsers would then send no origin
    with a form, and signing out would be refused. Other sites never learn the address anyway.
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
