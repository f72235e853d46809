"""Account imports in the admin: the add page uploads a file; the other pages show results."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin_base import ScopedModelAdmin, Tool
from backoffice.navigation import capped
from backoffice.object_actions import Link
from backoffice.pills import Kind, pill
from backoffice.scope import OwnBillersFilter
from cis import views
from cis.models import AccountImport

STATE_KINDS: dict[str, Kind] = {
    AccountImport.State.FINISHED: "good",
    AccountImport.State.REJECTED: "wait",
    AccountImport.State.INTERRUPTED: "bad",
    AccountImport.State.FAILED: "bad",
}


@admin.register(AccountImport)
class AccountImportAdmin(ScopedModelAdmin[AccountImport]):
    filled_by = gettext_lazy(
        "Import the list of accounts from your billing system. Each import is kept here with "
        "its result."
    )
    operations = ("view", "add")
    add_label = gettext_lazy("Import accounts")
    tools = (
        Tool(gettext_lazy("Import accounts"), "cis_accountimport_add", views.PERMISSION),
        Tool(
            gettext_lazy("Account imports"),
            "cis_accountimport_changelist",
            "cis.view_accountimport",
            lambda billers: capped(AccountImport.objects.failing().filter(biller__in=billers)),
            work=gettext_lazy("Failed account imports"),
        ),
    )
    COUNTS = ("created", "changed", "unchanged", "closed", "rejected")
    list_display = ("started_at", "state", *COUNTS, "file_name", "biller", "by")
    list_filter = (("biller", OwnBillersFilter), "is_full")
    list_select_related = ("biller", "by")
    date_hierarchy = "started_at"
    show_full_result_count = False
    fields = (
        *("biller", "by", "file_name", "is_full", "started_at", "ended_at", "failure"),
        *(*COUNTS, "rejects_file", "asked_again", "warned", "warnings"),
    )
    readonly_fields = ("rejects_file",)
    change_form_template = "admin/object_actions.html"

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("add/", views.upload, name="cis_accountimport_add"),
            path("columns/", views.columns, name="cis_accountimport_columns"),
            path("discard/", views.discard, name="cis_accountimport_discard"),
            path("confirm/", views.confirm, name="cis_accountimport_confirm"),
            path("<int:pk>/rejects/", views.rejects, name="cis_accountimport_rejects"),
        ]
        return pages + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run: AccountImport = kwargs["obj"]
        is_next = not run.biller.is_active and request.user.has_perm("icsso.view_biller")
        address = reverse("admin:icsso_biller_going_live", args=[run.biller_id])
        context["object_actions"] = [Link(_("Go to “Going live”"), address)] if is_next else []
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("state"))
    def state(self, run: AccountImport) -> str:
        return pill(run.state, run.state.label, STATE_KINDS)

    @admin.display(description=gettext_lazy("rejected rows"))
    def rejects_file(self, run: AccountImport) -> str:
        if not run.rejects:
            return "–"
        address = reverse("admin:cis_accountimport_rejects", args=[run.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download with reasons"))
