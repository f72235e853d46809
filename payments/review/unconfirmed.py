"""Staff page of checkouts that Invoice Cloud never confirmed. Staff note what they found out, and
the checkout no longer waits. A late postback still counts."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import StaffUser
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.navigation import capped
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from icsso.billers.models import Biller
from icsso.billers.time_zones import UNITED_STATES, zone_named
from payments.models import Checkout, CheckoutAccount, Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.postbacks.card_numbers import masked
from payments.review.views import PERMISSION

ROWS = 25
MOST_LISTED = 500  # the newest: most were abandoned, and nobody reviews years of them
ABANDONED_AFTER = timedelta(days=30)  # without any sign of a payment
# Until then, a payment may still be made, maybe on the next day.
_UNTIL = ExpressionWrapper(
    F("created_at") + Value(Checkout.UNCONFIRMED_AFTER), output_field=DateTimeField()
)
Request = StaffRequest[StaffUser]


class CheckedForm(forms.Form):
    """The checkouts that were checked, all with the same result."""

    checkouts = forms.ModelMultipleChoiceField(
        Checkout.objects.none(),
        label=gettext_lazy("Checkouts"),
        error_messages={
            "required": gettext_lazy("Choose at least one checkout."),
            "invalid_choice": gettext_lazy(
                "One of these checkouts was confirmed or checked meanwhile. Choose again."
            ),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("What you found out"),
        max_length=200,
        help_text=gettext_lazy("Saved with each checkout. Never enter a card number."),
    )

    def __init__(self, *args: object, waiting: QuerySet[Checkout], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["checkouts"].queryset = waiting  # type: ignore[attr-defined]

    def clean_note(self) -> str:
        return masked(self.cleaned_data["note"])


def number_waiting(billers: QuerySet[Biller]) -> int:
    """Returns how many there are at these billers, up to `MOST_WAITING`."""
    return capped(worth_checking(billers))


def worth_checking(billers: QuerySet[Biller]) -> QuerySet[Checkout]:
    """Returns the unconfirmed checkouts for which money may have come.

    Most were abandoned. Signs of a payment are that the customer came back, or that Invoice Cloud's
    list has a line. Without them, only recent ones wait, until a list covers their days.
    """
    waiting = Checkout.objects.to_check().filter(biller__in=billers)
    lines = ReconciliationLine.objects.filter(
        checkout=OuterRef("pk"), reconciliation__withdrawn_at=None
    )
    is_young = Q(created_at__gte=timezone.now() - ABANDONED_AFTER)
    covered = Reconciliation.objects.filter(
        biller=OuterRef("biller"),
        withdrawn_at=None,
        matched_at__isnull=False,
        first_day__lte=OuterRef("day"),
        last_day__gte=OuterRef("last_day"),
    )
    dated = waiting.annotate(day=_day("created_at"), last_day=_day(_UNTIL))
    # If it is partly paid, that explains why the customer came back.
    came_back = Q(
        ~Exists(Payment.objects.filter(checkout=OuterRef("pk"))), returned_at__isnull=False
    )
    return dated.filter(came_back | Exists(lines) | (is_young & ~Exists(covered)))


def _day(moment: Any) -> Case:
    """Returns the expression for the biller's day of a moment; outside of the United States, for
    the portal's. No query for the zones: this is counted for the navigation of every page."""
    days = [
        When(biller__time_zone=zone, then=TruncDate(moment, tzinfo=zone_named(zone)))
        for zone in UNITED_STATES
    ]
    return Case(*days, default=TruncDate(moment), output_field=DateField())


@staff_page(PERMISSION)
def unconfirmed(request: Request) -> HttpResponse:
    waiting = worth_checking(request.billers)
    form = CheckedForm(request.POST or None, waiting=waiting)
    if form.is_valid():
        number = _mark(request, form.cleaned_data["checkouts"], form.cleaned_data["note"])
        said = ngettext(
            "%(number)d checkout marked as checked.",
            "%(number)d checkouts marked as checked.",
            number,
        )
        messages.success(request, said % {"number": number})
        return redirect("admin:payments_unconfirmed")
    lines = ReconciliationLine.objects.filter(reconciliation__withdrawn_at=None)
    silent = CheckoutAccount.objects.silent()
    rows = waiting.select_related("biller").prefetch_related(
        Prefetch("reconciliation_lines", lines), Prefetch("parts", silent, to_attr="silent_parts")
    )
    page = Paginator(rows.order_by("-created_at")[:MOST_LISTED], ROWS)
    return render_page(
        request,
        "admin/payments/unconfirmed.html",
        title=_("Not confirmed"),
        form=form,
        page=page.get_page(request.GET.get("page")),
        most_listed=MOST_LISTED,
    )


def _mark(request: Request, checkouts: QuerySet[Checkout], note: str) -> int:
    """Returns how many were marked, without those that another staff user marked, or that were
    confirmed, in the meantime."""
    number = 0
    for checkout in checkouts:
        with transaction.atomic():
            if checkout.mark_checked(by=request.staff, note=note):
                audit.note(checkout, Event.CHECKED, request=request, reason=note)
                number += 1
    return number
