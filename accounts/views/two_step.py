"""Two-step verification, on "My sign-in": after the password a code from an app."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import audit, letters, second_factor
from accounts.audit import Event
from accounts.forms import PasswordForm, TwoStepForm
from accounts.guards import too_often
from accounts.models import User
from accounts.second_factor import SecondFactor
from accounts.throttle import allowed
from icsso.access import BillerRequest, member_required


@sensitive_post_parameters("current", "code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def two_step(request: BillerRequest) -> HttpResponse:
    member = cast(User, request.user)
    if request.method == "POST" and not allowed("confirm", request=request, key=str(member.pk)):
        return too_often(request)
    factor = SecondFactor.objects.filter(user=member.pk).first()
    return _in_use(request, member, factor) if factor else _turn_on(request, member)


def _turn_on(request: BillerRequest, member: User) -> HttpResponse:
    form = TwoStepForm(request.POST or None, member=member)
    if form.is_valid():
        with transaction.atomic():
            codes = second_factor.confirm(request, form.cleaned_data["code"])
            if codes:
                tell = letters.two_step_was_changed(request, member, is_on=True)
        if codes:
            tell()
            return _codes(request, codes)
        form.refuse()
    key = second_factor.pending_key(request.session)
    to_scan = second_factor.for_the_app(key, email=member.email, issuer=request.biller.name)
    return render(
        request, "accounts/two_step.html", {"form": form, "email": member.email, **to_scan}
    )


def _in_use(request: BillerRequest, member: User, factor: SecondFactor) -> HttpResponse:
    """New recovery codes, or turning it off. Either takes the password."""
    is_asked = "codes" in request.POST or "off" in request.POST  # not: turned on twice
    form = PasswordForm(request.POST if is_asked else None)
    if form.is_valid():
        # Not the user's own method: that would renew the hash, and so end this session.
        if not check_password(form.cleaned_data["password"], member.password):
            form.refuse()
        elif "off" in request.POST:
            _turn_off(request, member, factor)
            return redirect("accounts:sign_in_settings")
        else:
            audit.note(member, Event.NEW_CODES, request=request)
            return _codes(request, factor.new_recovery_codes())
    context = {"form": form, "email": member.email, "factor": factor}
    return render(request, "accounts/two_step_in_use.html", context)


def _turn_off(request: BillerRequest, member: User, factor: SecondFactor) -> None:
    with transaction.atomic():
        factor.delete()
        tell = letters.two_step_was_changed(request, member, is_on=False)
    tell()
    messages.success(request, _("Two-step verification is off. Your password alone signs you in."))


def _codes(request: BillerRequest, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes})
