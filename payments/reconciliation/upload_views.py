"""Reconciliation up to the matching: the list and its days, then its columns."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.scope import billers_of
from backoffice.tables.table import UnreadableFile
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.decorators import own_reconciliation, reconciler_required
from payments.reconciliation.forms import ColumnsForm, UploadForm
from payments.reconciliation.importing import AlreadyImported, import_list
from payments.reconciliation.matching import match_in_background
from payments.reconciliation.parsing import guess_columns

FOLDER = "admin/payments/reconciliation"


@reconciler_required
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, billers=billers_of(request))
    if form.is_valid():
        try:
            return _begin(_imported(request, form), request)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        except AlreadyImported as error:
            said = _("This file was uploaded before, for the same days. Here is what came of it.")
            messages.warning(request, said)
            return redirect("admin:payments_reconciliation_change", error.earlier.pk)
    context = {**admin.site.each_context(request), "title": _("Upload a list"), "form": form}
    return render(request, f"{FOLDER}/upload.html", context)


def _imported(request: HttpRequest, form: UploadForm) -> Reconciliation:
    entered = form.cleaned_data
    return import_list(
        entered["file"].file,
        name=entered["file"].name,
        biller=entered["biller"],
        days=(entered["first_day"], entered["last_day"]),
        by=request.user,  # type: ignore[arg-type]
    )


def _begin(reconciliation: Reconciliation, request: HttpRequest) -> HttpResponse:
    """With the biller's columns of last time, when this list has them all; else they are asked."""
    columns = reconciliation.columns_used_before()
    if not columns:
        return redirect("admin:payments_reconciliation_columns", reconciliation.pk)
    messages.info(request, _("The columns are those of last time."))
    return _matched_with(columns, reconciliation)


@require_POST
@own_reconciliation
def again(request: HttpRequest, reconciliation: Reconciliation) -> HttpResponse:
    """With what we know by now, or where it broke off."""
    return _matched_with(reconciliation.columns, reconciliation)


def _matched_with(columns: dict[str, str], reconciliation: Reconciliation) -> HttpResponse:
    """Matches in the background, unless a line has a resolution: then the list stays as it is."""
    if columns and not reconciliation.has_resolutions():
        reconciliation.set_columns(columns)
        match_in_background.enqueue(reconciliation.pk)
    return redirect("admin:payments_reconciliation_change", reconciliation.pk)


@own_reconciliation
def columns(request: HttpRequest, reconciliation: Reconciliation) -> HttpResponse:
    if reconciliation.has_resolutions():
        messages.error(
            request, _("Lines of this list are resolved, so its columns cannot be changed.")
        )
        return redirect("admin:payments_reconciliation_change", reconciliation.pk)
    known = reconciliation.columns or guess_columns(reconciliation.header)
    form = ColumnsForm(request.POST or None, reconciliation=reconciliation, initial=known)
    if form.is_valid():
        return _matched_with(form.columns, reconciliation)
    context = {
        **admin.site.each_context(request),
        "title": _("Which column is which?"),
        "form": form,
        "reconciliation": reconciliation,
    }
    return render(request, f"{FOLDER}/columns.html", context)
