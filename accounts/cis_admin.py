"""Operators import accounts from the CIS: a file, what it would change, a yes, what came of it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportMixin

from accounts.cis_forms import ConfirmForm, UploadForm
from accounts.cis_resource import AccountResource, TableFormat, WaitingUpload
from accounts.cis_runs import AccountImport
from accounts.cis_task import take_over_in_background
from accounts.models import User
from accounts.tables import UnreadableFile
from backoffice.scope import BillerScoped, OwnBillersFilter, Tool, billers_of

PERMISSION = "accounts.import_utilityaccount"


class ImportsFromCis(ImportMixin):  # type: ignore[misc]
    """Before the other bases of the accounts' ModelAdmin."""

    tools: tuple[Tool, ...] = (
        Tool(gettext_lazy("Import accounts"), "accounts_utilityaccount_import", PERMISSION),
    )
    resource_classes = (AccountResource,)
    import_formats = (TableFormat,)
    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    tmp_storage_class = WaitingUpload
    import_template_name = "admin/accounts/import.html"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    def get_import_form_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_import_form_kwargs(request)
        return {**kwargs, "billers": billers_of(request)}

    def get_confirm_form_kwargs(
        self, request: HttpRequest, import_form: Form | None = None
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_confirm_form_kwargs(request, import_form)
        return {**kwargs, "billers": billers_of(request)}

    def get_confirm_form_initial(
        self, request: HttpRequest, import_form: Form | None
    ) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if import_form:
            initial |= {name: import_form.cleaned_data[name] for name in ("biller", "is_full")}
        return initial

    def get_import_resource_kwargs(
        self, request: HttpRequest, *, form: Form, **kwargs: Any
    ) -> dict[str, Any]:
        given = getattr(form, "cleaned_data", {})
        return {name: given[name] for name in ("biller", "is_full") if name in given}

    def add_data_read_fail_error_to_form(self, form: Form, e: Exception) -> None:
        if not isinstance(e, UnreadableFile):
            raise e
        form.add_error("import_file", str(e))

    def import_action(self, request: HttpRequest, **kwargs: Any) -> TemplateResponse:
        page: TemplateResponse = super().import_action(request, **kwargs)
        page.context_data = {**(page.context_data or {}), "title": _("Import accounts")}
        return page

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The yes. The rest is done by a task, which is done at once where there are no workers."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if not form.is_valid():
            answer: HttpResponse = super().process_import(request, **kwargs)  # with what is wrong
            return answer
        said = form.cleaned_data
        run = AccountImport.objects.create(
            biller=said["biller"],
            by=cast(User, request.user),
            file_name=said["original_file_name"][:200],
            is_full=said["is_full"],
        )
        take_over_in_background.enqueue(
            run.pk, said["import_file_name"], said["close_anyway"], get_language()
        )
        run.refresh_from_db()
        return _what_came_of(run, request)


def _what_came_of(run: AccountImport, request: HttpRequest) -> HttpResponse:
    if run.failure:
        messages.error(request, _("Nothing was imported. %s") % run.failure)
        return redirect("admin:accounts_utilityaccount_import")
    if run.ended_at:
        said = _("Imported: %(came)d new, %(changed)d changed, %(closed)d closed.")
        numbers = {"came": run.came, "changed": run.changed, "closed": run.closed}
        messages.success(request, said % numbers)
    else:
        messages.info(request, _("The import goes on by itself. Load this page again to see it."))
    return redirect("admin:accounts_accountimport_change", run.pk)


@admin.register(AccountImport)
class AccountImportAdmin(BillerScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """What was taken over, to be read."""

    COUNTS = ("came", "changed", "unchanged", "closed", "refused")
    list_display = ("started_at", "biller", "by", "file_name", "is_full", *COUNTS)
    list_filter = (("biller", OwnBillersFilter), "is_full")
    list_select_related = ("biller", "by")
    date_hierarchy = "started_at"
    show_full_result_count = False
    fields = (
        *("biller", "by", "file_name", "is_full", "started_at", "ended_at", "failure"),
        *(*COUNTS, "refused_file"),
    )
    readonly_fields = ("refused_file",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        refused = self.admin_site.admin_view(self.download)
        mine = path("<int:pk>/refused/", refused, name="accounts_accountimport_refused")
        return [mine, *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        answer = HttpResponse("\ufeff" + run.refused_lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="refused-{run.pk}.csv"'
        return answer

    @admin.display(description=gettext_lazy("refused lines"))
    def refused_file(self, run: AccountImport) -> str:
        if not run.refused_lines:
            return "—"
        address = reverse("admin:accounts_accountimport_refused", args=[run.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download, with the reasons"))
