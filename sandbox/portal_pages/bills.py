"""Open invoices: what is owed on the accounts of a user, and paying it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from sandbox.models import Customer, PageSession, Payment, PaymentMethod
from sandbox.payments import services as settlement
from sandbox.payments.accepted_numbers import refusal
from sandbox.payments.forms import MethodForm
from sandbox.payments.invoices import AmountsForm, Offer

from .sessions import accounts, go, listed, show, visitor


@visitor
@require_GET
def bills(request: HttpRequest, visit: PageSession) -> HttpResponse:
    payments = Payment.objects.filter(customer__registration__user=visit.user)
    recent = payments.order_by("-created_at")[:10]
    context = listed(request, visit)
    context["preselect"] = context["accounts"].paginator.count == 1 or "select" in request.GET
    return show(request, visit, "bills", {**context, "payments": recent})


@visitor
def pay(request: HttpRequest, visit: PageSession) -> HttpResponse:
    offers = chosen(visit, request.GET.getlist("invoice"))
    if not offers:
        return show(request, visit, "nothing-selected", {})
    data = request.POST if request.method == "POST" else None
    amounts = AmountsForm(data, offers=offers)
    method = MethodForm(data, saved=list(visit.user.methods.order_by("pk")))
    if data and amounts.is_valid() and method.is_valid():
        payment = settle(request, visit, amounts, method.chosen())
        return go(visit, f"receipt/{payment.guid}")
    return show(request, visit, "pay", {"amounts": amounts, "method": method})


def chosen(visit: PageSession, numbers: list[str]) -> list[Offer]:
    """The invoices named by `account~invoice`, as far as this user may see them."""
    wanted = {number.split("~")[0] for number in numbers[:500]}
    customers: list[Customer] = list(accounts(visit).filter(account_number__in=wanted))
    offers = [Offer.of(invoice, c) for c in customers for invoice in c.open_invoices()]
    return [offer for offer in offers if offer.name in numbers]


def settle(
    request: HttpRequest, visit: PageSession, amounts: AmountsForm, method: PaymentMethod
) -> Payment:
    reason = refusal(method.last4)
    return settlement.pay(
        lines=amounts.lines(),
        paid_with=settlement.PaidWith(method.kind, method.brand, method.last4),
        approve=not reason,
        fee=amounts.fee(method.kind),
        message=reason,
        user=visit.user,
        remote_ip=request.META["REMOTE_ADDR"],
    )


@visitor
@require_GET
def receipt(request: HttpRequest, visit: PageSession, guid: str) -> HttpResponse:
    payment = get_object_or_404(Payment, guid=guid, user=visit.user)
    return show(request, visit, "receipt", {"payment": payment})
