"""Staff pages before the matching: the list and its days, then its columns."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.tables.table import UnreadableFile
from backoffice.zones import use_zone_of
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.forms import ColumnsForm, UploadForm
from payments.reconciliation.importing import AlreadyImported, import_list
from payments.reconciliation.matching import match_in_background
from payments.reconciliation.parsing import guess_columns

PERMISSION = "payments.reconcile"
FOLDER = "admin/payments/reconciliation"
Request = StaffRequest[StaffUser]


def own_reconciliation(request: Request, pk: int) -> Reconciliation:
    """Returns the reconciliation if it belongs to one of the staff user's billers; else 404."""
    own = Reconciliation.objects.filter(biller__in=request.billers)
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
    )


def _begin(reconciliation: Reconciliation, request: Request) -> HttpResponse:
    """Matches by the biller's last columns if the list has them all; else asks for columns."""
    columns = reconciliation.columns_used_before()
    if not columns:
        return redirect("admin:payments_reconciliation_columns", reconciliation.pk)
    messages.info(request, _("The same columns as last time were used."))
    return _matched_with(columns, reconciliation)


@staff_page(PERMISSION)
@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    """Matches again, with the payments known by now, or after an interruption."""
    reconciliation = own_reconciliation(request, pk)
    return _matched_with(reconciliation.columns, reconciliation)


def _matched_with(columns: dict[str, str], reconciliation: Reconciliation) -> HttpResponse:
    """Matches in the background. If a line has a resolution, the list stays as it is."""
    if columns and not reconciliation.has_resolutions():
        reconciliation.set_columns(columns)
        match_in_background.enqueue(reconciliation.pk)
    return redirect("admin:payments_reconciliation_change", reconciliation.pk)


@staff_page(PERMISSION)
def columns(request: Request, pk: int) -> HttpResponse:
    reconciliation = own_reconciliation(request, pk)
    if reconciliation.has_resolutions():
        messages.error(
            request, _("Some lines of this list are resolved, so its columns can't be changed.")
        )
        return redirect("admin:payments_reconciliation_change", reconciliation.pk)
    known = reconciliation.columns or guess_columns(reconciliation.header)
    form = ColumnsForm(request.POST or None, reconciliation=reconciliation, initial=known)
    if form.is_valid():
        return _matched_with(form.columns, reconciliation)
    return render_page(
        request,
        f"{FOLDER}/columns.html",
        title=_("Which column is which?"),
        form=form,
        reconciliation=reconciliation,
    )
