"""Signing in with a passkey, which stands for the password and for a code."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.login import stages
from accounts.login.redirects import next_page
from accounts.login.stale_forms import reopens
from accounts.mfa.passkeys import ceremonies
from accounts.mfa.passkeys.challenges import (
    Purpose,
    Refusal,
    Refused,
    keep,
    new_sign_in_challenge,
)
from accounts.mfa.passkeys.relying_party import relying_party
from accounts.mfa.services import note_refusal
from accounts.models import Passkey
from accounts.ratelimit import count_attempt
from accounts.sessions.life import BY_PASSKEY, passive
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from icsso.billers.decorators import BillerRequest, biller_required, is_member

# One sentence for a passkey that was removed, a member who can't sign in, and a wrong signature.
NOT_HERE = _(
    "That passkey doesn't work here. It may have been removed. Sign in with your password, then "
    "add it again under “Profile and security.”"
)
TOO_LATE = _("That took too long. Please try again.")


@passive
@require_POST
@biller_required
def options(request: BillerRequest) -> HttpResponse:
    """Called by the sign-in page's script. Returns JSON with a new challenge."""
    rp = relying_party(request)
    if rp is None:
        raise Http404
    count_attempt("passkey_challenge", request=request)
    challenge, sealed = new_sign_in_challenge(request)
    content = ceremonies.sign_in_options(rp, challenge)
    response = HttpResponse(content, content_type="application/json")
    keep(response, sealed)
    return response


@reopens
@require_http_methods(["GET", "HEAD", "POST"])
@biller_required
def sign_in(request: BillerRequest) -> HttpResponse:
    wanted = next_page(request)
    if request.method != "POST" or is_member(request):
        return redirect(wanted) if is_member(request) else redirect_to_login(wanted)
    count_attempt("passkey", request=request)
    try:
        passkey = ceremonies.prove(
            request, request.POST.get("passkey", ""), purpose=Purpose.SIGN_IN
        )
    except Refused as refused:
        note_refusal(request, refused, None)
        messages.error(request, TOO_LATE if refused.why == Refusal.EXPIRED else NOT_HERE)
        return redirect_to_login(wanted)
    audit.note(passkey.member, Event.PASSKEY_USED, request=request)
    marks = _marks(passkey)
    return stages.begin_with_passkey(request, passkey.member, marks, next_page=wanted)


def _marks(passkey: Passkey) -> dict[str, str]:
    """The device has verified the person, so no code is asked for."""
    factor = getattr(passkey.member, "second_factor", None)
    by_code = {DEVICE_ID_SESSION_KEY: str(factor.persistent_id)} if factor else {}
    return {BY_PASSKEY: str(passkey.pk), **by_code}
