"""Open invoices: what the user's accounts owe, payment, and receipts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from sandbox.models import Customer, PageSession, Payment, PaymentMethod
from sandbox.payments import services as payments
from sandbox.payments.accepted_numbers import decline_reason
from sandbox.payments.forms import AmountsForm, PaymentMethodForm
from sandbox.payments.invoices import PayableInvoice

from .accounts import account_list, user_accounts
from .sessions import redirect_to, render_page, session_required


@session_required
@require_GET
def bills(request: HttpRequest, session: PageSession) -> HttpResponse:
    made = Payment.objects.filter(customer__registration__user=session.user)
    context = account_list(request, session)
    context["preselect"] = context["accounts"].paginator.count == 1 or "select" in request.GET
    context["payments"] = made.order_by("-created_at")[:10]
    return render_page(request, session, "bills", context)


@session_required
def pay(request: HttpRequest, session: PageSession) -> HttpResponse:
    invoices = selected_invoices(session, request.GET.getlist("invoice"))
    if not invoices:
        return render_page(request, session, "nothing-selected", {})
    data = request.POST if request.method == "POST" else None
    amounts = AmountsForm(data, invoices=invoices)
    method = PaymentMethodForm(data, saved=list(session.user.methods.order_by("pk")))
    if data and amounts.is_valid() and method.is_valid():
        payment = make_payment(request, session, amounts, method.chosen())
        return redirect_to(session, f"receipt/{payment.guid}")
    return render_page(request, session, "pay", {"amounts": amounts, "method": method})


def selected_invoices(session: PageSession, names: list[str]) -> list[PayableInvoice]:
    """Returns the invoices with these names (`account~invoice`) on accounts of this user."""
    numbers = {name.split("~")[0] for name in names[:500]}
    customers: list[Customer] = list(user_accounts(session).filter(account_number__in=numbers))
    invoices = [PayableInvoice.from_invoice(i, c) for c in customers for i in c.open_invoices()]
    return [invoice for invoice in invoices if invoice.name in names]


def make_payment(
    request: HttpRequest, session: PageSession, amounts: AmountsForm, method: PaymentMethod
) -> Payment:
    reason = decline_reason(method.last4)
    return payments.pay(
        lines=amounts.lines(),
        method=method,
        approve=not reason,
        fee=amounts.fee(method.kind),
        message=reason,
        user=session.user,
        remote_ip=request.META["REMOTE_ADDR"],
    )


@session_required
@require_GET
def receipt(request: HttpRequest, session: PageSession, guid: str) -> HttpResponse:
    payment = get_object_or_404(Payment, guid=guid, user=session.user)
    return render_page(request, session, "receipt", {"payment": payment})
