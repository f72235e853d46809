"""Sign in, sign out, and "Confirm your password to continue"."""

from typing import cast

from django.contrib import auth
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import ratelimit
from accounts.login.forms import PasswordForm, SignInForm
from accounts.login.redirects import next_page
from accounts.login.services import needs_connecting, open_billing_once, sign_in
from accounts.mfa.services import at_the_door
from accounts.models import Member
from icsso.billers.decorators import BillerRequest, biller_required, is_member, member_required


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def login(request: BillerRequest) -> HttpResponse:
    if request.method != "POST" and is_member(request):
        return redirect(next_page(request))
    if request.method != "POST" and at_the_door(request):
        return redirect(_code_page(request))
    name = request.POST.get("username", "")
    if request.method == "POST" and (
        seconds := ratelimit.seconds_to_wait("sign_in", request=request, key=name)
    ):
        return ratelimit.too_many_requests(request, seconds=seconds)
    form = SignInForm(request.POST or None, request=request, biller=request.biller)
    if not form.is_valid() or form.member is None:
        return render(request, "accounts/login.html", {"form": form})
    ratelimit.clear("sign_in", request=request, key=name)
    sign_in(request, form.member, form.cleaned_data["password"])
    if hasattr(form.member, "second_factor"):
        return redirect(_code_page(request))
    return redirect(next_page(request))


def _code_page(request: HttpRequest) -> str:
    return f"{reverse('accounts:code')}?{urlencode({'next': next_page(request)})}"


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("home")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def confirm(request: BillerRequest) -> HttpResponse:
    member = cast(Member, request.user)
    if request.method == "POST" and (
        seconds := ratelimit.seconds_to_wait("confirm", request=request, key=str(member.pk))
    ):
        return ratelimit.too_many_requests(request, seconds=seconds)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        password = form.cleaned_data["password"]
        # Not the user's own method: that would renew the hash, and so end this session.
        if check_password(password, member.password):
            if needs_connecting(request, member):
                open_billing_once(request, member, password)
            return redirect(next_page(request))
        form.refuse()
    return render(request, "accounts/confirm.html", {"form": form, "email": member.email})
