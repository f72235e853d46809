"""Exports of admin lists: the filtered rows, for staff with the permission, with an audit entry."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.admin_base import M, ScopedModelAdmin
from backoffice.audit.registry import marks
from backoffice.exports.files import Column, csv_text, in_zone, one_by_one, xlsx_file
from backoffice.scope import billers_of
from backoffice.staff_pages import StaffPage
from backoffice.zones import have_several_zones

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = Iterable[Sequence[Any]]
Writer = Callable[[str, Iterable[Any], Rows], HttpResponseBase]


class ExportModelAdmin(ScopedModelAdmin[M]):
    """Offers the list as CSV and XLSX to staff with the permission `export_<model>`.

    export_columns: none may contain a secret.
    """

    export_columns: Sequence[Column] = ()
    change_list_template = "admin/list_with_export.html"

    @property
    def export_permission(self) -> str:
        return f"{self.opts.app_label}.{get_permission_codename('export', self.opts)}"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        exports = [
            path("export/csv/", self._export_page(as_csv), name=f"{name}_csv"),
            path("export/xlsx/", self._export_page(as_xlsx), name=f"{name}_xlsx"),
        ]
        return exports + super().get_urls()

    def _export_page(self, write: Writer) -> StaffPage[HttpRequest, []]:
        view = require_POST(partial(self.export_view, write=write))
        return StaffPage(view, self.export_permission)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_export = {"may_export": request.user.has_perm(self.export_permission)}
        return super().changelist_view(request, {**(extra_context or {}), **may_export})

    def export_view(self, request: HttpRequest, *, write: Writer) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../../")  # as the list itself does
        rows = self._exported(found)
        name = str(self.opts.verbose_name_plural).replace(" ", "-")
        headings = [column.heading for column in self.export_columns]
        if have_several_zones(billers_of(request)):
            headings.append(_("time zone"))
            rows = self._exported(found, names_zone=True)
        return write(name, headings, logged(request, self.model, rows))

    def _exported(self, found: QuerySet[M], *, names_zone: bool = False) -> Rows:
        """Yields the values of each row, with times in the zone of the row's biller. A download is
        sent after the request, when no zone is active anymore.

        names_zone: adds the zone's name, because a spreadsheet's times have none.
        """
        for row in one_by_one(found):
            biller = self.biller_of(row)
            values = [column.value(row) for column in self.export_columns]
            shown = [in_zone(value, biller.zone) for value in values]
            yield [*shown, biller.time_zone] if names_zone else shown


def logged(
    request: HttpRequest, model: type[Model], rows: Rows, **details: str
) -> Iterator[Sequence[Any]]:
    """Returns the same rows. When they end, or the download is interrupted, the audit log records
    how many were sent."""
    number = 0
    user: Any = request.user
    try:
        for row in rows:
            number += 1
            yield row
    finally:
        LogEntry.objects.create(
            actor_id=user.pk,
            actor_email=user.email,
            action=LogEntry.Action.ACCESS,
            content_type=ContentType.objects.get_for_model(model),
            object_pk="",
            object_repr=f"export: {number} rows",
            additional_data={**_readers(request), "exported": number, **details},
        )


def _readers(request: HttpRequest) -> dict[str, Any]:
    """Marks whose staff can read this entry. Superusers' exports are visible to superusers only."""
    own = () if request.user.is_superuser else billers_of(request).values_list("pk", flat=True)
    return marks(own)


def as_csv(name: str, headings: Iterable[Any], rows: Rows) -> HttpResponseBase:
    response = StreamingHttpResponse(csv_text(headings, rows), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{_dated(name)}.csv"'
    return response


def as_xlsx(name: str, headings: Iterable[Any], rows: Rows) -> HttpResponseBase:
    file = xlsx_file(headings, rows)
    name = f"{_dated(name)}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _dated(name: str) -> str:
    return f"{name}-{timezone.localdate()}"
