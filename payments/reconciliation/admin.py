"""Reconciliation in the admin: the uploaded lists, and the URLs of their pages."""

from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.admin_base import ScopedModelAdmin, Tool
from backoffice.scope import OwnBillersFilter
from payments.models.reconciliation import Reconciliation
from payments.reconciliation import upload_views, views
from payments.reconciliation.upload_views import PERMISSION


@admin.register(Reconciliation)
class ReconciliationAdmin(ScopedModelAdmin[Reconciliation]):
    filled_by = _("Upload Invoice Cloud's list of payments to compare it with the portal's.")
    operations = ("view", "add")
    permission = PERMISSION
    add_label = _("Upload a list")
    tools = (
        Tool(
            _("Reconciliation"),
            "payments_reconciliation_changelist",
            PERMISSION,
            views.number_open,
            work=_("Open reconciliation lines"),
        ),
    )
    list_display = ("days", "state", "uploaded_at", "uploaded_by", "file_name", "biller")
    list_filter = (("biller", OwnBillersFilter), "uploaded_at")
    list_select_related = ("biller", "uploaded_by")
    show_full_result_count = False

    def heading_of(self, record: Reconciliation) -> str:
        return record.heading

    @admin.display(description=_("days"))
    def days(self, reconciliation: Reconciliation) -> str:
        return reconciliation.days

    @admin.display(description=_("state"))
    def state(self, reconciliation: Reconciliation) -> Promise:
        return reconciliation.state

    def get_urls(self) -> list[URLPattern]:
        name = "payments_reconciliation_{}".format
        line = "<int:pk>/line/<int:line>/"
        pages: list[URLPattern] = [
            path("add/", upload_views.upload, name=name("add")),
            path("<int:pk>/change/", views.overview, name=name("change")),
            path("<int:pk>/columns/", upload_views.columns, name=name("columns")),
            path("<int:pk>/again/", upload_views.again, name=name("again")),
            path("<int:pk>/confirm/", upload_views.confirm, name=name("confirm")),
            path("<int:pk>/withdraw/", views.withdraw_list, name=name("withdraw")),
            path("<int:pk>/lines/<slug:outcome>/", views.lines, name=name("lines")),
            path(line, views.line, name=name("line")),
            path(f"{line}add/", views.add, name=name("line_add")),
            path(f"{line}record/", views.record, name=name("line_record")),
            path(f"{line}resolve/", views.resolve_line, name=name("line_resolve")),
        ]
        return pages + super().get_urls()
