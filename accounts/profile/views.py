"""My sign-in: e-mail, password, language, and where the member is signed in."""

from typing import cast

from django.contrib import auth, messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.credentials import email_change
from accounts.models import Member
from accounts.sessions import services as sign_ins
from icsso.billers.decorators import BillerRequest, member_required


@require_safe
@member_required
def settings(request: BillerRequest) -> HttpResponse:
    member = cast(Member, request.user)
    context = {
        "email": member.email,
        "pending": email_change.pending(member),
        "factor": getattr(member, "second_factor", None),
        "sign_ins": member.sign_ins.alive()[: sign_ins.MOST_SHOWN],
        "this_session": request.session.session_key,
    }
    return render(request, "accounts/my_sign_in.html", context)


@require_POST
@member_required
def sign_out_everywhere(request: BillerRequest) -> HttpResponse:
    sign_ins.end_all(cast(Member, request.user).pk)
    auth.logout(request)
    messages.success(request, _("You've been signed out everywhere."))
    return redirect("home")
