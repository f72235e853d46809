"""The reports page of the back office, and each of its tables as a file."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.exports.admin import Writer, as_csv, as_xlsx, recorded
from backoffice.scope import Tool, billers_of
from icsso.billers.models import Biller
from payments.models import Payment
from payments.reports.charts import Drawing, draw
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope, without_compiling

USUAL_DAYS, MOST_DAYS = 30, 366
EARLIEST_YEAR = 2000
DAY = forms.DateInput({"type": "date"}, "%Y-%m-%d")
VIEW, EXPORT = "payments.view_reports", "payments.export_payment"
REPORTS_TOOL = Tool(_("Reports"), "payments_reports", VIEW)


def _check_year(day: date) -> None:
    if not EARLIEST_YEAR <= day.year <= timezone.localdate().year + 1:
        raise forms.ValidationError(_("Choose a day that is not so far away."))


class ReportForm(forms.Form):
    """The billers and the days of the reports."""

    biller = forms.ModelChoiceField(
        Biller.objects.none(), label=_("Biller"), required=False, empty_label=_("All of mine")
    )
    first = forms.DateField(label=_("From"), widget=DAY, validators=[_check_year])
    last = forms.DateField(label=_("To"), widget=DAY, validators=[_check_year])

    def __init__(self, request: HttpRequest) -> None:
        today = timezone.localdate()
        usual = {"first": today - timedelta(days=USUAL_DAYS - 1), "last": today}
        super().__init__({**usual, **request.GET.dict()})
        self.billers = billers_of(request)
        field: Any = self.fields["biller"]
        field.queryset = self.billers

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", _("This day is before the first one."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("A report covers a year at most."))
        return given

    def scope(self) -> Scope:
        """Returns the scope of a valid form."""
        given = self.cleaned_data
        chosen = given["biller"]
        billers = self.billers.filter(pk=chosen.pk) if chosen else self.billers
        return Scope(billers=billers, first=given["first"], last=given["last"])


class ReportPages:
    """A mixin that comes before `admin.ModelAdmin`."""

    def get_urls(self) -> list[URLPattern]:
        site: Any = self.admin_site  # type: ignore[attr-defined]
        csv, xlsx = require_POST(self.report_csv), require_POST(self.report_xlsx)
        own = [
            path("reports/", site.admin_view(self.reports), name="payments_reports"),
            path("reports/<slug:name>/csv/", site.admin_view(csv), name="payments_report_csv"),
            path("reports/<slug:name>/xlsx/", site.admin_view(xlsx), name="payments_report_xlsx"),
        ]
        listed: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return own + listed

    def reports(self, request: HttpRequest) -> HttpResponse:
        _demand(request, VIEW)
        form = ReportForm(request)
        site: Any = self.admin_site  # type: ignore[attr-defined]
        context = {
            **site.each_context(request),
            "title": _("Reports"),
            "form": form,
            "drawings": _drawings(form.scope()) if form.is_valid() else [],
            "query": request.GET.urlencode(),
            "may_export": request.user.has_perm(EXPORT),
            "zone": timezone.get_current_timezone_name(),
        }
        return TemplateResponse(request, "admin/payments/reports.html", context)

    def report_csv(self, request: HttpRequest, name: str) -> HttpResponseBase:
        return _export(request, name, as_csv)

    def report_xlsx(self, request: HttpRequest, name: str) -> HttpResponseBase:
        return _export(request, name, as_xlsx)


def _drawings(scope: Scope) -> list[Drawing]:
    with without_compiling():
        return [draw(name, report(scope)) for name, report in REPORTS.items()]


def _export(request: HttpRequest, name: str, write: Writer) -> HttpResponseBase:
    _demand(request, VIEW, EXPORT)
    form = ReportForm(request)
    if name not in REPORTS or not form.is_valid():
        raise Http404
    with without_compiling():
        table = REPORTS[name](form.scope())
    rows = recorded(request, Payment, table.rows, report=name)
    return write(name, table.headings, rows)


def _demand(request: HttpRequest, *permissions: str) -> None:
    user: Any = request.user
    if not user.has_perms(permissions):
        raise PermissionDenied
