"""Change password on "Profile and security"."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.credentials.calls import PasswordRefused
from accounts.credentials.password_change import (
    change_password,
    password_changed,
    send_approval_link,
)
from accounts.login import stages
from accounts.models.credential_change import CredentialChange, State
from accounts.profile.forms import ChangePasswordForm
from accounts.profile.wording import nothing_changed_words, refused_words
from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from accounts.sessions.typed import keeps
from icsso.billers.decorators import member_required


@keeps()
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: MemberRequest) -> HttpResponse:
    member = request.member
    if request.method == "POST":
        count_attempt("confirm", request=request, key=str(member.pk))
    form = ChangePasswordForm(request.POST or None, member=member)
    if form.is_valid():
        current, new = form.cleaned_data["current"], form.cleaned_data["password"]
        tell = partial(password_changed, request)
        try:
            return _tell(request, change_password(member, current=current, new=new, tell=tell), new)
        except PasswordRefused as refusal:
            form.add_error("password", refused_words(refusal))
    context = {"form": form, "email": member.email}
    return render(request, "accounts/change_password.html", context)


def _tell(request: MemberRequest, change: CredentialChange, new: str) -> HttpResponse:
    member = change.member
    if change.state in {State.COMPLETED, State.PORTAL_ONLY}:
        response = stages.renew(request, member, new, next_page="accounts:sign_in_settings")
        words = _("Your password was changed. We signed you out on all other devices.")
        messages.success(request, words)
        return response
    if change.is_closed:
        messages.warning(request, nothing_changed_words(change))
    elif change.state == State.AWAITING_APPROVAL:
        send_approval_link(request, change)
        words = _("Nothing has changed yet. Open the link in the email we sent to %(email)s.")
        messages.info(request, words % {"email": member.email})
    else:
        words = _(
            "The billing pages didn't answer, so we don't know yet which password is in use. "
            "In a few minutes, sign out and sign in again. Whichever password works is the "
            "one to keep using."
        )
        messages.warning(request, words)
    return redirect("accounts:sign_in_settings")
