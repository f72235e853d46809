"""Importing accounts in the admin: upload a file, look at what it would change, confirm."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from backoffice.scope import billers_of
from backoffice.tables.table import UnreadableFile
from cis.columns import COLUMNS
from cis.forms import ConfirmForm, UploadForm
from cis.models import AccountImport
from cis.preview import preview
from cis.tasks import import_in_background
from cis.uploads import StoredUpload

PERMISSION = "cis.add_accountimport"


def upload(request: HttpRequest) -> HttpResponse:
    """Shows the form, then what the file would change; nothing is changed here."""
    _check_permission(request)
    form = UploadForm(request.POST or None, request.FILES or None, billers=billers_of(request))
    if form.is_valid():
        try:
            return _preview(request, form.cleaned_data)
        except UnreadableFile as error:
            form.add_error("file", str(error))
    return _page(request, "add", form=form, columns=COLUMNS)


def _preview(request: HttpRequest, entered: dict[str, Any]) -> HttpResponse:
    stored = StoredUpload.of(
        entered["file"].read(),
        user=cast(User, request.user).pk,
        biller=entered["biller"].pk,
        file_name=entered["file"].name[:200],
        is_full=entered["is_full"],
    )
    seen = preview(stored.table(), entered["biller"], is_full=stored.is_full)
    form = ConfirmForm(initial={"upload": stored.store()})
    return _page(request, "preview", form=form, seen=seen)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Imports the file that waits. A task does it, at once where there are no workers."""
    _check_permission(request)
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


def _is_own(stored: StoredUpload, request: HttpRequest) -> bool:
    """Whether this staff user uploaded it, and still works for its biller."""
    return stored.user == request.user.pk and billers_of(request).filter(pk=stored.biller).exists()


def _tell(run: AccountImport, request: HttpRequest) -> None:
    if run.failure:
        messages.error(request, _("Nothing was imported. %s") % run.failure)
    elif run.ended_at:
        said = _("Imported: %(created)d new, %(changed)d changed, %(closed)d closed.")
        numbers = {"created": run.created, "changed": run.changed, "closed": run.closed}
        messages.success(request, said % numbers)
    else:
        messages.info(request, _("The import is running. Reload this page to see how it went."))


def _check_permission(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    shown = {**admin.site.each_context(request), "title": _("Import accounts"), **context}
    return render(request, f"admin/cis/accountimport/{name}.html", shown)
