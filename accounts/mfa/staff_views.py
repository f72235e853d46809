"""Two-step verification pages for staff: entering the code, setup, and recovery codes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, auth, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.login.redirects import next_page
from accounts.login.stale_forms import reopens
from accounts.mfa import few_codes, totp
from accounts.mfa import services as two_step
from accounts.mfa.forms import CodeForm, wants_recovery
from accounts.mfa.verification import has_passed, mark_verified
from accounts.models import StaffUser
from accounts.models.second_factor import SecondFactor
from backoffice.audit import events as audit
from backoffice.audit.events import Event

View = Callable[[HttpRequest, StaffUser], HttpResponse]


def staff_required(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """For staff who have given the right password, even if they still have to enter a code."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not (isinstance(user, StaffUser) and user.is_active and user.is_staff):
            return redirect_to_login(request.get_full_path(), "admin:login")
        return view(request, user)

    return guarded


@reopens
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def enter_code(request: HttpRequest, user: StaffUser) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=user).first()
    if has_passed(request):
        return redirect(next_page(request, otherwise="admin:index"))
    if factor is None:
        return redirect("admin:second_factor_set_up")
    if request.method == "POST":
        two_step.count_attempt(request, user)
    form = CodeForm(request.POST or None, recovery=wants_recovery(request))
    if form.is_valid():
        event = factor.take(form.cleaned_data["code"])
        audit.note(user, event or Event.WRONG_CODE, request=request)
        if event:
            mark_verified(request, factor)
            if event == Event.RECOVERED:
                few_codes.warn(request, factor, is_staff=True)
            return redirect(next_page(request, otherwise="admin:index"))
        form.refuse()
    form.fields["code"].widget.attrs["autofocus"] = True  # as the password had on the page before
    return _page(request, "enter_code", title=_("Enter your code"), form=form)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def set_up(request: HttpRequest, user: StaffUser) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=user).first()
    if factor and not has_passed(request):
        return redirect("admin:second_factor")
    if not (user.covers_everything() or (factor is None and not user.issuer)):
        return _not_in_this_session(request)
    if request.method == "POST":
        two_step.count_attempt(request, user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = totp.activate(request, user, form.cleaned_data["code"])
        if codes:
            return _page(request, "recovery_codes", title=_("Your recovery codes"), codes=codes)
        form.refuse()
    return _set_up_page(request, user, form=form, factor=factor)


def _set_up_page(
    request: HttpRequest, user: StaffUser, *, form: CodeForm, factor: SecondFactor | None
) -> HttpResponse:
    key = totp.pending_key(request.session)
    issuer = str(admin.site.site_title)
    return _page(
        request,
        "set_up",
        title=_("Set up two-step verification"),
        form=form,
        factor=factor,
        few_codes=few_codes.warning_for_staff(factor),
        is_demanded=settings.STAFF_SECOND_FACTOR,
        **totp.shown_key(key, email=user.email, issuer=issuer),
    )


def _not_in_this_session(request: HttpRequest) -> HttpResponse:
    """One biller's single sign-on must neither create nor change what protects the others. A first
    code can always be set up with the password, which belongs to the person and not to a biller."""
    if not has_passed(request):
        return _page(request, "not_here", title=_("Set up two-step verification"))
    words = _(
        "You signed in with single sign-on, which doesn't cover all utilities that you work for. "
        "To change two-step verification, sign in with your password."
    )
    messages.error(request, words)
    return redirect("admin:index")


@require_POST
@staff_required
def new_recovery_codes(request: HttpRequest, user: StaffUser) -> HttpResponse:
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None or not has_passed(request):
        return redirect("admin:second_factor")
    if not user.covers_everything():
        return _not_in_this_session(request)
    codes = factor.new_recovery_codes()
    audit.note(user, Event.NEW_CODES, request=request)
    return _page(request, "recovery_codes", title=_("Your recovery codes"), codes=codes)


@require_POST
@staff_required
def sign_out(request: HttpRequest, user: StaffUser) -> HttpResponse:
    """For staff who can't continue: the admin's own sign-out page requires the code."""
    auth.logout(request)
    return to_sign_in(request)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """After signing out. Not the home page, which is the customers'."""
    messages.info(request, _("You are signed out."))
    return redirect("admin:login")


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    # No sidebar: before entering the code, staff can't open any page it links to.
    shown = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, **context}
    return render(request, f"admin/second_factor/{name}.html", shown)
