"""Sign in, sign out, and "Confirm your password to continue"."""

from django.contrib import auth, messages
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import ratelimit
from accounts.login import stages
from accounts.login.forms import PasswordForm, SignInForm
from accounts.login.redirects import next_page
from accounts.login.services import needs_connecting, open_billing_once
from accounts.login.stale_forms import reopens, typed_name
from accounts.requests import MemberRequest
from accounts.sessions import life
from accounts.sessions.again import why_again
from accounts.sessions.typed import keeps, typed
from icsso.billers.decorators import BillerRequest, biller_required, is_member, member_required
from icsso.billing.session import load

# The other reason for being asked to sign in: Invoice Cloud needs a cookie, which browsers may
# refuse it in a frame.
CONNECTED_ANEW = gettext_lazy(
    "You're connected again. If you're still asked to sign in, choose “Open on its own page.”"
)


@reopens
@keeps("username")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def login(request: BillerRequest) -> HttpResponse:
    if request.method == "POST":
        return _check(request)
    if is_member(request):
        return redirect(next_page(request))
    if page := stages.waiting_page(request, next_page=next_page(request)):
        return redirect(page)
    initial = {"username": typed_name(request), **typed(request)}
    form = SignInForm(request=request, biller=request.biller, initial=initial)
    return _sign_in_page(request, form)


def _check(request: BillerRequest) -> HttpResponse:
    name = request.POST.get("username", "")
    ratelimit.count_attempt("sign_in", request=request, key=name)
    form = SignInForm(request.POST, request=request, biller=request.biller)
    if not form.is_valid() or form.member is None:
        return _sign_in_page(request, form)
    password = form.cleaned_data["password"]
    return stages.begin(request, form.member, password, next_page=next_page(request))


def _sign_in_page(request: BillerRequest, form: SignInForm) -> HttpResponse:
    context = {"form": form, "ended": why_again(request)}
    return render(request, "accounts/login.html", context)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("home")


@reopens
@keeps()
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def confirm(request: MemberRequest) -> HttpResponse:
    """Asks for the password, connects if necessary, and redirects to the requested page.

    With `?anew=1` it always connects: the customer saw that Invoice Cloud has ended the connection,
    which the portal cannot know.
    """
    member, anew = request.member, "anew" in request.GET
    if request.method == "POST":
        ratelimit.count_attempt("confirm", request=request, key=str(member.pk))
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        password = form.cleaned_data["password"]
        # Not the user's own method: it could renew the hash, which would end this session.
        if check_password(password, member.password):
            if anew or needs_connecting(request, member):
                billing = open_billing_once(request, member, password)
                if anew and billing.is_usable and not request.biller.opens_without_frame:
                    messages.success(request, CONNECTED_ANEW)
            return redirect(next_page(request))
        form.refuse()
    # Members who signed in without the password are asked for it once, and told why.
    unknown = life.BY_PASSKEY in request.session and load(request.session) is None
    context = {"form": form, "email": member.email, "anew": anew, "by_passkey": unknown}
    return render(request, "accounts/confirm.html", context)
