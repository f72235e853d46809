"""The pages of whoever tests with the sandbox. Nothing here is part of Invoice Cloud."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from sandbox import demo, faults
from sandbox.models import Biller, Call, Fault, Payment, PostbackSent, PostbackSettings
from sandbox.postbacks import services as postbacks
from sandbox.responses import see_other

from .endpoint import comes_from_another_site
from .forms import FaultForm, PostbackForm

DONE = {
    "reset": "The sandbox is as if just installed.",
    "fault": "The fault is on.",
    "faults-off": "Every fault is off.",
    "postbacks": "The postback settings are saved.",
    "129": "Setting 129 is changed.",
    "sent": "The postback was sent again.",
}


def action(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A form of our own. There is no password here, so other sites' pages are kept out."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, **captured: Any) -> HttpResponse:
        if comes_from_another_site(request):
            return HttpResponse("Another site's page may not do this.", status=403)
        return view(request, **captured)

    return guarded


def back(done: str) -> HttpResponse:
    return see_other(f"/_control/?done={done}")


@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    return show_panel(request, FaultForm(), PostbackForm(initial=postback_settings()))


def show_panel(request: HttpRequest, fault: FaultForm, postback: PostbackForm) -> HttpResponse:
    sent = PostbackSent.objects.select_related("hosted", "payment").order_by("-pk")
    context = {
        "fault_form": fault,
        "postback_form": postback,
        "notice": DONE.get(request.GET.get("done", ""), ""),
        "faults": Fault.objects.exclude(times=0).order_by("pk")[:100],
        "billers": Biller.objects.order_by("name")[:50],
        "payments": Payment.objects.select_related("biller").order_by("-pk")[:20],
        "postbacks": sent[:20],
        "calls": Call.objects.order_by("-pk")[:20],
    }
    return render(request, "sandbox/control/panel.html", context)


def postback_settings() -> dict[str, Any]:
    """Those of every biller: this page changes no biller's own."""
    settings = PostbackSettings.objects.filter(biller=None).first() or PostbackSettings()
    shown = {name: getattr(settings, name) for name in postbacks.SETTINGS}
    lines = [k if v is None else f"{k}={v}" for k, v in settings.overrides.items()]
    return shown | {"overrides": "\n".join(lines)}


@action
def reset(request: HttpRequest) -> HttpResponse:
    demo.reset(with_demo=True)
    return back("reset")


@action
def add_fault(request: HttpRequest) -> HttpResponse:
    form = FaultForm(request.POST)
    if form.is_valid() and form.switch_on():
        return back("fault")
    return show_panel(request, form, PostbackForm(initial=postback_settings()))


@action
def clear_faults(request: HttpRequest) -> HttpResponse:
    faults.clear()
    return back("faults-off")


@action
def save_postback_settings(request: HttpRequest) -> HttpResponse:
    form = PostbackForm(request.POST)
    if not form.is_valid():
        return show_panel(request, FaultForm(), form)
    postbacks.change_settings(None, form.cleaned_data)
    return back("postbacks")


@action
def save_setting_129(request: HttpRequest, pk: int) -> HttpResponse:
    biller = get_object_or_404(Biller, pk=pk)
    biller.setting_129 = not biller.setting_129
    biller.save(update_fields=["setting_129"])
    return back("129")


@action
def send_postback(request: HttpRequest, pk: int) -> HttpResponse:
    postbacks.send_again(get_object_or_404(PostbackSent.objects.select_related("hosted"), pk=pk))
    return back("sent")
