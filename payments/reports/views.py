"""The reports page of the back office, and each of its tables as a file."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from backoffice.exports.admin import Writer, as_csv, as_xlsx, logged
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from icsso.billers.time_zones import zone_label
from payments.models import Payment
from payments.reports.charts import Drawing, draw
from payments.reports.forms import ReportForm
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope, without_compiling

VIEW, EXPORT = "payments.view_reports", "payments.export_payment"
Request = StaffRequest[StaffUser]


@staff_page(VIEW)
def reports(request: Request) -> HttpResponse:
    form = _form(request)
    return render_page(
        request,
        "admin/payments/reports.html",
        title=_("Reports"),
        form=form,
        drawings=_drawings(form.scope()) if form.is_valid() else [],
        query=request.GET.urlencode(),
        may_export=request.user.has_perm(EXPORT),
        zones=[zone_label(zone.key) for zone in form.scope().zones] if form.is_valid() else [],
    )


@staff_page(VIEW, EXPORT)
@require_POST
def report_csv(request: Request, name: str) -> HttpResponseBase:
    return _export(request, name, as_csv)


@staff_page(VIEW, EXPORT)
@require_POST
def report_xlsx(request: Request, name: str) -> HttpResponseBase:
    return _export(request, name, as_xlsx)


def _form(request: Request) -> ReportForm:
    return ReportForm(request.GET.dict(), billers=request.billers)


def _drawings(scope: Scope) -> list[Drawing]:
    with without_compiling():
        return [draw(name, report(scope)) for name, report in REPORTS.items()]


def _export(request: Request, name: str, write: Writer) -> HttpResponseBase:
    form = _form(request)
    if name not in REPORTS or not form.is_valid():
        raise Http404
    with without_compiling():
        table = REPORTS[name](form.scope())
    rows = logged(request, Payment, table.rows, report=name)
    return write(name, table.headings, rows)
