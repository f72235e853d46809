"""Saved payment methods and the payments scheduled with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from sandbox.models import Customer, PageSession, PaymentMethod, ScheduledPayment
from sandbox.payments.forms import PaymentMethodForm

from .forms import ScheduleForm
from .sessions import redirect_to, render_page, session_required

METHODS, SCHEDULED = "payment-options", "scheduled-payments"


@session_required
@require_GET
def methods(request: HttpRequest, session: PageSession) -> HttpResponse:
    return render_methods(request, session, PaymentMethodForm())


def render_methods(
    request: HttpRequest, session: PageSession, form: PaymentMethodForm
) -> HttpResponse:
    saved = session.user.methods.order_by("pk")
    saved = saved.prefetch_related("customer_set", "scheduled_payments")
    return render_page(request, session, METHODS, {"methods": saved, "form": form})


@session_required
@require_POST
def add_method(request: HttpRequest, session: PageSession) -> HttpResponse:
    form = PaymentMethodForm(request.POST)
    if not form.is_valid():
        return render_methods(request, session, form)
    method = form.chosen()
    method.user = session.user
    method.save()
    return redirect_to(session, METHODS, done="method-added")


@session_required
@require_POST
def remove_method(request: HttpRequest, session: PageSession, pk: int) -> HttpResponse:
    """Also turns off AutoPay with this method and deletes the payments scheduled with it."""
    method = get_object_or_404(PaymentMethod, pk=pk, user=session.user)
    Customer.objects.filter(autopay_method=method).update(autopay=False)
    method.delete()
    return redirect_to(session, METHODS, done="method-removed")


@session_required
@require_GET
def scheduled(request: HttpRequest, session: PageSession) -> HttpResponse:
    form = ScheduleForm(instance=ScheduledPayment(user=session.user))
    return render_scheduled(request, session, form)


def render_scheduled(
    request: HttpRequest, session: PageSession, form: ScheduleForm
) -> HttpResponse:
    payments = session.user.scheduled_payments.select_related("customer", "method")
    has_method = session.user.methods.exists()
    context = {"scheduled": payments.order_by("date")[:500], "form": form, "has_method": has_method}
    return render_page(request, session, SCHEDULED, context)


@session_required
@require_POST
def add_scheduled(request: HttpRequest, session: PageSession) -> HttpResponse:
    form = ScheduleForm(request.POST, instance=ScheduledPayment(user=session.user))
    if not form.is_valid():
        return render_scheduled(request, session, form)
    form.save()
    return redirect_to(session, SCHEDULED, done="scheduled")


@session_required
def change_scheduled(request: HttpRequest, session: PageSession, pk: int) -> HttpResponse:
    payment = get_object_or_404(ScheduledPayment, pk=pk, user=session.user)
    form = ScheduleForm(request.POST or None, instance=payment)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect_to(session, SCHEDULED, done="schedule-changed")
    return render_page(request, session, "change-scheduled", {"form": form, "payment": payment})


@session_required
@require_POST
def cancel_scheduled(request: HttpRequest, session: PageSession, pk: int) -> HttpResponse:
    get_object_or_404(ScheduledPayment, pk=pk, user=session.user).delete()
    return redirect_to(session, SCHEDULED, done="schedule-canceled")
