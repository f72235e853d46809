"""Reconciliation in the admin: the lists so far; the pages of one are those of this folder."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.scope import BillerScoped, OwnBillersFilter, Tool
from payments.models.reconciliation import Reconciliation
from payments.reconciliation import upload_views as uploading
from payments.reconciliation import views as working
from payments.reconciliation.decorators import PERMISSION


@admin.register(Reconciliation)
class ReconciliationAdmin(BillerScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    tools = (Tool(_("Reconciliation"), "payments_reconciliation_changelist", PERMISSION),)
    list_display = ("days", "biller", "file_name", "uploaded_at", "uploaded_by", "state")
    list_filter = (("biller", OwnBillersFilter), "uploaded_at")
    list_select_related = ("biller", "uploaded_by")
    show_full_result_count = False

    @admin.display(description=_("days"))
    def days(self, reconciliation: Reconciliation) -> str:
        return reconciliation.days

    @admin.display(description=_("state"))
    def state(self, reconciliation: Reconciliation) -> Promise:
        return reconciliation.state

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return uploading.upload(request)

    def get_urls(self) -> list[URLPattern]:
        """One page each, before those that Django makes."""
        inside, name = self.admin_site.admin_view, "payments_reconciliation_{}".format
        pages: list[URLPattern] = [
            path("<int:pk>/change/", inside(working.overview), name=name("change")),
            path("<int:pk>/columns/", inside(uploading.columns), name=name("columns")),
            path("<int:pk>/again/", inside(uploading.again), name=name("again")),
            path("<int:pk>/lines/<slug:outcome>/", inside(working.lines), name=name("lines")),
            path("<int:pk>/line/<int:line>/", inside(working.line), name=name("line")),
            path("<int:pk>/line/<int:line>/add/", inside(working.add), name=name("line_add")),
            path(
                "<int:pk>/line/<int:line>/resolve/",
                inside(working.resolve_line),
                name=name("line_resolve"),
            ),
        ]
        return pages + super().get_urls()
