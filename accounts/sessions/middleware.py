"""How long sessions last (idle and in total, shorter for staff), and at which biller."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Member, StaffUser
from accounts.sessions import services as sign_ins

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
# Accuracy of the idle time: the session is not saved again for every page view.
RENEW_EVERY = 5 * 60


class SessionLifeMiddleware:
    """Ends sessions when their time is up, and extends them while they are used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.user
        request.user = SimpleLazyObject(lambda: _still_signed_in(request, known))  # type: ignore[assignment]
        return self.get_response(request)


def _still_signed_in(request: HttpRequest, user: Any) -> Any:
    if not user.is_authenticated:
        return user
    biller = getattr(request, "biller", None)
    if isinstance(user, Member) and (biller is None or biller.pk != user.biller_id):
        return AnonymousUser()  # a member of another biller; their session there continues
    if request.path_info.startswith(tuple(settings.SESSIONLESS_PATHS)):
        return AnonymousUser() if _lacks_code(user) else user
    now = int(time.time())
    began = request.session.setdefault(SIGNED_IN_AT, now)
    if now - began > _longest(user) or _was_signed_out(user, began) or _lacks_code(user):
        request.session.flush()  # not logout(): it looks up the user, which would call this again
        return AnonymousUser()
    if now - request.session.get(SEEN_AT, 0) > RENEW_EVERY:
        _renew(request, user, now)
    return user


@receiver(user_logged_in)
def _begin(sender: object, request: HttpRequest, user: Member | StaffUser, **kwargs: Any) -> None:
    now = int(time.time())
    request.session.pop(DEVICE_ID_SESSION_KEY, None)  # a code belongs to one sign-in
    request.session[SIGNED_IN_AT] = now
    _renew(request, user, now)
    if isinstance(user, Member):
        sign_ins.note(request, user.pk)


def _renew(request: HttpRequest, user: Member | StaffUser, now: int) -> None:
    """Saved with the response, which extends the session and its cookie."""
    request.session[SEEN_AT] = now
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_SESSION_IDLE)


def _was_signed_out(user: Member | StaffUser, began: int) -> bool:
    return user.signed_out_at is not None and began <= user.signed_out_at.timestamp()


def _lacks_code(user: Any) -> bool:
    """Returns whether a member's session lacks a code because two-step verification was turned on
    after it began. (For staff, the admin checks.)"""
    needs_one = isinstance(user, Member) and hasattr(user, "second_factor")
    return needs_one and not user.is_verified()


def _longest(user: Member | StaffUser) -> int:
    return settings.STAFF_SESSION_MAX_AGE if user.is_staff else settings.SESSION_MAX_AGE
