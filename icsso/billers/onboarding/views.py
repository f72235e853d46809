"""“Going live”: the page that guides staff through setting up a biller, step by step.

Every step posts to its own URL, which redirects back to the step.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import construct_change_message
from django.contrib.staticfiles import finders
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.staff_pages import Staff, StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from icsso.billers.branding.models import Logo
from icsso.billers.branding.style_sheet import preview_css
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding.connection_test import try_connection
from icsso.billers.onboarding.forms import STEP_FORMS, own_profile
from icsso.billers.onboarding.models import SettingCheck
from icsso.billers.onboarding.probe_views import last_run, suggested_profile
from icsso.billers.onboarding.probe_views import urls as probe_urls
from icsso.billers.onboarding.wire_table import wire_table
from icsso.billers.postback_samples import comparison as postbacks
from icsso.billers.postback_samples import recording
from icsso.client.wire.profile import WireProfile

VIEW, CHANGE = "icsso.view_biller", "icsso.change_biller"
SCHEMES = ("light", "dark")
# Counting stops here: the page only needs to know whether there are any.
MOST_COUNTED = 10_000
MOST_SHOWN = 5
Request = StaffRequest[Staff]


def _biller(request: Request, pk: int) -> Biller:
    biller: Biller = get_object_or_404(request.billers, pk=pk)
    use_zone_of(biller)
    return biller


@staff_page(VIEW)
@require_safe
def going_live(request: Request, pk: int) -> HttpResponse:
    biller = _biller(request, pk)
    form = None
    if suggestion := _suggestion(biller, request):
        initial = {"wire_profile": suggestion}
        form = STEP_FORMS["wire"](instance=biller, prefix="wire", initial=initial)
    return _page(request, biller, form=form)


def _suggestion(biller: Biller, request: Request) -> dict[str, Any] | None:
    """Returns the wire profile to fill in: from a probe, or from the recorded postbacks."""
    if "postbacks" not in request.GET:
        return suggested_profile(biller, request.GET.get("probe", ""))
    samples = list(biller.postback_samples.all())
    part = postbacks.suggested(samples, biller.wire.postback, zones=[biller.time_zone])
    return WireProfile.parse(part).over(own_profile(biller)).to_json() if part else None


@staff_page(CHANGE)
@require_POST
def save_step(request: Request, pk: int, step: str) -> HttpResponse:
    biller = _biller(request, pk)
    if step not in STEP_FORMS:
        raise Http404
    form = STEP_FORMS[step](request.POST, request.FILES, instance=biller, prefix=step)
    form.restrict(is_superuser=request.user.is_superuser)
    if not form.is_valid():
        return _page(request, _biller(request, pk), form=form)
    form.save()
    if form.has_changed():
        changes = construct_change_message(form, [], add=False)  # type: ignore[arg-type]  # any form
        admin.site.get_model_admin(Biller).log_change(request, biller, changes)
    return _back(request, biller, step, _("Saved."))


@staff_page(CHANGE)
@require_POST
def test_connection(request: Request, pk: int) -> HttpResponse:
    biller = _biller(request, pk)
    finding = try_connection(biller)
    level = messages.SUCCESS if finding.works else messages.ERROR
    return _back(request, biller, "connection", finding.words, level)


@staff_page(CHANGE)
@require_POST
def check_setting(request: Request, pk: int, setting: str) -> HttpResponse:
    """Records a staff user's confirmation of a setting at Invoice Cloud."""
    biller = _biller(request, pk)
    if setting not in SettingCheck.Setting:
        raise Http404
    seen = request.POST.get("seen")
    if seen not in {"right", "wrong"}:
        raise BadRequest
    SettingCheck.record(biller, setting, is_right=seen == "right", by=str(request.user))
    return _back(request, biller, setting, _("Recorded with your name and the time."))


@staff_page(CHANGE)
@require_POST
def record_again(request: Request, pk: int) -> HttpResponse:
    biller = _biller(request, pk)
    recording.record_again(biller)
    return _back(request, biller, "postbacks", _("The next 20 postbacks are recorded."))


@staff_page(CHANGE)
@require_POST
def open_biller(request: Request, pk: int) -> HttpResponse:
    biller = _biller(request, pk)
    if missing := readiness.missing(biller):
        words = _("The site can't open yet. Still missing: %(what)s.")
        words %= {"what": ", ".join(missing)}
        return _back(request, biller, "open", words, messages.ERROR)
    biller.serve(True)
    return _back(request, biller, "open", _("The site is now open to customers."))


@staff_page(CHANGE)
@require_POST
def close_biller(request: Request, pk: int) -> HttpResponse:
    biller = _biller(request, pk)
    biller.serve(False)
    words = _("The site is now closed to customers. Postbacks are still accepted.")
    return _back(request, biller, "open", words)


