"""The customer's payment pages: the forms, the hosted page in its frame, the receipt, history."""

import re
from functools import partial

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import ratelimit
from accounts.requests import MemberRequest
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.decorators import BillerRequest, member_required
from icsso.billing import session
from icsso.billing.csp import allow_invoice_cloud, frame_permissions
from icsso.billing.maintenance import says_when_closed
from icsso.client.parsing import attempts_key
from payments.checkout.decorators import guest_visitor, own_checkout
from payments.checkout.forms import GuestForm, QuickPayForm
from payments.checkout.history import entries, history_of
from payments.checkout.recent import recent_activity
from payments.checkout.services import CheckoutRequest, has_reusable_checkout, launch
from payments.models import Checkout, Postback
from payments.models.checkout import Status
from payments.postbacks.parsing import data_of

ADDRESS = re.compile(r"[\w-]{1,64}", re.ASCII)  # of a checkout


@never_cache
@says_when_closed
def guest(request: BillerRequest) -> HttpResponse:
    initial = {"account_number": _number_again(request)}
    form = GuestForm(request.POST or None, biller=request.biller, initial=initial)
    if request.method == "POST":
        number = attempts_key(request.POST.get("account_number", ""))
        if seconds := ratelimit.seconds_to_wait("guest", request=request, key=number):
            return ratelimit.too_many_requests(request, seconds=seconds)
        if form.is_valid():
            return _start(request, form, form.checkout_request(visitor=guest_visitor(request)))
    return render(request, "payments/guest.html", {"form": form})


def _number_again(request: BillerRequest) -> str:
    """Returns the account number of the checkout that this browser wants to start over, or "".

    Others who hold the address of a receipt do not learn the number from it.
    """
    address = request.GET.get("again", "")
    if not ADDRESS.fullmatch(address):
        return ""
    begun = Checkout.objects.filter(
        biller=request.biller, address=address, visitor=guest_visitor(request)
    )
    return begun.values_list("account__account_number", flat=True).first() or ""


@member_required
@says_when_closed
def quick(request: MemberRequest) -> HttpResponse:
    member = request.member
    chosen = request.GET.get("account", "")
    form = QuickPayForm(request.POST or None, member=member, chosen=chosen)
    if request.method == "POST":
        if seconds := ratelimit.seconds_to_wait("quick", request=request, key=str(member.pk)):
            return ratelimit.too_many_requests(request, seconds=seconds)
        if form.is_valid():
            billing = session.load(request.session)
            token = billing.token if billing and billing.is_usable else ""
            return _start(request, form, form.checkout_request(token=token))
    return render(request, "payments/quick.html", {"form": form})


def _start(
    request: HttpRequest, form: GuestForm | QuickPayForm, asked: CheckoutRequest
) -> HttpResponse:
    """Warns about a possible duplicate payment, then opens the payment page."""
    # In this order, a double click never mistakes its own first request for another payment.
    activity = recent_activity(asked.account)
    if activity and "confirmed" not in request.POST and not has_reusable_checkout(asked):
        context = {"form": form, "activity": activity, "asked": asked}
        return render(request, "payments/confirm_second_payment.html", context)
    checkout = launch(asked, absolute=partial(absolute_url, request, asked.account.biller))
    return redirect("payments:checkout", checkout.address)


@own_checkout
def checkout(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """Shows the hosted page while it can take a payment, and otherwise the result."""
    status = checkout.status
    if status == Status.OPENING:
        return render(request, "payments/opening.html", {"checkout": checkout})
    if status == Status.FAILED:
        activity = recent_activity(checkout.account, besides=checkout)
        return render(request, "payments/failed.html", {"checkout": checkout, "activity": activity})
    if status != Status.OPEN or not checkout.hosted_url:
        return redirect("payments:receipt", checkout.address)
    name = "window" if request.biller.opens_without_frame else "checkout"
    context = {"checkout": checkout, "permissions": frame_permissions(request.biller)}
    page = render(request, f"payments/{name}.html", context)
    return allow_invoice_cloud(page, request.biller)


@own_checkout
def receipt(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    return render(request, "payments/receipt.html", _receipt(checkout))


@own_checkout
def receipt_status(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """How the payment stands, for payment_status.js: the part of the receipt that may change."""
    return render(request, "payments/receipt_facts.html", _receipt(checkout))


def _receipt(checkout: Checkout) -> dict[str, object]:
    status = checkout.status
    decline = _last_decline(checkout) if status == Status.DECLINED else None
    return {
        "checkout": checkout,
        "status": status,
        # Invoice Cloud's words, if it gave any.
        "declined": data_of(decline).message() if decline else "",
        "declined_at": decline and decline.received_at,
    }


def _last_decline(checkout: Checkout) -> Postback | None:
    return checkout.postbacks.filter(verdict=Postback.Verdict.DECLINED).last()


@member_required
def payment_history(request: MemberRequest) -> HttpResponse:
    member = request.member
    page = Paginator(history_of(member), 20).get_page(request.GET.get("page"))
    context = {"page": page, "entries": entries(page, member)}
    return render(request, "payments/history.html", context)
