"""The second step of a sign-in, for members who have turned it on."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import audit, letters
from accounts.audit import Event
from accounts.forms import CodeForm
from accounts.guards import biller_required, next_page, too_often
from accounts.letters import TwoStep
from accounts.models import User
from accounts.second_factor import SecondFactor, at_the_door, let_in
from accounts.throttle import allowed
from icsso.access import BillerRequest


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def enter(request: BillerRequest) -> HttpResponse:
    member = at_the_door(request)
    factor = SecondFactor.objects.filter(user=member.pk).first() if member else None
    if factor is None:
        return redirect_to_login(next_page(request))
    if request.method == "POST" and not _may_guess(request, member):
        return too_often(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if _is_right(request, factor, form.cleaned_data["code"]):
            let_in(request, factor)
            return redirect(next_page(request))
        form.refuse()
    return render(request, "accounts/code.html", {"form": form})


def _may_guess(request: BillerRequest, member: User) -> bool:
    """Who guesses knows the password: the member is told, once a day."""
    limits = ("second_factor", "second_factor_a_day")
    if all(allowed(limit, request=request, key=str(member.pk)) for limit in limits):
        return True
    if allowed("wrong_codes", request=request, key=str(member.pk)):
        letters.two_step(request, member, TwoStep.WRONG_CODES)()
    return False


def _is_right(request: BillerRequest, factor: SecondFactor, code: str) -> bool:
    event = factor.take(code)
    if event != Event.PASSED:
        audit.note(factor.user, Event(event or Event.WRONG_CODE), request=request)
    if event == Event.RECOVERED:
        letters.two_step(request, factor.user, TwoStep.RECOVERED)()
    return event is not None
