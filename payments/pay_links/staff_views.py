"""Pay links for the bill printer, and the way to end all of them, as pages of the back office."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import StaffUser
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.exports.admin import as_csv, logged
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from icsso.billers.models import Biller
from icsso.billers.pay_links.models import PayLinkKey
from icsso.billers.pay_links.services import end_all, made_at
from payments.pay_links.addresses import site_at
from payments.pay_links.export import HEADINGS, accounts_of, pay_links, qr_files
from payments.pay_links.zip_stream import zipped

EXPORT, REPLACE = "icsso.export_paylink", "icsso.replace_paylinkkey"
IN_ONE_FILE = 20_000  # QR codes: a minute of one worker. The command makes them all at once.
Request = StaffRequest[StaffUser]


class QrForm(forms.Form):
    """biller: one of the staff user's. part: the part of its accounts, starting with 1."""

    KINDS = (("svg", gettext_lazy("SVG (for printing)")), ("png", "PNG"))
    kind = forms.ChoiceField(choices=KINDS)
    part = forms.IntegerField(min_value=1, max_value=100_000)

    @property
    def start(self) -> int:
        return int(self.cleaned_data["part"] - 1) * IN_ONE_FILE


class EndForm(forms.Form):
    """made_at: of the key that the page showed."""

    made_at = forms.DateTimeField(label=gettext_lazy("Since"), widget=forms.HiddenInput)
    sure = forms.BooleanField(label=gettext_lazy("I know that printed QR codes stop working, too"))


@staff_page(EXPORT)
@require_safe
def overview(request: Request) -> HttpResponse:
    chosen = request.GET.get("biller", "")
    billers = list(request.billers.order_by("name"))
    biller = next((each for each in billers if str(each.pk) == chosen), None)
    if biller is None and len(billers) == 1:
        biller = billers[0]
    return render_page(
        request,
        "admin/payments/pay_links.html",
        title=_("Pay links"),
        billers=billers,
        chosen=biller,
        **(_about(request, biller) if biller else {}),
    )


def _about(request: Request, biller: Biller) -> dict[str, Any]:
    use_zone_of(biller)
    number = accounts_of(biller).order_by().count()
    starts = range(0, number, IN_ONE_FILE)
    return {
        "number": number,
        "parts": [(n, at + 1, min(at + IN_ONE_FILE, number)) for n, at in enumerate(starts, 1)],
        "site": site_at(request, biller),
        "since": made_at(biller),
        "kinds": QrForm.KINDS,
        "may_end": request.user.has_perm(REPLACE),
    }


@staff_page(EXPORT)
@require_POST
def csv(request: Request, biller: int) -> HttpResponseBase:
    own = _biller(request, biller)
    links = logged(
        request, PayLinkKey, pay_links(own, site=site_at(request, own)), of=own.slug, file="csv"
    )
    return as_csv(f"pay-links-{own.slug}", HEADINGS, links)


@staff_page(EXPORT)
@require_POST
def qr_codes(request: Request, biller: int) -> HttpResponseBase:
    own, form = _biller(request, biller), QrForm(request.POST)
    if not form.is_valid():
        return redirect(_overview(own))
    kind, site = form.cleaned_data["kind"], site_at(request, own)
    links = pay_links(own, site=site, start=form.start, most=IN_ONE_FILE)
    noted: Iterator[Any] = logged(request, PayLinkKey, links, of=own.slug, file=kind)
    files = qr_files(noted, kind, start=form.start)
    response = StreamingHttpResponse(zipped(files), content_type="application/zip")
    name = f"qr-codes-{own.slug}-{form.cleaned_data['part']}-{timezone.localdate()}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_page(REPLACE)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: Request, biller: int) -> HttpResponse:
    own = _biller(request, biller)
    initial = {"made_at": made_at(own).isoformat()}
    form = EndForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        _end(request, own, form)
        return redirect(_overview(own) if request.user.has_perm(EXPORT) else "admin:index")
    context: dict[str, Any] = {"biller": own, "form": form, "back": _overview(own)}
    title = _("End all pay links")
    return render_page(request, "admin/payments/end_pay_links.html", title=title, **context)


def _end(request: Request, biller: Biller, form: EndForm) -> None:
    if row := end_all(biller, made_at=form.cleaned_data["made_at"]):
        audit.note(row, Event.LINKS_ENDED, request=request)
        words = _("All pay links and QR codes made until now have ended. Export new ones.")
        messages.success(request, words)
    else:
        messages.warning(
            request, _("Someone else has already ended them. Nothing changed this time.")
        )


def _biller(request: Request, pk: int) -> Biller:
    biller: Biller = get_object_or_404(request.billers, pk=pk)
    use_zone_of(biller)
    return biller


def _overview(biller: Biller) -> str:
    return f"{reverse('admin:payments_pay_links')}?biller={biller.pk}"


URLS: list[URLPattern] = [
    path("pay-links/", overview, name="payments_pay_links"),
    path("pay-links/<int:biller>/csv/", csv, name="payments_pay_links_csv"),
    path("pay-links/<int:biller>/qr/", qr_codes, name="payments_pay_links_qr"),
    path("pay-links/<int:biller>/end/", end, name="payments_pay_links_end"),
]
