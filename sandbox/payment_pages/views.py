"""The hosted payment page: the form, the payment, its result, and the return to the biller."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from sandbox.models import HostedPayment, PaymentMethod
from sandbox.payments import services as payments
from sandbox.payments.accepted_numbers import BANK_ACCOUNTS, CARDS, decline_reason
from sandbox.payments.forms import AmountsForm, PaymentMethodForm, removal_query
from sandbox.payments.invoices import PayableInvoice
from sandbox.postbacks import services as postbacks
from sandbox.postbacks.settings import settings_for
from sandbox.responses import see_other
from sandbox.variants.services import current_wire

from .hosted_page import hosted_page, last_payment, redirect_to, render_page, unpaid
from .requested_invoices import requested_invoices


@hosted_page
@unpaid
def page(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    return render_form(request, hosted, AmountsForm(invoices=shown_invoices(request, hosted)))


@hosted_page
@require_POST
@unpaid
def pay(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    amounts = AmountsForm(request.POST, invoices=shown_invoices(request, hosted))
    method = method_form(request.POST, hosted)
    if not (amounts.is_valid() and method.is_valid()):
        return render_form(request, hosted, amounts, method)
    return make_payment(request, hosted, amounts, method.chosen())


@hosted_page
@require_POST
@unpaid
def pay_by_test(request: HttpRequest, hosted: HostedPayment, *, approve: bool) -> HttpResponse:
    """Pays the amounts on the page with a test number, so that nobody has to type one."""
    amounts = AmountsForm(request.POST, invoices=shown_invoices(request, hosted))
    if not amounts.is_valid():
        return render_form(request, hosted, amounts)
    method = test_method(card=hosted.request["AllowCCPayment"], approve=approve)
    return make_payment(request, hosted, amounts, method)


@hosted_page
def result(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payment = last_payment(hosted)
    if payment is None:
        return redirect_to(hosted)
    framed = hosted.request["ViewMode"] == 1
    stays = framed and current_wire().rules.way_back == "none" and payment.approved
    template = "thank-you" if stays else "result"
    return render_page(request, hosted, template, {"payment": payment})


@hosted_page
def return_to_biller(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    """Sends the browser back to the biller. Postbacks that wait for the return are sent now, each
    of them once."""
    for payment in hosted.payments.filter(postbacksent=None):
        postbacks.schedule(payment, moment="after_return")
    url = hosted.request["ReturnURL"]
    if not url:
        return redirect_to(hosted, "/result")
    if settings_for(hosted.biller).return_method == "POST":
        return render_page(request, hosted, "return", {"url": url})
    return see_other(url)


def shown_invoices(request: HttpRequest, hosted: HostedPayment) -> list[PayableInvoice]:
    """Returns the invoices without those that the payer removed. Not all can be removed."""
    invoices = requested_invoices(hosted)
    removable = hosted.request["PageResultOptions"]["InvoiceOptions"]["AllowRemove"]
    removed = request.GET.getlist("remove") if removable else []
    return [invoice for invoice in invoices if invoice.name not in removed] or invoices


def method_form(data: Any, hosted: HostedPayment) -> PaymentMethodForm:
    return PaymentMethodForm(
        data,
        saved=list(hosted.user.methods.order_by("pk")) if hosted.user else [],
        card=hosted.request["AllowCCPayment"],
        bank=hosted.request["AllowACHPayment"],
    )


def render_form(
    request: HttpRequest, hosted: HostedPayment, amounts: AmountsForm, method: Any = None
) -> HttpResponse:
    removed = request.GET.getlist("remove")
    context = {
        "amounts": amounts,
        "rows": amounts.rows(removed=removed),
        "removable": len(amounts.invoices) > 1,
        "removed": removal_query(removed),
        "method": method or method_form(None, hosted),
    }
    return render_page(request, hosted, "page", context)


def test_method(*, card: bool, approve: bool) -> PaymentMethod:
    """Returns an unsaved card or bank account whose payments are approved, or declined."""
    numbers = CARDS if card else BANK_ACCOUNTS
    number, brand = next(
        (number, brand) for number, (brand, reason) in numbers.items() if approve == (not reason)
    )
    kind = PaymentMethod.CARD if card else PaymentMethod.BANK
    return PaymentMethod(kind=kind, brand=brand, last4=number[-4:])


def make_payment(
    request: HttpRequest, hosted: HostedPayment, amounts: AmountsForm, method: PaymentMethod
) -> HttpResponse:
    reason = decline_reason(method.last4)
    # If the button was pressed twice, the result page shows the payment that was made.
    with suppress(payments.AlreadyPaid):
        payments.pay(
            lines=amounts.lines(),
            method=method,
            approve=not reason,
            fee=amounts.fee(method.kind),
            message=reason,
            hosted=hosted,
            remote_ip=request.META["REMOTE_ADDR"],
        )
    at_once = current_wire().rules.way_back == "redirect" and not reason
    return redirect_to(hosted, "/return" if at_once else "/result")
