"""Staff pages about one payment: reverse it, withdraw it, or take a reversal back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse as address_of
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import StaffUser
from backoffice.object_actions import Link
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from payments.models import Payment, Reversal
from payments.models.reversal_kind import ReversalKind
from payments.reversals.forms import ReasonForm, ReversalForm, moment_of
from payments.reversals.services import (
    NOT_OURS,
    NOTHING_LEFT,
    Evidence,
    NotReversed,
    Part,
    lock,
    reinstate,
    reverse,
    withdraw,
)

PERMISSION = "payments.reverse_payment"
Request = StaffRequest[StaffUser]
RECORD = gettext_lazy("Record a return, refund, or chargeback")
WITHDRAW = gettext_lazy("Withdraw this payment")
REINSTATE = gettext_lazy("Reinstate")
CHANGED = gettext_lazy("This has changed since you opened the page. Check it again.")


def links_for(payment: Payment) -> list[Link]:
    """Returns the buttons on the payment's page, for staff who have the permission."""
    if not payment.net_total:
        return []
    links = [Link(RECORD, address_of("admin:payments_reverse", args=[payment.pk]))]
    if payment.can_be_withdrawn:
        links.append(Link(WITHDRAW, address_of("admin:payments_withdraw", args=[payment.pk])))
    return links


@staff_page(PERMISSION)
def record(request: Request, pk: int) -> HttpResponse:
    payment = _own_payment(request, pk)
    if not payment.net_total:
        return _refused(request, payment, NOTHING_LEFT)
    initial = {"amount": payment.net_amount, "day": timezone.localdate(), "seen": _last(payment)}
    if not payment.net_amount:
        initial["fee"] = payment.net_fee
    form = ReversalForm(request.POST or None, payment=payment, initial=initial)

    def save(locked: Payment) -> None:
        entered = form.cleaned_data
        part = Part(
            amount=entered["amount"],
            fee=entered.get("fee"),
            invoice_number=entered.get("invoice_number", ""),
        )
        evidence = _evidence(request, form, paid_at=locked.paid_at)
        reverse(locked, ReversalKind(entered["kind"]), evidence, part)

    consequence = _(
        "The customer's receipt, “My payments,” the reports, and the exports then show what is "
        "left of the payment. It moves no money: a refund is made at Invoice Cloud."
    )
    return _page(request, payment, form, save, title=RECORD, consequence=consequence)


@staff_page(PERMISSION)
def withdraw_payment(request: Request, pk: int) -> HttpResponse:
    payment = _own_payment(request, pk)
    if not payment.net_total or not payment.can_be_withdrawn:
        return _refused(request, payment, NOT_OURS if payment.net_total else NOTHING_LEFT)
    form = ReasonForm(request.POST or None, initial={"seen": _last(payment)})

    def save(locked: Payment) -> None:
        withdraw(locked, by=request.staff, note=form.cleaned_data["note"])

    consequence = _(
        "Withdraw a payment that was added or accepted by mistake. It then counts nowhere, and the "
        "customer reads that it was removed. The payment stays on record with your reason."
    )
    return _page(request, payment, form, save, title=WITHDRAW, consequence=consequence)


@staff_page(PERMISSION)
def reinstate_payment(request: Request, pk: int, reversal: int) -> HttpResponse:
    payment = _own_payment(request, pk)
    made = get_object_or_404(payment.reversals.select_related("payment"), pk=reversal)
    form = ReasonForm(request.POST or None, initial={"seen": _last(payment)})

    def save(locked: Payment) -> None:
        reinstate(made, _evidence(request, form))

    consequence = _(
        "This takes back the record below as a whole, such as when a dispute was won or it was "
        "recorded by mistake. The payment counts again."
    )
    facts = {"title": REINSTATE, "consequence": consequence, "reversal": made}
    return _page(request, payment, form, save, **facts)


def _own_payment(request: Request, pk: int) -> Payment:
    own = Payment.objects.filter(biller__in=request.billers).with_net()
    payment: Payment = get_object_or_404(own.select_related("biller", "account"), pk=pk)
    use_zone_of(payment.biller)
    return payment


def _refused(request: Request, payment: Payment, why: str | Promise) -> HttpResponse:
    messages.error(request, str(why))
    return redirect("admin:payments_payment_change", payment.pk)


def _last(payment: Payment) -> int | None:
    last: Reversal | None = payment.reversals.last()
    return last.pk if last else None


def _evidence(request: Request, form: forms.Form, *, paid_at: datetime | None = None) -> Evidence:
    day = form.cleaned_data.get("day")
    return Evidence(
        source=Reversal.Source.STAFF,
        by=request.staff,
        happened_at=moment_of(day, paid_at=paid_at) if day else timezone.now(),
        note=form.cleaned_data["note"],
    )


def _page(
    request: Request,
    payment: Payment,
    form: ReasonForm,
    save: Callable[[Payment], None],
    **context: Any,
) -> HttpResponse:
    """Shows the form, or saves what was entered and goes back to the payment."""
    if request.method == "POST" and form.is_valid():
        if obstacle := _saved(payment, form, save):
            form.data = {**form.data.dict(), "seen": _last(payment) or ""}  # type: ignore[attr-defined]
            form.add_error(None, str(obstacle))
        else:
            messages.success(request, _("Saved."))
            return redirect("admin:payments_payment_change", payment.pk)
    name = "admin/payments/reversal.html"
    return render_page(request, name, payment=payment, form=form, **context)


def _saved(
    payment: Payment, form: ReasonForm, save: Callable[[Payment], None]
) -> str | Promise | None:
    """Returns why nothing was saved, if so. A form that is sent twice records once."""
    try:
        with transaction.atomic():
            locked = lock(payment)
            if _last(locked) != form.cleaned_data["seen"]:
                return CHANGED
            save(locked)
    except NotReversed as error:
        return error.message
    return None
