"""Lists of the admin as files: what the list's filters show, for those who may, and on record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice.audit.registry import marks
from backoffice.exports.files import Column, csv_text, one_by_one, xlsx_file
from backoffice.scope import billers_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = Iterable[Sequence[Any]]
Writer = Callable[[str, Iterable[Any], Rows], HttpResponseBase]


class Exported:
    """Before `admin.ModelAdmin` among the bases: buttons above the list, and what they give.

    Whoever has the permission `export_<model>`. No column may hold a secret.
    """

    export_columns: Sequence[Column] = ()
    change_list_template: Any = "admin/list_with_export.html"

    def get_urls(self) -> list[URLPattern]:
        mixed: Any = self
        wrap, name = mixed.admin_site.admin_view, f"{_label(mixed.model)}_export"
        own = [
            path("export/csv/", wrap(require_POST(self.export_csv)), name=f"{name}_csv"),
            path("export/xlsx/", wrap(require_POST(self.export_xlsx)), name=f"{name}_xlsx"),
        ]
        listed: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return own + listed

    def has_export_permission(self, request: HttpRequest) -> bool:
        meta = self.model._meta  # type: ignore[attr-defined]
        permission = f"{meta.app_label}.{get_permission_codename('export', meta)}"
        return bool(request.user.has_perm(permission))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_export = {"may_export": self.has_export_permission(request)}
        context = {**(extra_context or {}), **may_export}
        listed: HttpResponse = super().changelist_view(request, context)  # type: ignore[misc]
        return listed

    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        return self._export(request, as_csv)

    def export_xlsx(self, request: HttpRequest) -> HttpResponseBase:
        return self._export(request, as_xlsx)

    def _export(self, request: HttpRequest, write: Writer) -> HttpResponseBase:
        mixed: Any = self
        if not (mixed.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        try:
            found = mixed.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../../")  # as the list itself does
        rows = ([one.value(row) for one in self.export_columns] for row in one_by_one(found))
        name = str(mixed.model._meta.verbose_name_plural).replace(" ", "-")
        headings = [one.heading for one in self.export_columns]
        return write(name, headings, recorded(request, mixed.model, rows))


def recorded(
    request: HttpRequest, model: type[Model], rows: Rows, **what: str
) -> Iterator[Sequence[Any]]:
    """The same rows. When they end, or somebody breaks off, it is on record how many went out."""
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
            additional_data={**_concerned(request), "exported": number, **what},
        )


def _concerned(request: HttpRequest) -> dict[str, Any]:
    """Whose operators read this entry. What superusers export is for superusers to read."""
    own = () if request.user.is_superuser else billers_of(request).values_list("pk", flat=True)
    return marks(own)


def as_csv(name: str, headings: Iterable[Any], rows: Rows) -> HttpResponseBase:
    response = StreamingHttpResponse(csv_text(headings, rows), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{_file(name)}.csv"'
    return response


def as_xlsx(name: str, headings: Iterable[Any], rows: Rows) -> HttpResponseBase:
    file = xlsx_file(headings, rows)
    return FileResponse(file, as_attachment=True, filename=f"{_file(name)}.xlsx", content_type=XLSX)


def _file(name: str) -> str:
    return f"{name}-{timezone.localdate()}"


def _label(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
