"""The probe in the admin: its questions, progress, results, and capture."""

import json
from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.staff_pages import Staff, StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from icsso.billers.fields import PasswordField
from icsso.billers.models import Biller
from icsso.billers.probe_runs.models import ProbeRun
from icsso.billers.probe_runs.services import start, worst_verdict
from icsso.client.probe.results import StepResult, Verdict, capture
from icsso.client.probe.walk import Arguments

CHANGE = "icsso.change_biller"
VERDICTS = {
    Verdict.OK: (gettext_lazy("OK"), "check"),
    Verdict.DIFFERS: (gettext_lazy("Differs"), "info"),
    Verdict.UNUSABLE: (gettext_lazy("Can't be used"), "warning"),
    Verdict.SKIPPED: (gettext_lazy("Not asked"), "clock"),
}
Request = StaffRequest[Staff]


class ProbeForm(forms.Form):
    account_number = forms.CharField(
        label=gettext_lazy("Account number"),
        max_length=60,
        help_text=gettext_lazy("An account that Invoice Cloud bills, ideally a test account."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Email registered at Invoice Cloud"),
        help_text=gettext_lazy("The email address of this account's online login there."),
    )
    password = PasswordField(
        label=gettext_lazy("Its password at Invoice Cloud"),
        required=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Not stored. With it, the probe also signs in: once with a wrong password, then with "
            "this one. Invoice Cloud counts the wrong one, so don't run it again and again."
        ),
    )
    guest_page = forms.BooleanField(
        label=gettext_lazy("Open a payment page"),
        required=False,
        help_text=gettext_lazy("Opens one hosted payment page. Nothing is paid."),
    )
    write = forms.BooleanField(
        label=gettext_lazy("Also try operations that change data"),
        required=False,
        help_text=gettext_lazy(
            "Only with a test account: registers it, sets its password and email address to their "
            "current values, and creates a customer record. Needs the password."
        ),
    )

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if entered.get("write") and not entered.get("password") and "password" not in self.errors:
            self.add_error("password", _("Enter the password of the test account."))
        return entered

    def arguments(self) -> Arguments:
        entered = self.cleaned_data
        return Arguments(
            account_number=entered["account_number"],
            email=entered["email"],
            password=entered["password"] or None,
            guest_page=entered["guest_page"],
            write=entered["write"],
        )


@staff_page(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("account_number", "email", "password")
def probe(request: Request, pk: int) -> HttpResponse:
    """Asks for the values to probe with, and starts."""
    biller = _biller(request, pk)
    form = ProbeForm(request.POST or None)
    if request.method == "POST" and biller.api_key and form.is_valid():
        run = start(biller, form.arguments(), by=str(request.user))
        if run:
            return redirect("admin:icsso_biller_probe_run", pk, run.pk)
        form.add_error(None, _("A probe of this biller is under way. Wait until it has finished."))
    return render_page(
        request,
        "admin/icsso/biller/probe.html",
        title=_("Probe: %(biller)s") % {"biller": biller},
        opts=Biller._meta,
        biller=biller,
        form=form,
        runs=[(run, *_verdict(worst_verdict(run))) for run in biller.probe_runs.all()],
    )


@staff_page(CHANGE)
@require_safe
def probe_run(request: Request, pk: int, run: int) -> HttpResponse:
    """Shows the progress or the results. The page's script asks for it again while it runs."""
    biller = _biller(request, pk)
    found = _run(biller, run)
    return render_page(
        request,
        "admin/icsso/biller/probe_run.html",
        title=_("Probe of %(when)s: %(biller)s") % {"when": found, "biller": biller},
        opts=Biller._meta,
        biller=biller,
        run=found,
        results=[(result, *_verdict(result.verdict)) for result in _results(found)],
        verdict=worst_verdict(found),
        suggestion=json.dumps(found.suggestion, indent=2, ensure_ascii=False),
    )


@staff_page(CHANGE)
@require_safe
def probe_capture(request: Request, pk: int, run: int) -> HttpResponse:
    """The traffic of the run, with every value replaced by its kind."""
    biller = _biller(request, pk)
    found = _run(biller, run)
    name = f"{biller.slug}-{timezone.localtime(found.started_at):%Y-%m-%d-%H%M}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = capture(_results(found))
    return JsonResponse(content, json_dumps_params={"indent": 2}, headers=headers)


def _biller(request: Request, pk: int) -> Biller:
    biller: Biller = get_object_or_404(request.billers, pk=pk)
    use_zone_of(biller)
    return biller


def last_run(biller: Biller) -> dict[str, Any]:
    """Returns the run for the step on the page “Going live”."""
    run = biller.probe_runs.first()
    words, icon = _verdict(worst_verdict(run)) if run else ("", "")
    return {"run": run, "words": words, "icon": icon}


def suggested_profile(biller: Biller, run: str) -> dict[str, Any] | None:
    """Returns the wire profile that a run suggests, by the run's number as text."""
    found = biller.probe_runs.filter(pk=run).first() if run.isdecimal() else None
    profile: dict[str, Any] | None = found.suggestion if found else None
    return profile


def _run(biller: Biller, pk: int) -> ProbeRun:
    found: ProbeRun = get_object_or_404(biller.probe_runs, pk=pk)
    return found


def _results(run: ProbeRun) -> list[StepResult]:
    return [StepResult.from_json(result) for result in run.results]


def _verdict(verdict: Verdict) -> tuple[Any, str]:
    """Returns the verdict's words and icon."""
    return VERDICTS[verdict]


def urls() -> list[URLPattern]:
    """Returns the URLs of these pages, under the biller's URLs in the admin."""
    page = "<int:pk>/probe/"
    return [
        path(page, probe, name="icsso_biller_probe"),
        path(f"{page}<int:run>/", probe_run, name="icsso_biller_probe_run"),
        path(f"{page}<int:run>/capture.json", probe_capture, name="icsso_biller_probe_capture"),
    ]
