"""Paperless, AutoPay and Pay by Text: what an account is enrolled in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from sandbox.models import Customer, PageSession

from .forms import AutoPayForm, CodeForm, PhoneForm
from .sessions import go, listed, show, visitor


@visitor
@require_GET
def paperless(request: HttpRequest, visit: PageSession) -> HttpResponse:
    return show(request, visit, "paperless", listed(request, visit))


@visitor
@require_POST
def save_paperless(request: HttpRequest, visit: PageSession) -> HttpResponse:
    """Only the accounts that stood on the page are touched."""
    customers = visit.user.customers().filter(account_number__in=request.POST.getlist("listed"))
    chosen = request.POST.getlist("paperless")
    Customer.objects.filter(pk__in=customers).update(paperless=False)
    on = customers.filter(account_number__in=chosen)
    Customer.objects.filter(pk__in=on).update(paperless=True)
    return go(visit, "paperless", done="paperless")


@visitor
@require_POST
def all_paperless(request: HttpRequest, visit: PageSession) -> HttpResponse:
    Customer.objects.filter(pk__in=visit.user.customers()).update(paperless=True)
    return go(visit, "paperless", done="paperless")


@visitor
@require_GET
def autopay(request: HttpRequest, visit: PageSession) -> HttpResponse:
    methods = visit.user.methods.order_by("pk")
    return show(request, visit, "autopay", {**listed(request, visit), "methods": methods})


@visitor
@require_POST
def start_autopay(request: HttpRequest, visit: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(visit.user.customers(), account_number=number)
    form = AutoPayForm(request.POST, methods=visit.user.methods.all())
    if not form.is_valid():
        return go(visit, "autopay")
    customer.autopay, customer.autopay_method = True, form.cleaned_data["method"]
    customer.save(update_fields=["autopay", "autopay_method"])
    return go(visit, "autopay", done="autopay-on")


@visitor
@require_POST
def stop_autopay(request: HttpRequest, visit: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(visit.user.customers(), account_number=number)
    customer.autopay, customer.autopay_method = False, None
    customer.save(update_fields=["autopay", "autopay_method"])
    return go(visit, "autopay", done="autopay-off")


@visitor
def pay_by_text(request: HttpRequest, visit: PageSession) -> HttpResponse:
    """A phone that is posted leads to the page that asks for the code sent to it."""
    form = PhoneForm(request.POST or None)
    context = {**listed(request, visit), "customers": visit.user.customers()[:500], "form": form}
    if request.method == "POST" and form.is_valid():
        code = CodeForm(initial={"phone": form.cleaned_data["phone"]})
        return show(request, visit, "text-code", {"form": code, "number": account(request)})
    return show(request, visit, "pay-by-text", context)


@visitor
@require_POST
def confirm_text(request: HttpRequest, visit: PageSession) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return show(request, visit, "text-code", {"form": form, "number": account(request)})
    customers = visit.user.customers()
    if account(request):
        customers = customers.filter(account_number=account(request))
    enrolled = Customer.objects.filter(pk__in=customers)
    enrolled.update(pay_by_text=form.cleaned_data["phone"])
    return go(visit, "pay-by-text", done="text-on")


def account(request: HttpRequest) -> str:
    """The account number chosen; empty: all of them."""
    return request.POST.get("account", "")


@visitor
@require_POST
def stop_text(request: HttpRequest, visit: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(visit.user.customers(), account_number=number)
    customer.pay_by_text = ""
    customer.save(update_fields=["pay_by_text"])
    return go(visit, "pay-by-text", done="text-off")