@staff_page(VIEW)
@require_safe
def preview(request: Request, pk: int, scheme: str) -> HttpResponse:
    """Shows the branding as customers see it, in the frames of the page."""
    if scheme not in SCHEMES:
        raise Http404
    biller = _biller(request, pk)
    # In the page itself: the logo's own address is at the biller's host names.
    image = Logo.objects.filter(biller=biller).values_list("image", flat=True).first()
    logo = f"data:image/png;base64,{b64encode(image).decode()}" if image else ""
    context = {"biller": biller, "scheme": scheme, "logo": logo}
    response = render(request, "admin/icsso/biller/preview.html", context)
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True
    return response


@staff_page(VIEW)
@require_safe
def preview_colors(request: Request, pk: int, scheme: str) -> HttpResponse:
    found = finders.find("css/base.css")
    if scheme not in SCHEMES or not found:
        raise Http404
    accent = _biller(request, pk).accent
    styles = preview_css(Path(found).read_text(), accent, scheme)
    return HttpResponse(styles, content_type="text/css; charset=utf-8")


def _back(
    request: Request, biller: Biller, step: str, words: str, level: int = messages.SUCCESS
) -> HttpResponse:
    messages.add_message(request, level, words)
    return redirect(f"{reverse('admin:icsso_biller_going_live', args=[biller.pk])}#{step}")


def _page(request: Request, biller: Biller, *, form: Any = None) -> HttpResponse:
    """form: one that was refused, or that is filled in with a suggestion."""
    response = render_page(
        request,
        "admin/icsso/biller/going_live.html",
        title=_("Going live: %(biller)s") % {"biller": biller},
        opts=Biller._meta,
        biller=biller,
        may_change=request.user.has_perm(CHANGE),
        missing=readiness.missing(biller),
        steps=[
            _shown(step, biller, form, is_superuser=request.user.is_superuser)
            for step in readiness.STEPS
        ],
        schemes=SCHEMES,
    )
    response._csp_replace = {"frame-src": ["'self'"]}  # type: ignore[attr-defined]
    return response


def _customers(biller: Biller) -> dict[str, Any]:
    open_accounts = biller.accounts.filter(closed_at=None)
    return {"number": open_accounts[: MOST_COUNTED + 1].count(), "most_counted": MOST_COUNTED}


def _announcements(biller: Biller) -> dict[str, Any]:
    return {"announced": biller.announcements.filter(ends_at__gt=timezone.now())[:MOST_SHOWN]}


def _postbacks(biller: Biller) -> dict[str, Any]:
    samples, profile = list(biller.postback_samples.all()), biller.wire.postback
    zones = [biller.time_zone]
    return {
        "samples": samples,
        "columns": postbacks.columns(samples, profile),
        "differences": postbacks.differences(samples, profile, zones=zones),
        "is_suggested": bool(postbacks.suggested(samples, profile, zones=zones)),
    }


def _wire(biller: Biller) -> dict[str, Any]:
    table = wire_table(biller.wire, base_url=biller.base_url)
    return {
        "table": table,
        "differences": sum(part.differences for part in table),
        "token_in_address": biller.wire.sso.method == "GET",
    }


# What the templates of some steps need besides the biller.
DETAILS = {
    "customers": _customers,
    "maintenance": _announcements,
    "postbacks": _postbacks,
    "probe": last_run,
    "wire": _wire,
}


def _shown(
    step: readiness.Step, biller: Biller, given: Any, *, is_superuser: bool
) -> dict[str, Any]:
    """Returns a step with its form: the given one if it belongs to the step, or a new one."""
    form = None
    if step.slug in STEP_FORMS:
        is_given = given is not None and given.prefix == step.slug
        form = given if is_given else STEP_FORMS[step.slug](instance=biller, prefix=step.slug)
        form.restrict(is_superuser=is_superuser)
    template = f"admin/icsso/biller/step_{step.slug.replace('-', '_')}.html"
    return {
        "step": step,
        "missing": step.missing(biller),
        "form": form,
        "details": DETAILS[step.slug](biller) if step.slug in DETAILS else {},
        "check": readiness.setting_check(biller, step.slug),
        "template": template,
    }


def urls() -> list[URLPattern]:
    """Returns the URLs of these pages, under the biller's URLs in the admin."""
    page = "<int:pk>/going-live/"
    pages = (
        (page, going_live, "going_live"),
        (f"{page}connection/", test_connection, "try_connection"),
        (f"{page}settings/<slug:setting>/", check_setting, "check_setting"),
        (f"{page}postbacks/", record_again, "record_again"),
        (f"{page}open/", open_biller, "open"),
        (f"{page}close/", close_biller, "close"),
        (f"{page}<slug:step>/", save_step, "save_step"),
        ("<int:pk>/preview/<slug:scheme>/", preview, "preview"),
        ("<int:pk>/preview/<slug:scheme>.css", preview_colors, "colors"),
    )
    return [
        *probe_urls(),
        *(path(route, view, name=f"icsso_biller_{name}") for route, view, name in pages),
    ]
