"""The hosted payment page: what is asked for, paying it, and the way back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sandbox import faults
from sandbox.models import HostedPayment, Payment, PaymentMethod
from sandbox.payments import services as settlement
from sandbox.payments.accepted_numbers import BANK_ACCOUNTS, CARDS, refusal
from sandbox.payments.forms import MethodForm
from sandbox.payments.invoices import AmountsForm, Offer, removal_query
from sandbox.postbacks import services as postbacks
from sandbox.responses import see_other, unstored

from .requested_invoices import offered

LIFETIME = timedelta(minutes=60)
CheckoutView = Callable[..., HttpResponse]


def checkout(view: CheckoutView) -> CheckoutView:
    """Gives the view its HostedPayment, or answers that the page is gone."""

    @faults.page("hosted_page")
    @wraps(view)
    def guarded(request: HttpRequest, key: str, **captured: Any) -> HttpResponse:
        hosted = HostedPayment.objects.select_related("biller", "user").filter(key=key).first()
        if hosted is None:
            return gone(request, None)
        return unstored(view(request, hosted, **captured))

    return guarded


def unpaid(view: CheckoutView) -> CheckoutView:
    """Paid for once, the page only shows its result; after an hour it is over."""

    @wraps(view)
    def guarded(request: HttpRequest, hosted: HostedPayment, **captured: Any) -> HttpResponse:
        if hosted.finished_at:
            return go(hosted, "/result")
        if hosted.created_at < timezone.now() - LIFETIME:
            return gone(request, hosted)
        return view(request, hosted, **captured)

    return guarded


def gone(request: HttpRequest, hosted: HostedPayment | None) -> HttpResponse:
    status = 410 if hosted else 404
    return unstored(
        render(request, "sandbox/payment_pages/unavailable.html", {"hosted": hosted}, status=status)
    )


def go(hosted: HostedPayment, name: str = "") -> HttpResponse:
    return see_other(f"/cloudpayments/{hosted.key}{name}")


def show(
    request: HttpRequest, hosted: HostedPayment, template: str, context: dict[str, Any]
) -> HttpResponse:
    frame = {
        "hosted": hosted,
        "biller": hosted.biller,
        "asked": hosted.request,
        "options": hosted.request["PageResultOptions"],
        "css_url": hosted.request["CSSUrl"],
    }
    return render(request, f"sandbox/payment_pages/{template}.html", {**frame, **context})


def kept(request: HttpRequest, hosted: HostedPayment) -> list[Offer]:
    """What is offered, without what the payer removed; never without everything."""
    offers = offered(hosted)
    removable = hosted.request["PageResultOptions"]["InvoiceOptions"]["AllowRemove"]
    removed = request.GET.getlist("remove") if removable else []
    return [offer for offer in offers if offer.name not in removed] or offers


def methods(data: Any, hosted: HostedPayment) -> MethodForm:
    return MethodForm(
        data,
        saved=list(hosted.user.methods.order_by("pk")) if hosted.user else [],
        card=hosted.request["AllowCCPayment"],
        bank=hosted.request["AllowACHPayment"],
    )


@checkout
@unpaid
def page(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    return show_page(request, hosted, AmountsForm(offers=kept(request, hosted)))


def show_page(
    request: HttpRequest, hosted: HostedPayment, amounts: AmountsForm, method: Any = None
) -> HttpResponse:
    removed = request.GET.getlist("remove")
    context = {
        "amounts": amounts,
        "rows": amounts.rows(removed=removed),
        "removable": len(amounts.offers) > 1,
        "removed": removal_query(removed),
        "method": method or methods(None, hosted),
    }
    return show(request, hosted, "page", context)


@checkout
@require_POST
@unpaid
def pay(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    amounts = AmountsForm(request.POST, offers=kept(request, hosted))
    method = methods(request.POST, hosted)
    if not (amounts.is_valid() and method.is_valid()):
        return show_page(request, hosted, amounts, method)
    return settle(request, hosted, amounts, method.chosen())


@checkout
@require_POST
@unpaid
def pay_by_test(request: HttpRequest, hosted: HostedPayment, *, approve: bool) -> HttpResponse:
    """Pays the amounts on the page with a test number, so that none has to be typed."""
    amounts = AmountsForm(request.POST, offers=kept(request, hosted))
    if not amounts.is_valid():
        return show_page(request, hosted, amounts)
    card = hosted.request["AllowCCPayment"]
    number = test_number(CARDS if card else BANK_ACCOUNTS, approve)
    brand = (CARDS if card else BANK_ACCOUNTS)[number][0]
    kind = PaymentMethod.CARD if card else PaymentMethod.BANK
    method = PaymentMethod(kind=kind, brand=brand, last4=number[-4:])
    return settle(request, hosted, amounts, method)


def test_number(numbers: dict[str, tuple[str, str]], approve: bool) -> str:
    return next(number for number, (_, reason) in numbers.items() if approve == (not reason))


def settle(
    request: HttpRequest, hosted: HostedPayment, amounts: AmountsForm, method: PaymentMethod
) -> HttpResponse:
    reason = refusal(method.last4)
    # The same button twice: the result shows the payment that was made.
    with suppress(settlement.AlreadyPaid):
        settlement.pay(
            lines=amounts.lines(),
            paid_with=settlement.PaidWith(method.kind, method.brand, method.last4),
            approve=not reason,
            fee=amounts.fee(method.kind),
            message=reason,
            hosted=hosted,
            remote_ip=request.META["REMOTE_ADDR"],
        )
    return go(hosted, "/result")


def last_payment(hosted: HostedPayment) -> Payment | None:
    """The approved one if there is one, else the latest try."""
    return hosted.payments.order_by("-approved", "-pk").first()


@checkout
def result(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payment = last_payment(hosted)
    return show(request, hosted, "result", {"payment": payment}) if payment else go(hosted)


@checkout
def leave(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    """Sends the browser back, and the postbacks that were to wait for that, each of them once."""
    for payment in hosted.payments.filter(postbacksent=None):
        postbacks.schedule(payment, moment="after_return")
    url = hosted.request["ReturnURL"]
    if not url:
        return go(hosted, "/result")
    if postbacks.settings_for(hosted.biller).return_method == "POST":
        return show(request, hosted, "return", {"url": url})
    return see_other(url)
