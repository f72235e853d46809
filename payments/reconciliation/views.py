"""Staff pages after the matching: the outcome, the lines to work through, and one line."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from backoffice.navigation import capped
from backoffice.staff_pages import render_page, staff_page
from backoffice.tables.mapping import described
from icsso.billers.models import Biller
from payments.models import Payment, Reversal
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import LineQuerySet, ReconciliationLine, Resolution
from payments.models.reversal_kind import ReversalKind
from payments.models.sums import cents
from payments.reconciliation.declined import decline_of
from payments.reconciliation.forms import AddForm, RecordForm, ResolutionForm, WithdrawForm
from payments.reconciliation.linking import refunds_of
from payments.reconciliation.reading.columns import PAYMENTS
from payments.reconciliation.recording import Choice, candidates, record_reversal
from payments.reconciliation.resolution import (
    KINDS,
    NotResolved,
    add_payment,
    has_other_resolutions,
    last_key,
    obstacle,
    resolutions_of_payment,
    resolve,
)
from payments.reconciliation.returns import amount_of, unconfirmed
from payments.reconciliation.stored_table import StoredTable, why_fixed
from payments.reconciliation.upload_views import FOLDER, PERMISSION, Request, own_reconciliation
from payments.reconciliation.withdrawal import (
    NotWithdrawn,
    resolved_lines,
    reversals_of,
    withdraw,
)

LINES_PER_PAGE = 50
MOST_RESOLVED = 20  # lines shown
Outcome = ReconciliationLine.Outcome
KNOWN = {Outcome.MATCHED, Outcome.DIFFERENT, Outcome.AMBIGUOUS, Outcome.RETURNED}
KNOWN |= {Outcome.UNREADABLE, Outcome.REVERSED}
# The filters for the lines of an outcome.
SHOWN = {
    "open": (pgettext_lazy("lines", "open"), Q(resolved=False)),
    "ours": (
        gettext_lazy("open, from a payment page on this portal"),
        Q(resolved=False, checkout__isnull=False),
    ),
    "resolved": (pgettext_lazy("lines", "resolved"), Q(resolved=True)),
    "all": (gettext_lazy("all"), Q()),
}


def number_open(billers: QuerySet[Biller]) -> int:
    """Returns how many lines wait for a resolution at these billers, up to `MOST_WAITING`."""
    lists = Reconciliation.objects.in_force().exclude(matched_at=None).filter(biller__in=billers)
    lines = ReconciliationLine.objects.filter(reconciliation__in=lists, outcome__in=KINDS)
    return capped(lines.with_resolved().filter(Q(resolved=False)))


def own_line(request: Request, pk: int, line: int) -> ReconciliationLine:
    """Returns the line if it belongs to one of the staff user's billers; else 404."""
    reconciliation = own_reconciliation(request, pk)
    lines = ReconciliationLine.objects.with_resolved().filter(reconciliation=reconciliation)
    related = lines.select_related(
        "reconciliation__biller", "payment__account", "payment__checkout", "checkout"
    )
    return get_object_or_404(related, pk=line)


@staff_page(PERMISSION)
def overview(request: Request, pk: int) -> HttpResponse:
    reconciliation = own_reconciliation(request, pk, withdrawn_too=True)
    is_withdrawn = reconciliation.withdrawn_at is not None
    if not reconciliation.columns and not is_withdrawn:
        return redirect("admin:payments_reconciliation_columns", reconciliation.pk)
    is_fixed = bool(why_fixed(reconciliation))
    is_counted = reconciliation.matched_at and not is_withdrawn
    context = {
        "title": reconciliation.heading,
        "reconciliation": reconciliation,
        "counts": counted(reconciliation) if is_counted else [],
        "may_match_again": not is_fixed,
        "unconfirmed": totals_of(unconfirmed(reconciliation)) if is_counted else None,
        "may_confirm": not (reconciliation.emptied_at or reconciliation.has_resolutions()),
        "left": reversals_of(reconciliation).count() if is_withdrawn else 0,
        "columns": described(StoredTable(reconciliation), PAYMENTS, reconciliation.columns),
    }
    return _page(request, "overview", context)


