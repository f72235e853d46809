"""What PageResultOptions offers beside paying: statements, related invoices, reminders, and
registering the account after a payment."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sandbox.models import Customer, HostedPayment, Invoice, Mail, Registration
from sandbox.payments.invoices import Offer
from sandbox.payments.services import find_customer

from .forms import RegisterForm, RemindForm
from .requested_invoices import offered
from .views import checkout, last_payment, show


def allowed(option: str) -> Callable[..., Any]:
    """404 unless the request allows it."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
            options = hosted.request["PageResultOptions"]
            if not (options | options["InvoiceOptions"]).get(option):
                raise Http404
            return view(request, hosted)

        return guarded

    return decorate


def chosen(request: HttpRequest, hosted: HostedPayment) -> Offer:
    name = request.GET.get("invoice")
    for offer in offered(hosted):
        if offer.name == name:
            return offer
    raise Http404


def invoices_of(hosted: HostedPayment, offer: Offer) -> list[Invoice]:
    customer = find_customer(hosted.biller, offer.account_number)
    return list(customer.invoices.order_by("-date")[:50]) if customer else []


@checkout
@require_GET
@allowed("AllowViewStatement")
def statement(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    offer = chosen(request, hosted)
    known = [i for i in invoices_of(hosted, offer) if i.number == offer.invoice_number]
    return show(request, hosted, "statement", {"offer": offer, "invoice": next(iter(known), None)})


@checkout
@require_GET
@allowed("AllowViewRelated")
def related(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    offer = chosen(request, hosted)
    others = [i for i in invoices_of(hosted, offer) if i.number != offer.invoice_number]
    return show(request, hosted, "related", {"offer": offer, "others": others})


@checkout
@allowed("AllowRemindMe")
def remind(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    """The reminder goes to the inbox at once: nobody wants to wait for the due date here."""
    offer = chosen(request, hosted)
    form = RemindForm(request.POST or None)
    context: dict[str, Any] = {"offer": offer, "form": form, "sent": False}
    if request.method == "POST" and form.is_valid():
        Mail.objects.create(
            to=form.cleaned_data["email"],
            sender="reminders@sandbox.example",
            subject=f"Reminder: {offer.title} of {hosted.biller}",
            text=f"{offer.title}, account {offer.account_number}: {offer.balance} is due.",
        )
        context["sent"] = True
    return show(request, hosted, "remind", context)


@checkout
@allowed("AllowRegisterAccount")
def register(request: HttpRequest, hosted: HostedPayment) -> HttpResponse:
    payment = last_payment(hosted)
    customer = payment.customer if payment else None
    if customer is None:
        raise Http404
    form = RegisterForm(request.POST or None, initial={"email": customer.email})
    done = request.method == "POST" and form.is_valid() and enrol(form, customer)
    return show(request, hosted, "register", {"form": form, "customer": customer, "done": done})


def enrol(form: RegisterForm, customer: Customer) -> bool:
    """False, with the reason in the form, when the account or the address is taken."""
    email = form.cleaned_data["email"].lower()
    user = customer.biller.users.filter(email=email).first()
    if user and not user.has_password(form.cleaned_data["password"]):
        form.add_error("email", "This e-mail is registered with another password.")
        return False
    with transaction.atomic():
        if Registration.objects.filter(customer=customer).exists():
            form.add_error(None, "This account is registered already.")
            return False
        if user is None:
            user = customer.biller.users.model(biller=customer.biller, email=email)
            user.set_password(form.cleaned_data["password"])
            user.save()
        Registration.objects.create(user=user, customer=customer)
    return True
