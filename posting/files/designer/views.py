"""Staff pages about a biller's layout: starting one, and the designer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from posting.files.designer.forms import Designer, StartForm
from posting.files.designer.presets import start_layout
from posting.files.designer.sample import Sample, sample_of
from posting.files.fields import LINE
from posting.models import Destination, PostingColumn, PostingLayout

PERMISSION = "posting.change_postinglayout"
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def start(request: Request) -> HttpResponse:
    without = request.billers.filter(posting_layout=None)
    form = StartForm(request.POST or None, billers=without)
    if form.is_valid():
        layout = start_layout(form.cleaned_data["biller"], form.cleaned_data["preset"])
        return redirect("admin:posting_postinglayout_change", layout.pk)
    return render_page(
        request,
        "admin/posting/start.html",
        title=_("New payment file"),
        form=form,
        has_billers=without.exists(),
    )


@staff_page(PERMISSION)
def design(request: Request, pk: int) -> HttpResponse:
    """The designer. “Preview” shows what was entered without saving it."""
    layout = _own_layout(request, pk)
    designer = Designer(request.POST if request.method == "POST" else None, layout=layout)
    is_entered = request.method == "POST" and designer.is_valid()
    if is_entered and "preview" not in request.POST:
        designer.save()
        messages.success(request, _("Saved."))
        return redirect("admin:posting_postinglayout_change", pk)
    is_shown = is_entered or request.method != "POST"
    return render_page(
        request,
        "admin/posting/designer.html",
        title=_("Payment file of %(biller)s") % {"biller": layout.biller},
        layout=layout,
        designer=designer,
        records=_records(designer),
        sample=_sample(designer) if is_shown else None,
        is_preview=is_entered,
        destination=Destination.objects.filter(biller=layout.biller).first(),
    )


@staff_page(PERMISSION)
@require_POST
def build_next(request: Request, pk: int) -> HttpResponse:
    """Makes the next `post_payments` build a file, whatever the time."""
    layout = _own_layout(request, pk)
    layout.built_for = None
    layout.save(update_fields=["built_for"])
    messages.success(request, _("A file with everything not yet posted is built in a few minutes."))
    return redirect("admin:posting_postinglayout_change", pk)


def _own_layout(request: Request, pk: int) -> PostingLayout:
    own = PostingLayout.objects.filter(biller__in=request.billers)
    layout = get_object_or_404(own.select_related("biller"), pk=pk)
    use_zone_of(layout.biller)
    return layout


def _sample(designer: Designer) -> Sample:
    layout = designer.layout
    return sample_of(designer.as_json(), biller=layout.biller, pattern=layout.file_name)


def _records(designer: Designer) -> list[dict[str, object]]:
    titles = {
        PostingColumn.Record.HEADER: _("Header: one line before the others"),
        PostingColumn.Record.LINE: _("Lines: one for each paid or reversed invoice"),
        PostingColumn.Record.TRAILER: _("Trailer: one line after the others"),
    }
    return [
        {
            "name": record,
            "title": title,
            "rows": designer.columns[record],
            "is_open": record == LINE or designer.columns[record].initial_form_count() > 0,
        }
        for record, title in titles.items()
    ]
