"""Resetting a password and reconnecting billing, both approved by an emailed link."""

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.credentials import links, password_change
from accounts.credentials.calls import PasswordRefused
from accounts.credentials.links import LinkUsed
from accounts.login import stages
from accounts.login.forms import PasswordForm
from accounts.login.services import ask_to_reconnect
from accounts.mfa.passkeys import services as passkeys
from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Kind
from accounts.notifications.delivery import Later
from accounts.profile.forms import EmailForm, MemberPasswordForm
from accounts.profile.wording import passkey_words, refused_words
from accounts.ratelimit import allowed, count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps, typed
from icsso.billers.decorators import BillerRequest, biller_required, member_required


@keeps("email")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def password_reset(request: BillerRequest) -> HttpResponse:
    email = request.POST.get("email", "")
    if request.method == "POST":
        count_attempt("mail", request=request, key=email)
    form = EmailForm(request.POST or None, initial=typed(request))
    if not form.is_valid():
        return render(request, "accounts/password_reset.html", {"form": form})
    email = form.cleaned_data["email"]
    # If too many were requested, an email is already on its way to the owner: no error for them.
    if allowed("reset", request=request, key=email):
        links.send_reset_link(request, biller=request.biller, email=email)
    return redirect("accounts:password_reset_sent")


@require_safe
@biller_required
def reset_sent(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_sent.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def password_reset_confirm(request: BillerRequest, secret: str) -> HttpResponse:
    return _choose_password(request, secret, Kind.RESET)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def change_password_confirm(request: BillerRequest, secret: str) -> HttpResponse:
    """Requested by a member who has a different password at Invoice Cloud."""
    return _choose_password(request, secret, Kind.PASSWORD)


def _choose_password(request: BillerRequest, secret: str, kind: Kind) -> HttpResponse:
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    change = links.find(secret, kind=kind, biller=request.biller)
    if change is None:
        return _reset_link_ended(request)
    form = MemberPasswordForm(request.POST or None, member=change.member)
    if form.is_valid():
        try:
            return _reset(request, change, form.cleaned_data["password"])
        except LinkUsed:
            return _reset_link_ended(request)
        except PasswordRefused as refusal:
            form.add_error("password", refused_words(refusal))
    context = {"form": form, "email": change.member.email}
    return render(request, "accounts/password_reset_confirm.html", context)


def _reset(request: BillerRequest, change: CredentialChange, password: str) -> HttpResponse:
    dropped = 0

    def tell(member: Member) -> Later:
        nonlocal dropped
        dropped = passkeys.drop_recent(member) if change.kind == Kind.RESET else 0
        return password_change.password_changed(request, member, dropped=dropped)

    is_done_there = password_change.reset(change, password, tell=tell)
    response = _sign_in(request, change, password if is_done_there else "")
    if is_done_there:
        messages.success(request, _("Your password was changed."))
    else:
        messages.warning(
            request,
            _(
                "Your password was changed. It may take a while before it works on the "
                "billing pages too."
            ),
        )
    if told := passkey_words(dropped=dropped, kept=change.member.passkeys.count()):
        messages.warning(request, told)
    return response


def _sign_in(request: BillerRequest, change: CredentialChange, password: str) -> HttpResponse:
    """Without a password, Invoice Cloud is not called again: it just failed to answer."""
    return stages.begin(request, change.member, password, next_page="home")


def _reset_link_ended(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/password_reset_ended.html", {"form": EmailForm()}, status=410)


@require_POST
@member_required
def reconnect_mail(request: MemberRequest) -> HttpResponse:
    member = request.member
    if ask_to_reconnect(request, member, again=True):
        words = _("We sent an email to %(email)s. Open its link to reconnect your billing pages.")
        messages.success(request, words % {"email": member.email})
    else:
        messages.warning(request, _("You've asked several times. Please wait 15 minutes."))
    return redirect("home")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def reconnect(request: BillerRequest, secret: str) -> HttpResponse:
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    change = links.find(secret, kind=Kind.RECONNECT, biller=request.biller)
    if change is None:
        return _reconnect_link_ended(request)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            if check_password(form.cleaned_data["password"], change.member.password):
                return _reconnect(request, change, form.cleaned_data["password"])
            form.refuse()
        except LinkUsed:
            return _reconnect_link_ended(request)
        except PasswordRefused as refusal:
            form.refuse(refused_words(refusal))
    context = {"form": form, "email": change.member.email}
    return render(request, "accounts/reconnect.html", context)


def _reconnect(request: BillerRequest, change: CredentialChange, password: str) -> HttpResponse:
    is_done_there = password_change.reconnect(change, password)
    response = _sign_in(request, change, password if is_done_there else "")
    if is_done_there:
        messages.success(request, _("Your billing pages are connected again."))
    else:
        messages.warning(
            request, _("Thank you. We'll connect your billing pages as soon as they're back.")
        )
    return response


def _reconnect_link_ended(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/reconnect_ended.html", status=410)
