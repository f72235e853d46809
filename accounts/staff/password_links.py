"""A link to set a new password, for a staff user who has lost theirs: an administrator has it sent
and never knows the password.

The link needs no record: Django's token contains the password and the last sign-in, so it ends
with either, after its first use, and after `PASSWORD_RESET_TIMEOUT` (three days).
"""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.models import StaffUser
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from accounts.ratelimit import count_attempt
from accounts.staff.forms import PasswordForm
from icsso.billers.absolute_urls import absolute_url

LIFE = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


class Tokens(PasswordResetTokenGenerator):
    key_salt = "accounts.staff.password_links"


tokens = Tokens()


def send_link(request: HttpRequest, person: StaffUser) -> Later:
    """Returns what sends the email after the commit."""
    biller = person.billers.order_by("name")[0]
    key = urlsafe_base64_encode(str(person.pk).encode())
    path = reverse("admin:set_password", args=[key, tokens.make_token(person)])
    return notifications.staff_password(
        to=person.email,
        biller=biller,
        language=person.language,
        link=absolute_url(request, biller, path),
    )


def owner_of(key: str, token: str) -> StaffUser | None:
    """Returns whose link it is, if it still works."""
    try:
        pk = int(urlsafe_base64_decode(key).decode())
    except ValueError:
        return None
    people = StaffUser.objects.filter(pk__lt=1 << 63, is_active=True)
    person = people.filter(pk=pk).first() if pk < 1 << 63 else None
    return person if person and tokens.check_token(person, token) else None


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    if request.method == "POST":
        count_attempt("secret", request=request, key=token)
    person = owner_of(key, token)
    form = PasswordForm(request.POST or None, person=person) if person else None
    if form and form.is_valid() and _was_set(key, token, form.cleaned_data["password"]):
        messages.success(request, _("Your new password is saved. Sign in with it."))
        return redirect("admin:login")
    title = _("Choose a new password") if person else _("This link no longer works")
    shown = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title}
    status = 200 if person else 410
    return render(request, "admin/invitation/password.html", {**shown, "form": form}, status=status)


@transaction.atomic
def _was_set(key: str, token: str, password: str) -> bool:
    """Returns False if the link was used a moment ago. Ends all sessions."""
    person = owner_of(key, token)
    locked = person and StaffUser.objects.select_for_update().get(pk=person.pk)
    if not locked or not tokens.check_token(locked, token):
        return False
    locked.set_password(password)
    locked.save(update_fields=["password"])
    locked.sign_out_everywhere()
    return True
