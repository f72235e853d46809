"""Passkeys on "Profile and security"."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.mfa import services as two_step
from accounts.mfa.forms import PASSKEY_REFUSED, wants_recovery
from accounts.mfa.passkeys import ceremonies, services
from accounts.mfa.passkeys.challenges import Purpose, Refused
from accounts.mfa.passkeys.forms import (
    NameForm,
    NewPasskeyForm,
    PasskeySecondStepForm,
    SureForm,
    usual_name,
)
from accounts.mfa.passkeys.relying_party import relying_party
from accounts.models import Passkey, SecondFactor
from accounts.models.second_factor.passkey import MOST
from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps, typed
from icsso.billers.decorators import member_required

NOT_MADE = gettext_lazy("We couldn't add the passkey. Please try again.")
TAKEN = gettext_lazy("This passkey was already added. There's nothing to do.")
FULL = gettext_lazy("You have as many passkeys as we can keep. Remove one first.")
NEEDED = gettext_lazy(
    "This is your only passkey, and two-step verification needs it. Turn off two-step verification "
    "first, or add another passkey."
)
NOT_AT_THIS_ADDRESS = gettext_lazy("Passkeys don't work at this web address.")


@require_safe
@member_required
def settings(request: MemberRequest) -> HttpResponse:
    passkeys = list(request.member.passkeys.all())
    rp = relying_party(request)
    context = {"passkeys": passkeys, "is_full": len(passkeys) >= MOST, "here": rp and rp.id}
    return render(request, "accounts/passkeys.html", context)


@keeps()
@sensitive_post_parameters("current", "code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def add(request: MemberRequest) -> HttpResponse:
    """Asks for the password and the second step, because a passkey will replace both."""
    member, rp = request.member, relying_party(request)
    if rp is None or member.passkeys.count() >= MOST:
        messages.error(request, FULL if rp else NOT_AT_THIS_ADDRESS)
        return redirect("accounts:passkeys")
    if services.is_sure(request, member):
        return redirect("accounts:passkeys_new")

    def go_on() -> HttpResponse:
        services.remember_sure(request, member)
        return redirect("accounts:passkeys_new")

    return _once_sure(request, "accounts/passkey_add.html", go_on)


def _once_sure(
    request: MemberRequest, template: str, act: Callable[[], HttpResponse], **more: Any
) -> HttpResponse:
    """Asks for the password and, if it is on, the second step; then acts."""
    member = request.member
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
    factor = SecondFactor.objects.filter(user=member.pk).first()
    form = SureForm(
        request.POST or None,
        member=member,
        has_two_step=factor is not None,
        recovery=wants_recovery(request) or bool(factor and not factor.has_app),
    )
    if form.is_valid():
        if factor:
            two_step.count_attempt(request, member)
        if factor is None or two_step.check(request, factor, form):
            return act()
        form.refuse()
    rp = relying_party(request)
    context = {
        "form": form,
        "email": member.email,
        "has_app": factor and factor.has_app,
        "options": ceremonies.confirm_options(request, rp, member) if factor else None,
    }
    return render(request, template, {**context, **more})


@keeps("name")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def make(request: MemberRequest) -> HttpResponse:
    member, rp = request.member, relying_party(request)
    if rp is None or not services.is_sure(request, member):
        return redirect("accounts:passkeys_add")
    initial = {"name": usual_name(request), **typed(request)}
    form = NewPasskeyForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            made = ceremonies.made(request, form.cleaned_data["passkey"])
            name = form.cleaned_data["name"]
            services.add(request, member, made, name=name, rp_id=rp.id)
        except Refused:
            form.refuse(NOT_MADE)
        except services.Taken:
            form.refuse(TAKEN)
        except services.TooMany:
            form.refuse(FULL)
        else:
            messages.success(request, _("Passkey added. From now on, you can sign in with it."))
            return redirect("accounts:passkeys")
    context = {"form": form, "options": ceremonies.add_options(request, rp, member)}
    return render(request, "accounts/passkey_new.html", context)


@keeps("name")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    passkey = get_object_or_404(request.member.passkeys, pk=pk)
    form = NameForm(request.POST or None, instance=passkey, initial=typed(request))
    if form.is_valid():
        count_attempt("rename", request=request, key=str(request.member.pk))
        services.rename(request, passkey, form.cleaned_data["name"])
        messages.success(request, _("The passkey has its new name."))
        return redirect("accounts:passkeys")
    return render(request, "accounts/passkey_rename.html", {"form": form})


@keeps()
@sensitive_post_parameters("current", "code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Asks for the same as turning off two-step verification."""
    member, rp = request.member, relying_party(request)
    passkey = get_object_or_404(Passkey, pk=pk, member=member)
    here = rp.id if rp else ""

    def act() -> HttpResponse:
        try:
            services.remove(request, member, passkey, here=here)
        except services.IsNeeded:
            messages.error(request, NEEDED)
        else:
            messages.success(request, _("Passkey removed. You can also delete it on your device."))
        return redirect("accounts:passkeys")

    if services.is_needed(member, passkey, here=here):
        messages.error(request, NEEDED)
        return redirect("accounts:passkeys")
    return _once_sure(request, "accounts/passkey_remove.html", act, passkey=passkey)


@keeps()
@sensitive_post_parameters("current", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def second_step(request: MemberRequest) -> HttpResponse:
    """Turns on two-step verification with a passkey instead of an app."""
    member, rp = request.member, relying_party(request)
    if SecondFactor.objects.filter(user=member.pk).exists():
        return redirect("accounts:two_step")
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
    form = PasskeySecondStepForm(request.POST or None, member=member)
    if form.is_valid():
        try:
            answer = form.cleaned_data["passkey"]
            proved = ceremonies.prove(request, answer, purpose=Purpose.CONFIRM, member=member)
            codes = two_step.turn_on_with_passkey(request, member, proved)
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        except two_step.AlreadyOn:
            return redirect("accounts:two_step")
        except Refused as refused:
            two_step.note_refusal(request, refused, member)
            form.add_error(None, PASSKEY_REFUSED)
    options = ceremonies.confirm_options(request, rp, member)
    if options is None:  # nothing to turn it on with
        return redirect("accounts:two_step")
    context = {"form": form, "email": member.email, "options": options}
    return render(request, "accounts/two_step_passkey.html", context)
