"""Who may see a checkout: a guest's, anyone who has its address; a member's, only the member."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_list_or_404
from django.views.decorators.cache import never_cache

from accounts.helpers.payable import payable
from accounts.tokens import digest
from icsso.billers.decorators import BillerRequest, is_member
from icsso.billers.models import Biller
from payments.models import Checkout, CheckoutAccount

CheckoutView = Callable[[BillerRequest, Checkout], HttpResponse]


def guest_visitor(request: HttpRequest) -> str:
    """Returns an ID of a guest's browser without a session, so that a repeated request is noticed.

    The form is submitted with the CSRF cookie of its page, so both requests of a double click
    have the same cookie.
    """
    get_token(request)  # creates the secret if there is none
    return digest(request.META["CSRF_COOKIE"])


def _checkout_or_404(biller: Biller, address: str) -> Checkout:
    """Returns the checkout with its accounts, in one query."""
    named = CheckoutAccount.objects.filter(checkout__biller=biller, checkout__address=address)
    parts = get_list_or_404(named.select_related("checkout__biller"))
    checkout: Checkout = parts[0].checkout
    checkout.ordered_accounts = [part.account for part in parts]
    checkout.helped = frozenset(part.account_id for part in parts if part.by_helper)
    return checkout


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
        checkout = _checkout_or_404(biller_request.biller, address)
        if not checkout.is_guest and not is_member(request):
            return redirect_to_login(request.get_full_path())
        if not checkout.is_guest and checkout.member_id != request.user.pk:
            raise Http404
        response = view(biller_request, checkout)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def may_still_help(checkout: Checkout) -> bool:
    """Returns whether the member may still pay all accounts of the checkout. If not, the payment
    page is no longer shown; what was paid there counts, and has its receipt."""
    if not checkout.helped or checkout.member is None:
        return True
    return checkout.helped <= payable(checkout.member, list(checkout.helped)).keys()
