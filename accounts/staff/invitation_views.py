"""The page that an invitation leads to, and the way to a new link when it no longer works."""

from typing import Any

from django.contrib import admin, auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.login.stages import BACKEND
from accounts.mfa.verification import has_passed
from accounts.models import StaffInvitation, StaffUser
from accounts.ratelimit import allowed, count_attempt
from accounts.staff import invitations
from accounts.staff.forms import FirstPasswordForm, NewLinkForm
from accounts.staff.invitations import InvitationOver, Invited
from backoffice import roles
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.identity_provider.models import provider_for
from icsso.billers.models import Biller

OPENED = "invitation"  # in the session
INVITED = _("You're invited")
SENT = _(
    "If there is an invitation for this address, we've sent a new link to it. Look in your spam "
    "folder too. If nothing comes, ask the person who invited you."
)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    if request.method == "POST":
        count_attempt("secret", request=request, key=secret)
    invitation = invitations.find(secret)
    invited = invitations.who(invitation) if invitation else Invited.BLOCKED
    if invitation is None or invited is Invited.BLOCKED:
        return _over(request)
    try:
        if invited is Invited.NEW:
            return _first_password(request, invitation)
        return _existing(request, invitation)
    except InvitationOver:
        return _over(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_signed_in(request: HttpRequest) -> HttpResponse:
    """Goes on after the sign-in, with the invitation whose link was opened in this browser."""
    pk, link = request.session.get(OPENED, (None, None))
    found = StaffInvitation.objects.fresh().filter(pk=pk, link_digest=link).first() if pk else None
    is_existing = found and invitations.is_still_given(found)
    if not found or not is_existing or invitations.who(found) is not Invited.EXISTING:
        return _over(request)
    try:
        return _existing(request, found)
    except InvitationOver:
        return _over(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    email = request.POST.get("email", "")
    if request.method == "POST":
        count_attempt("mail", request=request, key=email)
    form = NewLinkForm(request.POST or None)
    if not form.is_valid():
        return _over(request, form=form, status=200)
    email = form.cleaned_data["email"]
    # If too many were requested, an email is already on its way to the owner: no error for them.
    if allowed("resend", request=request, key=email):
        invitations.send_again_if_invited(request, email)
    messages.success(request, SENT)
    return redirect("admin:invitation_link")


def _first_password(request: HttpRequest, invitation: StaffInvitation) -> HttpResponse:
    if not invitations.password_is_enough(invitation):
        return _page(request, "accept", **_shown(request, invitation), form=None)
    form = FirstPasswordForm(request.POST or None, invitation=invitation)
    if form.is_valid():
        person = invitations.accept_as_new(invitation, form.cleaned_data["password"])
        auth.login(request, person, backend=BACKEND)
        return redirect("admin:second_factor")
    return _page(request, "accept", **_shown(request, invitation), form=form)


def _existing(request: HttpRequest, invitation: StaffInvitation) -> HttpResponse:
    """For somebody who is a staff user already: only signed in, with a code, do they accept."""
    user = request.user
    if not isinstance(user, StaffUser) or user.email != invitation.email or not has_passed(request):
        # Kept here, so that no address of the sign-in has the secret in it.
        request.session[OPENED] = [invitation.pk, invitation.link_digest]
        has_secret = request.path_info != reverse("admin:invitation_signed_in")
        ways = _other_hosts(request, invitation) if has_secret else []
        return _page(request, "sign_in", **_shown(request, invitation), ways=ways)
    if request.method != "POST":
        return _page(request, "confirm", **_shown(request, invitation))
    if invitations.accept(invitation, user):
        messages.success(request, _("You have accepted the invitation."))
    else:
        words = _(
            "You have accepted the invitation. Because you also work for another utility, a "
            "superuser of the portal has to confirm it. Ask the person who invited you."
        )
        messages.warning(request, words)
    return redirect("admin:index")


def _other_hosts(request: HttpRequest, invitation: StaffInvitation) -> list[tuple[str, str]]:
    """Returns where they can sign in with single sign-on: at the host names of their billers."""
    billers = Biller.objects.filter(staff__email=invitation.email, staff__biller=None)
    return [
        (provider.name, absolute_url(request, biller, request.path_info))
        for biller in billers.select_related("identity_provider")
        if (provider := provider_for(biller))
    ]


def _shown(request: HttpRequest, invitation: StaffInvitation) -> dict[str, Any]:
    billers = list(invitation.billers.all())
    provider = provider_for(getattr(request, "biller", None))
    return {
        "invitation": invitation,
        "billers": [biller.name for biller in billers],
        "roles": [roles.name_of(group) for group in invitation.roles.all()],
        "provider": provider if provider and invitations.is_covered(invitation, provider) else None,
    }


def _over(
    request: HttpRequest, *, form: NewLinkForm | None = None, status: int = 410
) -> HttpResponse:
    title = _("Get a new link") if status == 200 else _("This link no longer works")
    form = form or NewLinkForm()
    return _page(request, "over", title=title, status=status, form=form)


def _page(
    request: HttpRequest,
    name: str,
    *,
    title: str | Promise = INVITED,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    shown = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title}
    return render(request, f"admin/invitation/{name}.html", {**shown, **context}, status=status)
