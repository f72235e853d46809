"""Two-step verification, on "Profile and security": after the password a code from an app."""

from collections.abc import Callable
from typing import cast

from django.contrib import auth, messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.mfa import services as second_factor
from accounts.mfa import two_step as story
from accounts.mfa.forms import TwoStepForm
from accounts.models import Member
from accounts.models.second_factor import SecondFactor
from accounts.ratelimit import seconds_to_wait, too_many_requests
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.decorators import BillerRequest, biller_required, member_required


@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def turn_on(request: BillerRequest) -> HttpResponse:
    """Where it is on already: what can be done with it."""
    member = cast(Member, request.user)
    factor = SecondFactor.objects.filter(user=member.pk).first()
    if factor:
        return _in_use(request, factor)
    if request.method == "POST" and (seconds := _seconds_to_wait(request)):
        return too_many_requests(request, seconds=seconds)
    form = TwoStepForm(request.POST or None, member=member)
    if form.is_valid():
        try:
            codes = story.turn_on(request, member, form.cleaned_data["code"])
        except story.AlreadyOn:
            return _in_use(request, SecondFactor.objects.get(user=member.pk))
        if codes:
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        form.refuse()
    key = second_factor.pending_key(request.session)
    to_scan = second_factor.for_the_app(key, email=member.email, issuer=request.biller.name)
    context = {"form": form, "email": member.email, **to_scan}
    return render(request, "accounts/two_step.html", context)


def _in_use(request: BillerRequest, factor: SecondFactor) -> HttpResponse:
    context = {
        "since": factor.set_up_at,
        "left": factor.recovery_codes.count(),
        "is_sent_again": request.method == "POST",
    }
    return render(request, "accounts/two_step_in_use.html", context)


@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new_codes(request: BillerRequest) -> HttpResponse:
    return _once_sure(request, "accounts/two_step_codes.html", _show_new_codes)


@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def turn_off(request: BillerRequest) -> HttpResponse:
    return _once_sure(request, "accounts/two_step_off.html", _turn_off)


def _once_sure(
    request: BillerRequest, template: str, act: Callable[[BillerRequest, Member], HttpResponse]
) -> HttpResponse:
    """Acts when password and code are right: somebody else may sit at this browser."""
    member = cast(Member, request.user)
    factor = SecondFactor.objects.filter(user=member.pk).first()
    if factor is None:
        return redirect("accounts:sign_in_settings")
    if request.method == "POST" and (seconds := _seconds_to_wait(request)):
        return too_many_requests(request, seconds=seconds)
    form = TwoStepForm(request.POST or None, member=member)
    if form.is_valid():
        if seconds := story.seconds_to_wait(request, member):
            return too_many_requests(request, seconds=seconds)
        if story.take(request, factor, form.cleaned_data["code"]):
            return act(request, member)
        form.refuse()
    return render(request, template, {"form": form, "email": member.email})


def _show_new_codes(request: BillerRequest, member: Member) -> HttpResponse:
    codes = story.new_codes(request, member)
    audit.note(member, Event.NEW_CODES, request=request)
    context = {"codes": codes, "are_anew": True}
    return render(request, "accounts/recovery_codes.html", context)


def _turn_off(request: BillerRequest, member: Member) -> HttpResponse:
    story.turn_off(request, member)
    messages.success(
        request, _("Two-step verification is off. You now sign in with just your password.")
    )
    return redirect("accounts:sign_in_settings")


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def undo(request: BillerRequest, secret: str) -> HttpResponse:
    """By the link of the mail that tells it was turned on."""
    if request.method == "POST" and (
        seconds := seconds_to_wait("secret", request=request, key=secret)
    ):
        return too_many_requests(request, seconds=seconds)
    factor = story.undoable(secret, biller=request.biller)
    if factor is None:
        return render(request, "accounts/two_step_undo_ended.html", status=410)
    if request.method != "POST":
        return render(request, "accounts/two_step_undo.html")
    auth.logout(request)  # whoever it was: all sessions of the member end
    return redirect("accounts:password_reset_confirm", story.undo(request, factor))


def _seconds_to_wait(request: BillerRequest) -> int:
    return seconds_to_wait("confirm", request=request, key=str(request.user.pk))
