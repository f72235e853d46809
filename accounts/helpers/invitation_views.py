"""The page of an emailed invitation, for the invited person, whoever is signed in."""

from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.helpers import services as helping
from accounts.helpers.forms import JoinForm
from accounts.helpers.views import ALL_SET
from accounts.login import stages
from accounts.login.stale_forms import reopens
from accounts.masks import masked_email
from accounts.models import Helper, Member
from accounts.ratelimit import count_attempt
from accounts.signup.services import AddressTaken
from icsso.billers.decorators import BillerRequest, biller_required, is_member


@reopens
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def invitation(request: BillerRequest, secret: str) -> HttpResponse:
    """Opening it changes nothing: mail programs open links by themselves."""
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    helper = helping.find(secret, biller=request.biller.pk)
    if helper is None:
        return render(request, "accounts/helper_invitation_over.html", status=410)
    if is_member(request):
        return _for_member(request, helper, cast(Member, request.user))
    if Member.objects.filter(biller=request.biller, email=helper.email).exists():
        return _page(request, helper, is_known=True)
    return _for_new(request, helper)


def _for_new(request: BillerRequest, helper: Helper) -> HttpResponse:
    form = JoinForm(request.POST or None, helper=helper)
    if not form.is_valid():
        return _page(request, helper, form=form)
    password = form.cleaned_data["password"]
    try:
        person = helping.accept_as_new(request, helper, password)
    except (helping.Over, AddressTaken):
        return redirect(request.path_info)
    messages.success(request, ALL_SET)
    return stages.begin(request, person, password, next_page="home")


def _for_member(request: BillerRequest, helper: Helper, person: Member) -> HttpResponse:
    if person.email != helper.email:
        return _page(request, helper, is_other=True, status=403)
    if request.method != "POST":
        return _page(request, helper, is_right=True)
    try:
        helping.accept(request, helper, person)
    except helping.Over:
        return redirect(request.path_info)
    messages.success(request, ALL_SET)
    return redirect("home")


def _page(
    request: BillerRequest, helper: Helper, *, status: int = 200, **facts: object
) -> HttpResponse:
    context = {
        "helper": helper,
        "named": helping.accounts_of([helper.pk]).get(helper.pk),
        "invited": masked_email(helper.email),
        **facts,
    }
    return render(request, "accounts/helper_invitation.html", context, status=status)
