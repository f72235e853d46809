"""What PageResultOptions adds to the payment page: statements, related invoices, reminders, and
registration of the account after a payment."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sandbox.models import Customer, HostedPayment, Invoice, Mail, Registration
from sandbox.payments.invoices import PayableInvoice
from sandbox.payments.services import find_customer

from .forms import RegisterForm, RemindForm
from .hosted_page import hosted_page, last_payment, render_page
from .requested_invoices import requested_invoices


def allowed(option: str) -> Callable[..., Any]:
    """Responds with 404 unless the request allows this option."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
            options = hosted.request["PageResultOptions"]
            if not (options | options["InvoiceOptions"]).get(option):
                raise Http404
            return view(request, hosted)

        return guarded

    return decorate


def invoice_or_404(request: HttpRequest, hosted: HostedPayment) -> PayableInvoice:
    name = request.GET.get("invoice")
    for invoice in requested_invoices(hosted):
        if invoice.name == name:
            return invoice
    raise Http404


def account_invoices(hosted: HostedPayment, invoice: PayableInvoice) -> list[Invoice]:
    """Returns the sandbox's invoices of the same account, newest first."""
    customer = find_customer(hosted.biller, invoice.account_number)
    return list(customer.invoices.order_by("-date")[:50]) if customer else []


@hosted_page
@require_GET
@allowed("AllowViewStatement")
def statement(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payable = invoice_or_404(request, hosted)
    invoices = account_invoices(hosted, payable)
    invoice = next((i for i in invoices if i.number == payable.invoice_number), None)
    return render_page(request, hosted, "statement", {"payable": payable, "invoice": invoice})


@hosted_page
@require_GET
@allowed("AllowViewRelated")
def related(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payable = invoice_or_404(request, hosted)
    invoices = account_invoices(hosted, payable)
    others = [i for i in invoices if i.number != payable.invoice_number]
    return render_page(request, hosted, "related", {"payable": payable, "others": others})


@hosted_page
@allowed("AllowRemindMe")
def remind(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    """Puts the reminder into the inbox at once instead of waiting for the due date."""
    payable = invoice_or_404(request, hosted)
    form = RemindForm(request.POST or None)
    context: dict[str, Any] = {"payable": payable, "form": form, "sent": False}
    if request.method == "POST" and form.is_valid():
        Mail.objects.create(
            to=form.cleaned_data["email"],
            sender="reminders@sandbox.example",
            subject=f"Reminder: {payable.title} from {hosted.biller}",
            text=f"{payable.title}, account {payable.account_number}: {payable.balance} is due.",
        )
        context["sent"] = True
    return render_page(request, hosted, "remind", context)


@hosted_page
@allowed("AllowRegisterAccount")
def register(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payment = last_payment(hosted)
    customer = payment.customer if payment else None
    if customer is None:
        raise Http404
    form = RegisterForm(request.POST or None, initial={"email": customer.email})
    done = request.method == "POST" and form.is_valid() and register_customer(form, customer)
    return render_page(
        request, hosted, "register", {"form": form, "customer": customer, "done": done}
    )


def register_customer(form: RegisterForm, customer: Customer) -> bool:
    """Returns False, with the reason added to the form, if the account or the address is taken."""
    email = form.cleaned_data["email"].lower()
    user = customer.biller.users.filter(email=email).first()
    if user and not user.has_password(form.cleaned_data["password"]):
        form.add_error("email", "This email address is registered with another password.")
        return False
    with transaction.atomic():
        if Registration.objects.filter(customer=customer).exists():
            form.add_error(None, "This account is already registered.")
            return False
        if user is None:
            user = customer.biller.users.model(biller=customer.biller, email=email)
            user.set_password(form.cleaned_data["password"])
            user.save()
        Registration.objects.create(user=user, customer=customer)
    return True
