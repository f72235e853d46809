"""The home page and the control panel. Nothing here is part of Invoice Cloud."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sandbox import clock, demo, faults
from sandbox.models import Biller, Call, Fault, Payment, PostbackSent
from sandbox.payments import due
from sandbox.postbacks import services as postbacks
from sandbox.postbacks.settings import as_dict, change_settings, own_settings
from sandbox.responses import see_other
from sandbox.variants.registry import VARIANTS
from sandbox.variants.services import switched_on

from .forms import FaultForm, PostbackSettingsForm, VariantsForm
from .same_origin import same_origin_post

NOTICES = {
    "reset": "The sandbox was reset.",
    "fault": "The fault is on.",
    "faults-off": "All faults are off.",
    "variants": "The sandbox answers as chosen.",
    "clock": "The clock is turned ahead, and what came due is paid.",
    "postbacks": "The postback settings are saved.",
    "129": "Setting 129 is changed.",
    "sent": "The postback was sent again.",
}


def home(request: HttpRequest) -> HttpResponse:
    context = {"demo": demo.load(), "billers": Biller.objects.all()[:50]}
    return render(request, "sandbox/control/home.html", context)


@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    return render_panel(request)


def render_panel(
    request: HttpRequest,
    *,
    fault: FaultForm | None = None,
    postback: PostbackSettingsForm | None = None,
    variants: VariantsForm | None = None,
) -> HttpResponse:
    """Renders the panel with a form that was sent and is not valid, and the others as they are."""
    on = switched_on()
    sent = PostbackSent.objects.select_related("hosted", "payment").order_by("-pk")
    context = {
        "fault_form": fault or FaultForm(),
        "postback_form": postback or PostbackSettingsForm(initial=postback_settings()),
        "variants_form": variants or VariantsForm(initial={"on": list(on)}),
        "today": clock.today(),
        "variants": [VARIANTS[name] for name in on],
        "notice": NOTICES.get(request.GET.get("done", ""), ""),
        "faults": Fault.objects.exclude(times=0).order_by("pk")[:100],
        "billers": Biller.objects.order_by("name")[:50],
        "payments": Payment.objects.select_related("biller").order_by("-pk")[:20],
        "postbacks": sent[:20],
        "calls": Call.objects.order_by("-pk")[:20],
    }
    return render(request, "sandbox/control/panel.html", context)


def postback_settings() -> dict[str, Any]:
    """Returns the settings of all billers. The panel does not change those of a single biller."""
    settings = own_settings(None)
    lines = [k if v is None else f"{k}={v}" for k, v in settings.overrides.items()]
    return as_dict(settings) | {"overrides": "\n".join(lines)}


def back_to_panel(done: str) -> HttpResponse:
    return see_other(f"/_control/?done={done}")


@same_origin_post
def reset(request: HttpRequest) -> HttpResponse:
    demo.reset(with_demo=True)
    return back_to_panel("reset")


@same_origin_post
def add_fault(request: HttpRequest) -> HttpResponse:
    form = FaultForm(request.POST)
    if form.is_valid() and form.switch_on():
        return back_to_panel("fault")
    return render_panel(request, fault=form)


@same_origin_post
def clear_faults(request: HttpRequest) -> HttpResponse:
    faults.clear()
    return back_to_panel("faults-off")


@same_origin_post
def save_variants(request: HttpRequest) -> HttpResponse:
    form = VariantsForm(request.POST)
    if form.is_valid() and form.switch(contrary="contrary" in request.POST):
        return back_to_panel("variants")
    return render_panel(request, variants=form)


@same_origin_post
def turn_clock(request: HttpRequest) -> HttpResponse:
    days = request.POST.get("days", "")
    due.turn_clock(days=min(int(days), due.MOST_DAYS) if days.isdecimal() else 0)
    return back_to_panel("clock")


@same_origin_post
def save_postback_settings(request: HttpRequest) -> HttpResponse:
    form = PostbackSettingsForm(request.POST)
    if not form.is_valid():
        return render_panel(request, postback=form)
    change_settings(None, form.cleaned_data)
    return back_to_panel("postbacks")


@same_origin_post
def save_setting_129(request: HttpRequest, pk: int) -> HttpResponse:
    biller = get_object_or_404(Biller, pk=pk)
    biller.setting_129 = not biller.setting_129
    biller.save(update_fields=["setting_129"])
    return back_to_panel("129")


@same_origin_post
def send_postback(request: HttpRequest, pk: int) -> HttpResponse:
    postbacks.send_again(get_object_or_404(PostbackSent.objects.select_related("hosted"), pk=pk))
    return back_to_panel("sent")
