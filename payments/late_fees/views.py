"""The report “Could not pay”, from which late fees are waived, as a page and as a file."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import StaffUser
from backoffice.exports.admin import Writer, as_csv, as_xlsx, logged
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from payments.late_fees.report import COLUMNS, attempts, is_paid_late, rows, totals, who
from payments.models import FailedAttempt
from payments.reports.forms import ReportForm

VIEW, EXPORT = "payments.view_failedattempt", "payments.export_failedattempt"
ROWS = 50
Request = StaffRequest[StaffUser]


@staff_page(VIEW)
@require_safe
def late_fees(request: Request) -> HttpResponse:
    form = _form(request)
    context: dict[str, Any] = {}
    if form.is_valid():
        found = attempts(form.scope())
        page = Paginator(found, ROWS).get_page(request.GET.get("page"))
        shown = [(attempt, who(attempt), is_paid_late(attempt)) for attempt in page]
        context = {"page": page, "rows": shown, "totals": totals(found)}
    return render_page(
        request,
        "admin/payments/late_fees.html",
        title=_("Could not pay"),
        form=form,
        query=request.GET.urlencode(),
        may_export=request.user.has_perm(EXPORT),
        **context,
    )


@staff_page(VIEW, EXPORT)
@require_POST
def late_fees_csv(request: Request) -> HttpResponseBase:
    return _export(request, as_csv)


@staff_page(VIEW, EXPORT)
@require_POST
def late_fees_xlsx(request: Request) -> HttpResponseBase:
    return _export(request, as_xlsx)


def _form(request: Request) -> ReportForm:
    return ReportForm(request.GET.dict(), billers=request.billers)


def _export(request: Request, write: Writer) -> HttpResponseBase:
    form = _form(request)
    if not form.is_valid():
        raise Http404
    headings = [column.heading for column in COLUMNS]
    found = logged(request, FailedAttempt, rows(form.scope()), report="late-fees")
    return write("could-not-pay", headings, found)


URLS: list[URLPattern] = [
    path("late-fees/", late_fees, name="payments_late_fees"),
    path("late-fees/csv/", late_fees_csv, name="payments_late_fees_csv"),
    path("late-fees/xlsx/", late_fees_xlsx, name="payments_late_fees_xlsx"),
]
