"""Staff pages before the matching: the list and its days, then its columns."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.tables.columns import still_fit
from backoffice.tables.forms import HeaderForm
from backoffice.tables.mapping import find_columns, first_rows, ignored_columns
from backoffice.tables.table import UnreadableFile
from backoffice.zones import use_zone_of
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.forms import ColumnsForm, UploadForm
from payments.reconciliation.importing import AlreadyImported, import_list
from payments.reconciliation.matching import match_in_background
from payments.reconciliation.reading.columns import PAYMENTS, guess_columns, new_columns
from payments.reconciliation.reading.first_rows import read_row
from payments.reconciliation.returns import unconfirmed
from payments.reconciliation.stored_table import StoredTable, use_header, why_fixed

PERMISSION = "payments.reconcile"
FOLDER = "admin/payments/reconciliation"
Request = StaffRequest[StaffUser]


def own_reconciliation(request: Request, pk: int, *, withdrawn_too: bool = False) -> Reconciliation:
    """Returns the reconciliation if it belongs to one of the staff user's billers and was not
    withdrawn; else 404."""
    lists = Reconciliation.objects.all() if withdrawn_too else Reconciliation.objects.in_force()
    own = lists.filter(biller__in=request.billers)
    found = get_object_or_404(own.select_related("biller", "uploaded_by"), pk=pk)
    use_zone_of(found.biller)
    return found


@staff_page(PERMISSION)
def upload(request: Request) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, billers=request.billers)
    if form.is_valid():
        try:
            return _begin(_imported(request, form), request)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        except AlreadyImported as error:
            said = _("This file was already uploaded for the same days. Here are the results.")
            messages.warning(request, said)
            return redirect("admin:payments_reconciliation_change", error.earlier.pk)
    return render_page(request, f"{FOLDER}/upload.html", title=_("Upload a list"), form=form)


def _imported(request: Request, form: UploadForm) -> Reconciliation:
    entered = form.cleaned_data
    return import_list(
        entered["file"].file,
        name=entered["file"].name,
        biller=entered["biller"],
        days=(entered["first_day"], entered["last_day"]),
        by=request.staff,
        sheet=entered["sheet"],
        delimiter=entered["delimiter"],
        tell=partial(messages.info, request),
    )


def _begin(reconciliation: Reconciliation, request: Request) -> HttpResponse:
    """Matches with the biller's last columns if the list has them all and no new ones, and if it is
    known what such a list contains; otherwise asks."""
    columns = reconciliation.columns_used_before()
    new = new_columns(reconciliation)
    if not still_fit(columns, reconciliation.header) or new or _is_another_report(reconciliation):
        if columns and new:
            said = _("The last list did not have these columns: %(names)s. Check each column.")
            messages.info(request, said % {"names": ", ".join(new)})
        return redirect("admin:payments_reconciliation_columns", reconciliation.pk)
    messages.info(request, _("The same columns as last time were used."))
    return _matched_with(columns, reconciliation)


def _is_another_report(reconciliation: Reconciliation) -> bool:
    """Whether the last list with these column names contained something else than the names of this
    one suggest: payments must not be mistaken for chargebacks, or vice versa."""
    last = reconciliation.last_with_names()
    if last is None:
        return reconciliation.report != Reconciliation.Report.PAYMENTS
    return last.report != reconciliation.report


@staff_page(PERMISSION)
@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    """Matches again, with the payments known now, or after an interruption."""
    reconciliation = own_reconciliation(request, pk)
    return _matched_with(reconciliation.columns, reconciliation)


@staff_page(PERMISSION)
@require_POST
def confirm(request: Request, pk: int) -> HttpResponse:
    """Matches again, and records returns that are based only on what the list contains."""
    reconciliation = own_reconciliation(request, pk)
    number = unconfirmed(reconciliation).values("payment").distinct().count()
    if request.POST.get("number") != str(number) or reconciliation.has_resolutions():
        messages.error(request, _("Nothing was recorded: the lines of this list have changed."))
        return redirect("admin:payments_reconciliation_change", pk)
    return _matched_with(reconciliation.columns, reconciliation, confirmed_by=request.staff)


def _matched_with(
    columns: dict[str, str],
    reconciliation: Reconciliation,
    *,
    confirmed_by: StaffUser | None = None,
) -> HttpResponse:
    """Matches in the background. If a line has a resolution, the list stays as it is."""
    if columns and not (reconciliation.emptied_at or reconciliation.has_resolutions()):
        reconciliation.set_columns(columns, confirmed_by=confirmed_by)
        match_in_background.enqueue(reconciliation.pk)
    return redirect("admin:payments_reconciliation_change", reconciliation.pk)


@staff_page(PERMISSION)
def columns(request: Request, pk: int) -> HttpResponse:
    """Asks which column is which, and which row is the header."""
    reconciliation = own_reconciliation(request, pk)
    if obstacle := why_fixed(reconciliation):
        messages.error(request, obstacle)
        return redirect("admin:payments_reconciliation_change", reconciliation.pk)
    header = HeaderForm(request.POST if "header" in request.POST else None)
    if header.is_bound:
        return _read_from(request, reconciliation, header)
    form = ColumnsForm(
        request.POST or None,
        reconciliation=reconciliation,
        initial=reconciliation.columns or _likely_columns(reconciliation),
    )
    if form.is_valid():
        return _matched_with(form.columns, reconciliation)
    return _columns_page(request, reconciliation, form)


def _likely_columns(reconciliation: Reconciliation) -> dict[str, str]:
    """Returns the biller's last columns if the list has them all, plus those recognized by name."""
    header, last = reconciliation.header, reconciliation.columns_used_before()
    kept = {f: name for f, name in last.items() if name} if still_fit(last, header) else {}
    others = guess_columns([name for name in header if name not in kept.values()])
    return {**others, **kept}


def _read_from(
    request: Request, reconciliation: Reconciliation, header: HeaderForm
) -> HttpResponse:
    try:
        if header.is_valid():
            use_header(reconciliation, header.cleaned_data["header"])
    except UnreadableFile as error:
        messages.error(request, str(error))
    return redirect("admin:payments_reconciliation_columns", reconciliation.pk)


def _columns_page(
    request: Request, reconciliation: Reconciliation, form: ColumnsForm
) -> HttpResponse:
    table = StoredTable(reconciliation)
    shown = form.columns if form.is_bound else form.initial
    return render_page(
        request,
        f"{FOLDER}/columns.html",
        title=_("Which column is which?"),
        form=form,
        problem=_why_asked(table, reconciliation),
        reconciliation=reconciliation,
        first=first_rows(table, PAYMENTS, shown, read_row(reconciliation)),
        ignored=ignored_columns(table, PAYMENTS, shown),
        header_form=HeaderForm(initial={"header": reconciliation.header_number}),
    )


def _why_asked(table: StoredTable, reconciliation: Reconciliation) -> str:
    """Returns why the names don't show which column is which; "" if they do."""
    try:
        find_columns(table, PAYMENTS, reconciliation.columns)
    except UnreadableFile as error:
        return str(error)
    finally:
        table.choose_header(reconciliation.header_number)
    return ""