@staff_page(PERMISSION)
def withdraw_list(request: Request, pk: int) -> HttpResponse:
    """Asks for confirmation, or says what was resolved from the list."""
    reconciliation = own_reconciliation(request, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            withdraw(reconciliation, by=request.staff)
        except NotWithdrawn:
            return redirect("admin:payments_reconciliation_withdraw", pk)
        messages.success(request, _("The list was withdrawn. It no longer counts anywhere."))
        return redirect("admin:payments_reconciliation_change", pk)
    resolved = resolved_lines(reconciliation)
    context = {
        "title": _("Withdraw this list?"),
        "reconciliation": reconciliation,
        "form": form,
        "number": resolved.count(),
        "reversals": reversals_of(reconciliation).count(),
        "resolved": [(each, each.resolutions.latest("pk")) for each in resolved[:MOST_RESOLVED]],
    }
    return _page(request, "withdraw", context)


def totals_of(lines: LineQuerySet) -> dict[str, Any]:
    """Returns how many payments the lines reduce, and by how much, fees included."""
    both = cents("amount") + Coalesce(cents("fee"), 0)
    found = lines.order_by().aggregate(number=Count("payment", distinct=True), cents=Sum(both))
    return {"number": found["number"], "total": Decimal(found["cents"] or 0).scaleb(-2)}


def counted(reconciliation: Reconciliation) -> list[dict[str, Any]]:
    """Returns the number and total of lines per outcome, in the order of the outcomes."""
    lines = ReconciliationLine.objects.with_resolved().filter(reconciliation=reconciliation)
    is_open = Q(resolved=False)
    rows = {
        row["outcome"]: row
        for row in lines.order_by()
        .values("outcome")
        .annotate(
            lines=Count("pk"),
            open=Count("pk", filter=is_open),
            ours=Count("pk", filter=is_open & Q(checkout__isnull=False)),
            total=Sum("amount"),
        )
    }
    return [
        {**rows[outcome], "label": outcome.label, "needs_work": outcome in KINDS}
        for outcome in Outcome
        if outcome in rows
    ]


@staff_page(PERMISSION)
def lines(request: Request, pk: int, outcome: str) -> HttpResponse:
    reconciliation = own_reconciliation(request, pk)
    if outcome not in Outcome:
        raise Http404
    usual = "open" if outcome in KINDS else "all"
    shown = request.GET.get("show", usual)
    if shown not in SHOWN:
        raise Http404
    every = ReconciliationLine.objects.filter(reconciliation=reconciliation, outcome=outcome)
    pages = Paginator(_listed(every, SHOWN[shown][1]), LINES_PER_PAGE)
    context = {
        "title": capfirst(Outcome(outcome).label),
        "reconciliation": reconciliation,
        "knows": outcome in KNOWN,
        "page": pages.get_page(request.GET.get("page")),
        "shown": shown,
        "choices": [(name, label) for name, (label, _only) in SHOWN.items()],
    }
    return _page(request, "lines", context)


def _listed(every: LineQuerySet, only: Q) -> QuerySet[ReconciliationLine]:
    found = every.with_resolved().filter(only).order_by("number", "pk")
    return found.select_related("payment", "reconciliation").prefetch_related(
        "payment__lines__reversal_lines"
    )


@staff_page(PERMISSION)
def line(request: Request, pk: int, line: int) -> HttpResponse:
    return _line_page(request, own_line(request, pk, line))


def _elsewhere(line: ReconciliationLine, known: Payment) -> QuerySet[ReconciliationLine]:
    others = ReconciliationLine.objects.filter(payment=known).exclude(pk=line.pk)
    return others.filter(reconciliation__withdrawn_at=None)


def _line_page(request: Request, line: ReconciliationLine, **forms: Any) -> HttpResponse:
    known, resolutions = line.payment, list(line.resolutions.select_related("by"))
    elsewhere = _elsewhere(line, known) if known else None
    context = {
        "title": _("Line %(number)s") % {"number": line.number} if line.number else str(known),
        "line": line,
        "cells": zip(line.reconciliation.header, line.cells, strict=False),
        "resolutions": resolutions,
        "is_added": bool(resolutions) and resolutions[-1].kind in Resolution.LAST,
        "elsewhere": elsewhere.select_related("reconciliation")[:10] if elsewhere else [],
        "obstacle": obstacle(line),
        "refunded": sum(amount_of(each) for each in refunds_of(line)),
        "has_other_resolutions": has_other_resolutions(line),
        "add_form": AddForm(initial={"seen": last_key(resolutions_of_payment(line))}),
        "resolution_form": ResolutionForm(
            line=line, initial={"seen": resolutions[-1].pk if resolutions else None}
        ),
        "decline": decline_of(line),
        "reversal": Reversal.objects.filter(list_line=line).select_related("payment").first(),
        "record_form": _record_form(line, resolutions),
        **forms,
    }
    return _page(request, "line", context, status=400 if forms else 200)


def _record_form(line: ReconciliationLine, resolutions: list[Resolution]) -> RecordForm | None:
    """Returns the form to record a reversal from this line, if there is a payment to choose."""
    found = candidates(line)
    if not found:
        return None
    is_certain = line.payment is not None or len(found) == 1
    initial = {
        "payment": str(found[0].pk) if is_certain else None,
        "kind": line.kind or ReversalKind.REFUNDED,
        "amount": None if line.amount is None else abs(line.amount),
        "fee": abs(line.fee) if line.fee else None,
        "seen": resolutions[-1].pk if resolutions else None,
    }
    return RecordForm(payments=found, initial=initial)


@staff_page(PERMISSION)
@require_POST
def add(request: Request, pk: int, line: int) -> HttpResponse:
    found = own_line(request, pk, line)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _line_page(request, found, add_form=form)
    try:
        add_payment(found, **form.cleaned_data, by=request.staff)
    except NotResolved as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The payment was added."))
    return redirect("admin:payments_reconciliation_line", pk, line)


@staff_page(PERMISSION)
@require_POST
def resolve_line(request: Request, pk: int, line: int) -> HttpResponse:
    found = own_line(request, pk, line)
    form = ResolutionForm(request.POST, line=found)
    if not form.is_valid():
        return _line_page(request, found, resolution_form=form)
    try:
        made = resolve(found, **form.cleaned_data, by=request.staff)
    except NotResolved as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Saved: %s.") % made.get_kind_display())
    return redirect("admin:payments_reconciliation_line", pk, line)


@staff_page(PERMISSION)
@require_POST
def record(request: Request, pk: int, line: int) -> HttpResponse:
    found = own_line(request, pk, line)
    form = RecordForm(request.POST, payments=candidates(found))
    if not form.is_valid():
        return _line_page(request, found, record_form=form)
    chosen = dict(form.cleaned_data)
    seen = chosen.pop("seen")
    try:
        record_reversal(found, Choice(**chosen), by=request.staff, seen=seen)
    except NotResolved as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The reversal was recorded."))
    return redirect("admin:payments_reconciliation_line", pk, line)


def _page(
    request: Request, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render_page(request, f"{FOLDER}/{name}.html", status=status, **context)
