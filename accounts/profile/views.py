"""Profile and security: email, password, language, and where the member is signed in."""

from django.contrib import auth, messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.credentials import email_change
from accounts.mfa.few_codes import are_few
from accounts.requests import MemberRequest
from accounts.sessions import services as sign_ins
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.decorators import member_required


@require_safe
@member_required
def settings(request: MemberRequest) -> HttpResponse:
    member = request.member
    factor = getattr(member, "second_factor", None)
    left = factor.codes_left if factor else None
    context = {
        "email": member.email,
        "pending": email_change.pending(member),
        "factor": factor,
        "codes_left": left,
        "few_codes": left is not None and are_few(left),
        "passkeys": member.passkeys.count(),
        "sign_ins": member.sign_ins.alive()[: sign_ins.MOST_SHOWN],
        "this_session": request.session.session_key,
    }
    return render(request, "accounts/my_sign_in.html", context)


@require_POST
@member_required
def sign_out_everywhere(request: MemberRequest) -> HttpResponse:
    audit.note(request.member, Event.LEFT_EVERYWHERE, request=request)
    sign_ins.end_all(request.member.pk)
    auth.logout(request)
    messages.success(request, _("You've been signed out everywhere."))
    return redirect("home")


@require_POST
@member_required
def end_sign_in(request: MemberRequest) -> HttpResponse:
    """Signs the member out on one device."""
    ended = sign_ins.end_one(request.member.pk, request.POST.get("device", ""))
    if ended:
        audit.note(request.member, Event.LEFT_DEVICE, request=request)
    if ended == request.session.session_key:
        auth.logout(request)
        return redirect("home")
    words = _("That device is signed out.") if ended else _("That device was already signed out.")
    messages.success(request, words)
    return redirect("accounts:sign_in_settings")
