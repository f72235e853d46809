"""Change email: requested on “Profile and security”, approved and confirmed by emailed links."""

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.credentials import email_change, links
from accounts.credentials.email_move import NotMoved
from accounts.login import stages
from accounts.login.forms import PasswordForm
from accounts.models.credential_change import CredentialChange, Kind, Reason
from accounts.profile.forms import ChangeEmailForm
from accounts.profile.wording import nothing_changed_words
from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps, typed
from icsso.billers.decorators import BillerRequest, biller_required, member_required


@keeps("email")
@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: MemberRequest) -> HttpResponse:
    member = request.member
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
        # Also limits emails: the new address may belong to someone else.
        count_attempt("mail", request=request, key=request.POST.get("email", ""))
    form = ChangeEmailForm(request.POST or None, member=member, initial=typed(request))
    if not form.is_valid():
        context = {"form": form, "email": member.email}
        return render(request, "accounts/change_email.html", context)
    asked = email_change.request_change(
        member, new_email=form.cleaned_data["email"], password=form.cleaned_data["current"]
    )
    if asked.is_closed:
        messages.warning(request, nothing_changed_words(asked))
    else:
        email_change.send_link(request, asked)
        messages.success(request, _("We sent you an email. Open the link in it."))
    return redirect("accounts:sign_in_settings")


@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def approve(request: BillerRequest, secret: str) -> HttpResponse:
    asked = links.find(secret, kind=Kind.EMAIL, biller=request.biller)
    if asked is None:
        return _link_ended(request)
    if request.method != "POST":
        return render(request, "accounts/approve_email.html", {"change": asked})
    try:
        email_change.approve(asked)
    except links.LinkUsed:
        return _link_ended(request)
    email_change.send_link(request, asked)
    words = _("Thank you. Next, open the link in the email we sent to %(email)s.")
    messages.success(request, words % {"email": asked.new_email})
    return redirect("home")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def confirm(request: BillerRequest, secret: str) -> HttpResponse:
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    asked = email_change.find(secret, biller=request.biller)
    if asked is None:
        return _link_ended(request)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        # Someone who got the email because of a typo does not know the password.
        if check_password(form.cleaned_data["password"], asked.member.password):
            return _confirm(request, asked, form.cleaned_data["password"])
        form.refuse()
    context = {"form": form, "email": asked.member.email, "change": asked}
    return render(request, "accounts/confirm_email.html", context)


def _confirm(request: BillerRequest, asked: CredentialChange, password: str) -> HttpResponse:
    try:
        is_done = email_change.confirm(asked)
    except links.LinkUsed:
        return _link_ended(request)
    except NotMoved:
        if asked.reason == Reason.KEPT:  # withdrawn by a new password
            return _link_ended(request)
        return render(request, "accounts/email_not_changed.html", {"change": asked}, status=409)
    # If Invoice Cloud just failed to answer, don't call it again.
    password = password if is_done else ""
    response = stages.begin(request, asked.member, password, next_page="accounts:sign_in_settings")
    if is_done:
        words = _("Your email was changed. From now on, sign in with %(email)s.")
        messages.success(request, words % {"email": asked.new_email})
    else:
        words = _("Thank you. Your email will change as soon as the billing pages are back.")
        messages.warning(request, words)
    return response


def _link_ended(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/change_email_ended.html", status=410)
