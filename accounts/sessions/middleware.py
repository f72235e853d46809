"""How long sessions last (idle and in total, shorter for staff), and at which biller."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject, SimpleLazyObject
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Member, StaffUser
from accounts.sessions import life, typed
from accounts.sessions import services as sign_ins
from accounts.sessions.life import SEEN_AT, SIGNED_IN_AT
from icsso.billers.decorators import is_member

# The issuer of the identity provider that vouched for a staff user; a password needs none.
SIGNED_IN_BY = "signed_in_by"
# And where their session there is ended: its name and address.
SIGN_OUT = "sign_out_at_provider"
# What belongs to one sign-in: a code, or what a provider said.
OF_ONE_SIGN_IN = (
    DEVICE_ID_SESSION_KEY,
    SIGNED_IN_BY,
    SIGN_OUT,
    "second_factor_by_provider",
    life.BY_PASSKEY,
)
# Accuracy of the idle time: the session is not saved again for every page view.
RENEW_EVERY = 5 * 60
# "Stay signed in", pressed many times, is one write.
EXTEND_EVERY = 10


class SessionLifeMiddleware:
    """Ends sessions when their time is up, and extends them while they are used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.user
        request.user = SimpleLazyObject(lambda: _still_signed_in(request, known))  # type: ignore[assignment]
        response = self.get_response(request)
        _mark(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """A form that is sent after its session has ended comes back with what was typed."""
        if request.method != "POST":
            return None
        if typed.is_of_staff(request):
            return self._staff_form(request)
        is_read_as_it_came = request.path_info.startswith(tuple(settings.SESSIONLESS_PATHS))
        if getattr(request, "biller", None) is None or is_read_as_it_came:
            return None
        if typed.SEAL in request.POST and typed.ONLY_KEEP in request.POST:
            return typed.only_kept(request)
        if getattr(view, "is_for_members", False) and not is_member(request):
            return typed.to_sign_in(request)
        return None

    @staticmethod
    def _staff_form(request: HttpRequest) -> HttpResponse | None:
        if typed.SEAL not in request.POST:
            return None
        if typed.ONLY_KEEP in request.POST:
            return typed.only_kept(request)
        return None if typed.owner(request) else typed.to_sign_in(request)


def _still_signed_in(request: HttpRequest, user: Any) -> Any:
    if not user.is_authenticated:
        return user
    user = _itself(user)
    biller = getattr(request, "biller", None)
    if isinstance(user, Member) and (biller is None or biller.pk != user.biller_id):
        return AnonymousUser()  # a member of another biller; their session there continues
    if request.path_info.startswith(tuple(settings.SESSIONLESS_PATHS)):
        return AnonymousUser() if _lacks_code(user) else user
    now = int(time.time())
    began = request.session.setdefault(SIGNED_IN_AT, now)
    seen = request.session.setdefault(SEEN_AT, now)
    is_over = now - began >= life.longest_seconds(user) or now - seen >= life.idle_seconds(user)
    if is_over or _was_signed_out(user, began) or _lacks_code(user):
        request.session.flush()  # not logout(): it looks up the user, which would call this again
        return AnonymousUser()
    if now - seen > RENEW_EVERY and life.is_activity(request):
        _renew(request, user, now)
    elif life.LAST_SEEN not in request.COOKIES:
        request.session_seen = seen  # type: ignore[attr-defined]
    if isinstance(user, StaffUser):
        user.signed_in_by(request.session.get(SIGNED_IN_BY, ""))
    return user


def _itself(user: Any) -> Any:
    """Returns the user behind lazy objects: ours wraps django_otp's, which wraps Django's, and each
    access to an attribute would go through all of them."""
    while isinstance(user, LazyObject):
        user = user._wrapped
    return user


def extend(request: HttpRequest, user: Member | StaffUser) -> None:
    """Counts as activity now; the longest life of the session stays what it is."""
    now = int(time.time())
    if now - request.session.get(SEEN_AT, 0) >= EXTEND_EVERY:
        _renew(request, user, now)


@receiver(user_logged_out)
def _end(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """Somebody who signs out needs no explanation."""
    explain_nothing(request)


def explain_nothing(request: HttpRequest) -> None:
    """Keeps the sign-in page from saying that this session has ended, and why."""
    request.session_seen = None  # type: ignore[attr-defined]


@receiver(user_logged_in)
def _begin(sender: object, request: HttpRequest, user: Member | StaffUser, **kwargs: Any) -> None:
    now = int(time.time())
    if SIGNED_IN_AT in request.session:  # signed in again: Django keeps the key then
        request.session.cycle_key()
    for key in OF_ONE_SIGN_IN:
        request.session.pop(key, None)
    typed.forget_others(request, user.pk)
    request.session[SIGNED_IN_AT] = now
    _renew(request, user, now)
    if isinstance(user, Member):
        sign_ins.note(request, user.pk)


def _renew(request: HttpRequest, user: Member | StaffUser, now: int) -> None:
    """Saved with the response, which extends the session and its cookie."""
    request.session[SEEN_AT] = now
    request.session_seen = now  # type: ignore[attr-defined]
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_SESSION_IDLE)


def _mark(request: HttpRequest, response: HttpResponse) -> None:
    """Lets the sign-in page say later why the session has ended."""
    seen = getattr(request, "session_seen", 0)
    if seen:
        life.remember(response, began=request.session.get(SIGNED_IN_AT, seen), seen=seen)
    elif seen is None:
        response.delete_cookie(life.LAST_SEEN, samesite="Lax")


def _was_signed_out(user: Member | StaffUser, began: int) -> bool:
    return user.signed_out_at is not None and began <= user.signed_out_at.timestamp()


def _lacks_code(user: Any) -> bool:
    """Returns whether a member's session lacks a code because two-step verification was turned on
    after it began. (For staff, the admin checks.)"""
    needs_one = isinstance(user, Member) and hasattr(user, "second_factor")
    return needs_one and not user.is_verified()
