"""Payment options: the saved cards and bank accounts, and the payments scheduled with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from sandbox.models import Customer, PageSession, PaymentMethod, ScheduledPayment
from sandbox.payments.forms import MethodForm

from .forms import ScheduleForm
from .sessions import go, show, visitor

METHODS, SCHEDULED = "payment-options", "scheduled-payments"


@visitor
@require_GET
def methods(request: HttpRequest, visit: PageSession) -> HttpResponse:
    return show_methods(request, visit, MethodForm())


def show_methods(request: HttpRequest, visit: PageSession, form: MethodForm) -> HttpResponse:
    saved = visit.user.methods.order_by("pk").prefetch_related("customer_set", "scheduled_payments")
    return show(request, visit, METHODS, {"methods": saved, "form": form})


@visitor
@require_POST
def add_method(request: HttpRequest, visit: PageSession) -> HttpResponse:
    form = MethodForm(request.POST)
    if not form.is_valid():
        return show_methods(request, visit, form)
    method = form.chosen()
    method.user = visit.user
    method.save()
    return go(visit, METHODS, done="method-added")


@visitor
@require_POST
def remove_method(request: HttpRequest, visit: PageSession, pk: int) -> HttpResponse:
    """AutoPay by this method ends, and so do the payments scheduled with it."""
    method = get_object_or_404(PaymentMethod, pk=pk, user=visit.user)
    Customer.objects.filter(autopay_method=method).update(autopay=False)
    method.delete()
    return go(visit, METHODS, done="method-removed")


@visitor
@require_GET
def scheduled(request: HttpRequest, visit: PageSession) -> HttpResponse:
    return show_scheduled(request, visit, ScheduleForm(instance=ScheduledPayment(user=visit.user)))


def show_scheduled(request: HttpRequest, visit: PageSession, form: ScheduleForm) -> HttpResponse:
    payments = visit.user.scheduled_payments.select_related("customer", "method").order_by("date")
    context = {"scheduled": payments[:500], "form": form, "able": visit.user.methods.exists()}
    return show(request, visit, SCHEDULED, context)


@visitor
@require_POST
def add_scheduled(request: HttpRequest, visit: PageSession) -> HttpResponse:
    form = ScheduleForm(request.POST, instance=ScheduledPayment(user=visit.user))
    if not form.is_valid():
        return show_scheduled(request, visit, form)
    form.save()
    return go(visit, SCHEDULED, done="scheduled")


@visitor
def change_scheduled(request: HttpRequest, visit: PageSession, pk: int) -> HttpResponse:
    payment = get_object_or_404(ScheduledPayment, pk=pk, user=visit.user)
    form = ScheduleForm(request.POST or None, instance=payment)
    if request.method == "POST" and form.is_valid():
        form.save()
        return go(visit, SCHEDULED, done="schedule-changed")
    return show(request, visit, "change-scheduled", {"form": form, "payment": payment})


@visitor
@require_POST
def cancel_scheduled(request: HttpRequest, visit: PageSession, pk: int) -> HttpResponse:
    get_object_or_404(ScheduledPayment, pk=pk, user=visit.user).delete()
    return go(visit, SCHEDULED, done="schedule-cancelled")
