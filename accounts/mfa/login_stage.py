"""The login stage that asks members with two-step verification for their code."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.login import stages
from accounts.login.redirects import next_page
from accounts.login.stale_forms import reopens
from accounts.mfa import few_codes
from accounts.mfa import services as two_step
from accounts.mfa.forms import CodeForm, wants_recovery
from accounts.mfa.passkeys import ceremonies
from accounts.mfa.passkeys.relying_party import relying_party
from accounts.models import Member
from accounts.models.second_factor import SecondFactor
from accounts.notifications.messages import TwoStep
from accounts.ratelimit import TooManyRequests
from backoffice.audit.events import Event
from icsso.billers.decorators import BillerRequest, biller_required, is_member


def _is_on(member: Member) -> bool:
    return hasattr(member, "second_factor")


CODE = stages.Stage(mark=DEVICE_ID_SESSION_KEY, page="accounts:code", is_needed=_is_on)


@reopens
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def enter_code(request: BillerRequest) -> HttpResponse:
    pending = stages.pending_login(request)
    factor = SecondFactor.objects.filter(user=pending.member.pk).first() if pending else None
    if is_member(request):
        return redirect(next_page(request))
    if pending is None or factor is None:
        stages.cancel(request)
        return redirect_to_login(next_page(request))
    if request.method == "POST":
        try:
            two_step.count_attempt(request, pending.member)
        except TooManyRequests:
            stages.cancel(request)
            raise
    # Without an app, only a recovery code can be typed.
    recovery = wants_recovery(request) or not factor.has_app
    form = CodeForm(request.POST or None, recovery=recovery, by_passkey=True)
    if form.is_valid():
        event = two_step.check(request, factor, form)
        if event == Event.RECOVERED:
            two_step.notification(request, pending.member, TwoStep.RECOVERED)()
            few_codes.warn(request, factor)
        if event:
            by, wanted = str(factor.persistent_id), next_page(request)
            return stages.resume(request, pending, CODE, by=by, next_page=wanted)
        form.refuse()
    rp = relying_party(request)
    context = {
        "form": form,
        "has_app": factor.has_app,
        "options": ceremonies.confirm_options(request, rp, pending.member),
    }
    return render(request, "accounts/code.html", context)
