"""Who may see a checkout: whoever holds a guest's address, and of a member's the member alone."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from icsso.billers.decorators import BillerRequest, is_member
from payments.checkout.tokens import digest
from payments.models import Checkout

CheckoutView = Callable[[BillerRequest, Checkout], HttpResponse]


def guest_visitor(request: HttpRequest) -> str:
    """A guest's browser, so that asking twice is noticed, with no session for it: whoever sends
    the form has the cookie of its page, so both halves of a double click have the same one."""
    get_token(request)  # makes the secret where there is none
    return digest(request.META["CSRF_COOKIE"])


def own_checkout(view: CheckoutView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Finds the checkout of the address for those who may see it, and keeps its page out of
    caches and search engines: the address is all that a guest's receipt is protected by.

    No page of these may have `Referrer-Policy: no-referrer`: with it browsers give no origin
    with a form, and the form for signing out is refused. No other site is told the address.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, address: str) -> HttpResponse:
        ours = cast(BillerRequest, request)
        known = Checkout.objects.select_related("biller", "account", "payment")
        checkout = get_object_or_404(known, biller=ours.biller, address=address)
        if not checkout.is_guest and not is_member(request):
            return redirect_to_login(request.get_full_path())
        if not checkout.is_guest and checkout.member_id != request.user.pk:
            raise Http404
        response = view(ours, checkout)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded
