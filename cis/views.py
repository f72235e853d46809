"""Importing accounts in the admin: upload a file, preview the changes, confirm."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.tables.table import UnreadableFile
from cis.columns import COLUMNS
from cis.forms import ConfirmForm, UploadForm
from cis.models import AccountImport
from cis.preview import preview
from cis.tasks import import_in_background
from cis.uploads import StoredUpload

PERMISSION = "cis.add_accountimport"
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def upload(request: Request) -> HttpResponse:
    """Shows the form, then a preview of the changes. Nothing is changed here."""
    form = UploadForm(request.POST or None, request.FILES or None, billers=request.billers)
    if form.is_valid():
        try:
            return _preview(request, form.cleaned_data)
        except UnreadableFile as error:
            form.add_error("file", str(error))
    return _page(request, "add", form=form, columns=COLUMNS)


def _preview(request: Request, entered: dict[str, Any]) -> HttpResponse:
    stored = StoredUpload.of(
        entered["file"].read(),
        user=request.staff.pk,
        biller=entered["biller"].pk,
        file_name=entered["file"].name[:200],
        is_full=entered["is_full"],
    )
    seen = preview(stored.table(), entered["biller"], is_full=stored.is_full)
    form = ConfirmForm(initial={"upload": stored.store()})
    return _page(request, "preview", form=form, seen=seen, biller=entered["biller"])


@staff_page(PERMISSION)
@require_POST
def confirm(request: Request) -> HttpResponse:
    """Imports the uploaded file in a task, which runs at once if there are no workers."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("admin:cis_accountimport_add")
    try:
        stored = StoredUpload.find(form.cleaned_data["upload"])
    except UnreadableFile as error:
        messages.error(request, _("Nothing was imported. %s") % error)
        return redirect("admin:cis_accountimport_add")
    if not _is_own(stored, request):
        raise PermissionDenied
    run = AccountImport.objects.create(
        biller_id=stored.biller,
        by_id=stored.user,
        file_name=stored.file_name,
        is_full=stored.is_full,
    )
    import_in_background.enqueue(
        run.pk, form.cleaned_data["upload"], form.cleaned_data["close_anyway"], get_language()
    )
    run.refresh_from_db()
    _tell(run, request)
    return redirect("admin:cis_accountimport_change", run.pk)


def _is_own(stored: StoredUpload, request: Request) -> bool:
    """Whether this staff user uploaded it and still works for its biller."""
    return stored.user == request.staff.pk and request.billers.filter(pk=stored.biller).exists()


def _tell(run: AccountImport, request: Request) -> None:
    if run.failure:
        messages.error(request, _("Nothing was imported. %s") % run.failure)
    elif run.ended_at:
        said = _("Imported: %(created)d new, %(changed)d changed, %(closed)d closed.")
        numbers = {"created": run.created, "changed": run.changed, "closed": run.closed}
        messages.success(request, said % numbers)
    else:
        messages.info(request, _("The import is running. Reload this page to see the result."))


@staff_page("cis.view_accountimport")
def rejects(request: Request, pk: int) -> HttpResponse:
    """Returns the rejected rows as CSV, each with its reason."""
    own = AccountImport.objects.filter(biller__in=request.billers)
    run = get_object_or_404(own, pk=pk)
    response = HttpResponse("\ufeff" + run.rejects, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{run.pk}.csv"'
    return response


def _page(request: Request, name: str, **context: Any) -> HttpResponse:
    template = f"admin/cis/accountimport/{name}.html"
    return render_page(request, template, title=_("Import accounts"), **context)
