"""The second step of a sign-in, for members who have turned it on."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.login.redirects import next_page
from accounts.mfa import two_step
from accounts.mfa.forms import CodeForm
from accounts.mfa.services import at_the_door, let_in
from accounts.models.second_factor import SecondFactor
from accounts.notifications.messages import TwoStep
from accounts.ratelimit import too_many_requests
from backoffice.audit.events import Event
from icsso.billers.decorators import BillerRequest, biller_required


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def enter(request: BillerRequest) -> HttpResponse:
    member = at_the_door(request)
    factor = SecondFactor.objects.filter(user=member.pk).first() if member else None
    if factor is None:
        return redirect_to_login(next_page(request))
    if request.method == "POST" and (seconds := two_step.seconds_to_wait(request, member)):
        return too_many_requests(request, seconds=seconds)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        event = two_step.take(request, factor, form.cleaned_data["code"])
        if event == Event.RECOVERED:
            two_step.notification(request, member, TwoStep.RECOVERED)()
        if event:
            let_in(request, factor)
            return redirect(next_page(request))
        form.refuse()
    return render(request, "accounts/code.html", {"form": form})
