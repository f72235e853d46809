"""The customer's pages around a payment: asking, the payment page in its frame, the receipt."""

from functools import partial

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import ratelimit as throttle
from accounts.linked_accounts.proof import bare_number
from accounts.requests import MemberRequest
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.decorators import BillerRequest, member_required
from icsso.billing import session
from icsso.billing.csp import allow_invoice_cloud
from icsso.billing.maintenance import says_when_closed
from payments.checkout import history, recent
from payments.checkout import services as checkouts
from payments.checkout.decorators import guest_visitor, own_checkout
from payments.checkout.forms import GuestForm, QuickPayForm
from payments.checkout.status import Status, status_of, why_declined
from payments.models import Checkout


@never_cache
@says_when_closed
def guest(request: BillerRequest) -> HttpResponse:
    form = GuestForm(request.POST or None, biller=request.biller)
    if request.method == "POST":
        number = bare_number(request.POST.get("account_number", ""))
        if seconds := throttle.seconds_to_wait("guest", request=request, key=number):
            return throttle.too_many_requests(request, seconds=seconds)
        if form.is_valid():
            return _start(request, form, form.order(visitor=guest_visitor(request)))
    return render(request, "payments/guest.html", {"form": form})


@member_required
@says_when_closed
def quick(request: MemberRequest) -> HttpResponse:
    member = request.member
    chosen = request.GET.get("account", "")
    form = QuickPayForm(request.POST or None, member=member, chosen=chosen)
    if request.method == "POST":
        if seconds := throttle.seconds_to_wait("quick", request=request, key=str(member.pk)):
            return throttle.too_many_requests(request, seconds=seconds)
        if form.is_valid():
            billing = session.load(request.session)
            token = billing.token if billing and billing.is_usable else ""
            return _start(request, form, form.order(token=token))
    return render(request, "payments/quick.html", {"form": form})


def _start(
    request: HttpRequest, form: GuestForm | QuickPayForm, order: checkouts.Order
) -> HttpResponse:
    """Tells of a payment that may be the same one, then opens the payment page."""
    # Looked up in this order, a double click never takes its own first half for somebody's payment.
    attempt = recent.attempt(order.account)
    if attempt and "confirmed" not in request.POST and not checkouts.offered_again(order):
        context = {"form": form, "attempt": attempt, "order": order}
        return render(request, "payments/recent_attempt.html", context)
    absolute = partial(absolute_url, request, order.account.biller)
    checkout = checkouts.launch(order, absolute=absolute)
    return redirect("payments:checkout", checkout.address)


@own_checkout
def checkout(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """The hosted page, as long as it can be paid there; else what became of it."""
    status = status_of(checkout)
    if status == Status.OPENING:
        return render(request, "payments/opening.html", {"checkout": checkout})
    if status == Status.FAILED:
        attempt = recent.attempt(checkout.account, besides=checkout)
        return render(request, "payments/failed.html", {"checkout": checkout, "attempt": attempt})
    if status != Status.OPEN or not checkout.hosted_url:
        return redirect("payments:receipt", checkout.address)
    shape = "window" if request.biller.opens_without_frame else "checkout"
    page = render(request, f"payments/{shape}.html", {"checkout": checkout})
    return allow_invoice_cloud(page, request.biller)


@own_checkout
def receipt(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    return render(request, "payments/receipt.html", _receipt(checkout))


@own_checkout
def receipt_status(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """What receipt.js puts in the place of the receipt's facts."""
    return render(request, "payments/receipt_facts.html", _receipt(checkout))


def _receipt(checkout: Checkout) -> dict[str, object]:
    status = status_of(checkout)
    declined = why_declined(checkout) if status == Status.DECLINED else ""
    return {"checkout": checkout, "status": status, "declined": declined}


@member_required
def payment_history(request: MemberRequest) -> HttpResponse:
    member = request.member
    page = Paginator(history.everything(member), 20).get_page(request.GET.get("page"))
    context = {"page": page, "entries": history.entries(page, member)}
    return render(request, "payments/history.html", context)
