"""Two-step verification on "Profile and security": a code from an app after the password."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.mfa import few_codes, totp
from accounts.mfa import services as two_step
from accounts.mfa.forms import TwoStepForm, wants_recovery
from accounts.mfa.passkeys.ceremonies import confirm_options
from accounts.mfa.passkeys.relying_party import relying_party
from accounts.models.second_factor import SecondFactor
from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.decorators import member_required


@keeps()
@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def turn_on(request: MemberRequest) -> HttpResponse:
    """If it is already on, shows what can be done with it."""
    member = request.member
    factor = SecondFactor.objects.filter(user=member.pk).first()
    if factor:
        return _in_use(request, factor)
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
    form = TwoStepForm(request.POST or None, member=member)
    if form.is_valid():
        try:
            codes = two_step.turn_on(request, member, form.cleaned_data["code"])
        except two_step.AlreadyOn:
            return _in_use(request, SecondFactor.objects.get(user=member.pk))
        if codes:
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        form.refuse()
    has_passkeys = request.member.passkeys.exists()
    key = totp.pending_key(request.session)
    to_scan = totp.shown_key(key, email=member.email, issuer=request.biller.name)
    context = {"form": form, "email": member.email, "has_passkeys": has_passkeys, **to_scan}
    return render(request, "accounts/two_step.html", context)


def _in_use(request: MemberRequest, factor: SecondFactor) -> HttpResponse:
    left = factor.codes_left
    context = {
        "since": factor.set_up_at,
        "left": left,
        "few_codes": few_codes.warning(factor, left),
        "has_app": factor.has_app,
        "is_sent_again": request.method == "POST",
    }
    return render(request, "accounts/two_step_in_use.html", context)


@keeps()
@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new_codes(request: MemberRequest) -> HttpResponse:
    return _once_sure(request, "accounts/two_step_codes.html", _show_new_codes)


@keeps()
@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def turn_off(request: MemberRequest) -> HttpResponse:
    return _once_sure(request, "accounts/two_step_off.html", _turn_off)


def _once_sure(
    request: MemberRequest, template: str, act: Callable[[MemberRequest], HttpResponse]
) -> HttpResponse:
    """Acts only if password and code are right: someone else may be using this browser."""
    member = request.member
    factor = SecondFactor.objects.filter(user=member.pk).first()
    if factor is None:
        return redirect("accounts:sign_in_settings")
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
    recovery = wants_recovery(request) or not factor.has_app
    form = TwoStepForm(request.POST or None, member=member, recovery=recovery, by_passkey=True)
    if form.is_valid():
        two_step.count_attempt(request, member)
        if two_step.check(request, factor, form):
            return act(request)
        form.refuse()
    context = {
        "form": form,
        "email": member.email,
        "has_app": factor.has_app,
        "options": confirm_options(request, relying_party(request), member),
    }
    return render(request, template, context)


def _show_new_codes(request: MemberRequest) -> HttpResponse:
    codes = two_step.new_codes(request, request.member)
    audit.note(request.member, Event.NEW_CODES, request=request)
    context = {"codes": codes, "are_anew": True}
    return render(request, "accounts/recovery_codes.html", context)


def _turn_off(request: MemberRequest) -> HttpResponse:
    two_step.turn_off(request, request.member)
    messages.success(
        request, _("Two-step verification is off. You now sign in with just your password.")
    )
    return redirect("accounts:sign_in_settings")
