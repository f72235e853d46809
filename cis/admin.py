"""Account imports in the admin: the add page uploads a file, the others show what came of it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.scope import BillerScoped, OwnBillersFilter, Tool
from cis import views
from cis.models import AccountImport


@admin.register(AccountImport)
class AccountImportAdmin(BillerScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever has the permission to add an import uploads files; nobody changes or deletes one."""

    tools = (Tool(gettext_lazy("Import accounts"), "cis_accountimport_add", views.PERMISSION),)
    COUNTS = ("created", "changed", "unchanged", "closed", "rejected")
    list_display = ("started_at", "biller", "by", "file_name", "is_full", *COUNTS)
    list_filter = (("biller", OwnBillersFilter), "is_full")
    list_select_related = ("biller", "by")
    date_hierarchy = "started_at"
    show_full_result_count = False
    fields = (
        *("biller", "by", "file_name", "is_full", "started_at", "ended_at", "failure"),
        *(*COUNTS, "rejects_file"),
    )
    readonly_fields = ("rejects_file",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return views.upload(request)

    def get_urls(self) -> list[URLPattern]:
        inside = self.admin_site.admin_view
        pages = [
            path("confirm/", inside(views.confirm), name="cis_accountimport_confirm"),
            path("<int:pk>/rejects/", inside(self.download), name="cis_accountimport_rejects"),
        ]
        return pages + super().get_urls()

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        answer = HttpResponse("\ufeff" + run.rejects, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="rejects-{run.pk}.csv"'
        return answer

    @admin.display(description=gettext_lazy("rejected rows"))
    def rejects_file(self, run: AccountImport) -> str:
        if not run.rejects:
            return "—"
        address = reverse("admin:cis_accountimport_rejects", args=[run.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download, with the reasons"))
