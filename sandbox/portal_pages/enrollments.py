"""Enrollment of accounts in Paperless, AutoPay, and Pay by Text."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from sandbox.models import Customer, PageSession

from .accounts import account_list
from .forms import AutoPayForm, CodeForm, PhoneForm
from .sessions import redirect_to, render_page, session_required


@session_required
@require_GET
def paperless(request: HttpRequest, session: PageSession) -> HttpResponse:
    return render_page(request, session, "paperless", account_list(request, session))


@session_required
@require_POST
def save_paperless(request: HttpRequest, session: PageSession) -> HttpResponse:
    """Changes only the accounts that were listed on the page."""
    customers = session.user.customers().filter(account_number__in=request.POST.getlist("listed"))
    checked = request.POST.getlist("paperless")
    Customer.objects.filter(pk__in=customers).update(paperless=False)
    on = customers.filter(account_number__in=checked)
    Customer.objects.filter(pk__in=on).update(paperless=True)
    return redirect_to(session, "paperless", done="paperless")


@session_required
@require_POST
def all_paperless(request: HttpRequest, session: PageSession) -> HttpResponse:
    Customer.objects.filter(pk__in=session.user.customers()).update(paperless=True)
    return redirect_to(session, "paperless", done="paperless")


@session_required
@require_GET
def autopay(request: HttpRequest, session: PageSession) -> HttpResponse:
    methods = session.user.methods.order_by("pk")
    context = {**account_list(request, session), "methods": methods}
    return render_page(request, session, "autopay", context)


@session_required
@require_POST
def start_autopay(request: HttpRequest, session: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(session.user.customers(), account_number=number)
    form = AutoPayForm(request.POST, methods=session.user.methods.all())
    if not form.is_valid():
        return redirect_to(session, "autopay")
    customer.autopay, customer.autopay_method = True, form.cleaned_data["method"]
    customer.save(update_fields=["autopay", "autopay_method"])
    return redirect_to(session, "autopay", done="autopay-on")


@session_required
@require_POST
def stop_autopay(request: HttpRequest, session: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(session.user.customers(), account_number=number)
    customer.autopay, customer.autopay_method = False, None
    customer.save(update_fields=["autopay", "autopay_method"])
    return redirect_to(session, "autopay", done="autopay-off")


@session_required
def pay_by_text(request: HttpRequest, session: PageSession) -> HttpResponse:
    """Posting a phone number leads to the page that asks for the code sent to it."""
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = CodeForm(initial={"phone": form.cleaned_data["phone"]})
        return render_code_page(request, session, code)
    context = account_list(request, session)
    context |= {"customers": session.user.customers()[:500], "form": form}
    return render_page(request, session, "pay-by-text", context)


def render_code_page(request: HttpRequest, session: PageSession, form: CodeForm) -> HttpResponse:
    context = {"form": form, "number": chosen_account(request)}
    return render_page(request, session, "text-code", context)


def chosen_account(request: HttpRequest) -> str:
    """Returns the account number that was chosen; empty for all accounts."""
    return request.POST.get("account", "")


@session_required
@require_POST
def confirm_text(request: HttpRequest, session: PageSession) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render_code_page(request, session, form)
    customers = session.user.customers()
    if chosen_account(request):
        customers = customers.filter(account_number=chosen_account(request))
    enrolled = Customer.objects.filter(pk__in=customers)
    enrolled.update(pay_by_text=form.cleaned_data["phone"])
    return redirect_to(session, "pay-by-text", done="text-on")


@session_required
@require_POST
def stop_text(request: HttpRequest, session: PageSession, number: str) -> HttpResponse:
    customer = get_object_or_404(session.user.customers(), account_number=number)
    customer.pay_by_text = ""
    customer.save(update_fields=["pay_by_text"])
    return redirect_to(session, "pay-by-text", done="text-off")
