"""How long a session lasts, how much of that is left, and why one has ended.

A browser keeps no cookie of an ended session, so a cookie of its own (`LAST_SEEN`) says when the
person signed in and was last seen. It opens nothing and holds nothing but two times: the sign-in
page tells from it why it is shown.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.durations import in_words
from accounts.models import Member, StaffUser
from accounts.requests import is_by_script

View = TypeVar("View", bound=Callable[..., HttpResponse])
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
# The passkey of a sign-in without the password.
BY_PASSKEY = "signed_in_by_passkey"
LAST_SEEN = "last_seen"  # the cookie: Unix times of the sign-in and of the last activity


class Left(NamedTuple):
    """seconds: until the session ends if nothing is done. is_last: whether it can't be extended."""

    seconds: int
    is_last: bool


def passive(view: View) -> View:
    """Marks a view that a page's script requests by itself: it keeps nobody signed in."""
    view.is_passive = True  # type: ignore[attr-defined]
    return view


def is_activity(request: HttpRequest) -> bool:
    """Returns whether a person did something. What a script on the page fetches by itself doesn't
    count: that is known of the view, or the script says it, and newer browsers say it too."""
    if is_by_script(request) or request.headers.get("Sec-Fetch-Dest") == "empty":
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return True
    return not getattr(view, "is_passive", False)


def idle_seconds(user: Member | StaffUser) -> int:
    return settings.STAFF_SESSION_IDLE if user.is_staff else settings.SESSION_COOKIE_AGE


def longest_seconds(user: Member | StaffUser) -> int:
    return settings.STAFF_SESSION_MAX_AGE if user.is_staff else settings.SESSION_MAX_AGE


def left(request: HttpRequest, user: Member | StaffUser) -> Left:
    now, session = int(time.time()), request.session
    idle = session.get(SEEN_AT, now) + idle_seconds(user) - now
    longest = session.get(SIGNED_IN_AT, now) + longest_seconds(user) - now
    return Left(max(0, min(idle, longest)), longest <= idle)


def whose(user: Member | StaffUser) -> str:
    """Returns a text by which a page recognizes that someone else is signed in by now."""
    return salted_hmac("accounts.sessions.whose", str(user.pk)).hexdigest()[:16]


def remember(response: HttpResponse, *, began: int, seen: int) -> None:
    response.set_cookie(
        LAST_SEEN,
        f"{began}.{seen}",
        max_age=settings.SESSION_MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def reason_of_end(request: HttpRequest, *, for_staff: bool) -> str:
    """Returns a sentence that says why the person has to sign in again; "" if they weren't signed
    in lately, or have signed out."""
    began, _dot, seen = request.COOKIES.get(LAST_SEEN, "").partition(".")
    if not (began.isdecimal() and seen.isdecimal() and len(began) < 12 and len(seen) < 12):
        return ""
    idle = settings.STAFF_SESSION_IDLE if for_staff else settings.SESSION_COOKIE_AGE
    longest = settings.STAFF_SESSION_MAX_AGE if for_staff else settings.SESSION_MAX_AGE
    now = time.time()
    if now - int(began) >= longest:
        return _signed_out_after(longest)
    if now - int(seen) >= idle:
        return _signed_out_after(idle)
    return _("You're no longer signed in on this device.")


def _signed_out_after(seconds: int) -> str:
    span = in_words(timedelta(seconds=seconds))
    return _("You were signed out after %(span)s.") % {"span": span}
