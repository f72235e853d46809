"""Importing accounts in the admin: upload a file, preview the changes, confirm."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.tables.columns import distinct_names
from backoffice.tables.forms import ColumnsForm, HeaderForm
from backoffice.tables.mapping import UnknownColumns, find_columns, first_rows, hidden_line
from backoffice.tables.table import Table, UnreadableFile
from backoffice.zones import use_zone_of
from cis.forms import ConfirmForm, UploadForm
from cis.models import AccountImport
from cis.preview import preview
from cis.rows.columns import ACCOUNTS, COLUMNS
from cis.rows.examining import read_row
from cis.rows.problems import ignored_line
from cis.tasks import import_in_background
from cis.uploads import StoredUpload

PERMISSION = "cis.add_accountimport"
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def upload(request: Request) -> HttpResponse:
    """Shows the form, then a preview of the changes. Nothing is changed here."""
    chosen = {"biller": request.GET["biller"]} if "biller" in request.GET else None
    form = UploadForm(
        request.POST or None, request.FILES or None, billers=request.billers, initial=chosen
    )
    if form.is_valid():
        try:
            return _read(request, _stored(request, form.cleaned_data))
        except UnreadableFile as error:
            form.add_error("file", str(error))
    return _page(request, "add", form=form, columns=COLUMNS)


def _stored(request: Request, entered: dict[str, Any]) -> StoredUpload:
    return StoredUpload.of(
        entered["file"].read(),
        user=request.staff.pk,
        biller=entered["biller"].pk,
        file_name=entered["file"].name[:200],
        is_full=entered["is_full"],
        sheet=entered["sheet"],
        delimiter=entered["delimiter"],
    )


def _read(request: Request, stored: StoredUpload) -> HttpResponse:
    """Shows the preview, or asks for the columns if their names don't show them."""
    table = stored.table()
    run = AccountImport(biller=request.billers.get(pk=stored.biller))
    try:
        columns = find_columns(table, ACCOUNTS, run.columns_used_before())
    except UnknownColumns as error:
        guess = ACCOUNTS.guess(table)
        return _columns_page(request, stored, table, guess, problem=str(error))
    return _preview(request, stored, table, columns)


def _preview(
    request: Request, stored: StoredUpload, table: Table, columns: dict[str, str]
) -> HttpResponse:
    biller = request.billers.get(pk=stored.biller)
    use_zone_of(biller)
    seen = preview(table, biller, columns, is_full=stored.is_full)
    read = replace(stored, header=table.header_number, columns=columns)
    form = ConfirmForm(initial={"upload": read.store()})
    unread = " ".join(filter(None, (ignored_line((), table.unread_sheets), hidden_line(table))))
    return _page(request, "preview", form=form, seen=seen, biller=biller, unread=unread)


@staff_page(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: Request) -> HttpResponse:
    """Asks which column is which, after the preview or if the names don't show it. If staff had to
    sign in again, it is opened with the token in its URL."""
    try:
        stored = _own(request)
        header = HeaderForm(request.POST or None)
        if header.is_valid():
            stored = replace(stored, header=header.cleaned_data["header"], columns={})
        table = stored.table()
        form = ColumnsForm(request.POST, names=distinct_names(table.header), fields=ACCOUNTS)
        if "chosen" in request.POST and form.is_valid():
            return _preview(request, stored, table, form.columns)
    except UnreadableFile as error:
        return _nothing_imported(request, error)
    known = stored.columns or ACCOUNTS.guess(table)
    errors = form if "chosen" in request.POST else None
    return _columns_page(request, stored, table, known, form=errors)


@staff_page(PERMISSION)
@require_POST
def discard(request: Request) -> HttpResponse:
    """Deletes an uploaded file that was not imported."""
    try:
        _own(request).forget()
    except UnreadableFile as error:
        return _nothing_imported(request, error)
    messages.success(request, _("The uploaded file was deleted. Nothing was imported."))
    return redirect("admin:cis_accountimport_add")


def _own(request: Request) -> StoredUpload:
    """Raises UnreadableFile if it is no longer stored."""
    sent = request.POST if request.method == "POST" else request.GET
    stored = StoredUpload.find(sent.get("upload", ""))
    if not _is_own(stored, request):
        raise PermissionDenied
    return stored


def _nothing_imported(request: Request, error: UnreadableFile) -> HttpResponse:
    messages.error(request, _("Nothing was imported. %s") % error)
    return redirect("admin:cis_accountimport_add")


def _columns_page(  # noqa: PLR0913  one page
    request: Request,
    stored: StoredUpload,
    table: Table,
    known: dict[str, str],
    *,
    form: ColumnsForm | None = None,
    problem: str = "",
) -> HttpResponse:
    names = distinct_names(table.header)
    token = replace(stored, header=table.header_number).store()
    return _page(
        request,
        "columns",
        form=form or ColumnsForm(names=names, fields=ACCOUNTS, initial=known),
        header_form=HeaderForm(initial={"header": table.header_number}),
        upload=token,
        page=f"{reverse('admin:cis_accountimport_columns')}?{urlencode({'upload': token})}",
        first=first_rows(
            table, ACCOUNTS, known, lambda row, columns: read_row(row, table.header, columns)
        ),
        problem=problem,
    )


@staff_page(PERMISSION)
@require_POST
def confirm(request: Request) -> HttpResponse:
    """Imports the uploaded file in a task, which runs immediately if there are no workers."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("admin:cis_accountimport_add")
    try:
        stored = _own(request)
    except UnreadableFile as error:
        return _nothing_imported(request, error)
    run = AccountImport.objects.create(
        biller_id=stored.biller,
        by_id=stored.user,
        file_name=stored.file_name,
        is_full=stored.is_full,
        columns=stored.columns,
    )
    chosen = form.cleaned_data
    import_in_background.enqueue(
        run.pk,
        chosen["upload"],
        chosen["close_anyway"],
        get_language(),
        customers_anyway=chosen["customers_anyway"],
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
