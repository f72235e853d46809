"""What django-axes asks us: whom an attempt is about, and what to answer after too many."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts import ratelimit as throttle
from accounts.models import User
from accounts.ratelimit import STAFF, forget, place_of


def seconds_to_wait(request: HttpRequest) -> int:
    """Before a sign-in may cost a computation; 0: it may. What axes refuses counts for nothing
    more: else its sender could use up the tries that all addresses have for a name."""
    name = request.POST.get("username", "")
    if not AxesProxyHandler.is_allowed(request, {"username": name}):
        return _cool_off(request)
    return throttle.seconds_to_wait("sign_in", request=request, key=name)


def throttled_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The same address at two billers is two names, and so is staff's.

    It depends on the page and the address alone: axes asks with other credentials after a
    failure than after a success, when the count must be found again to be reset. A digest: what
    is typed there may be longer than the column, and may be somebody's address.
    """
    given = credentials or {}
    name = given.get("username") or given.get("email") or request.POST.get("username", "")
    return _name(str(name), place=place_of(request))


def _name(email: str, *, place: str) -> str:
    digest = salted_hmac("accounts.login.lockout.name", email.strip().lower()).hexdigest()
    return f"{place}:{digest}"


def unlock(user: User) -> None:
    """Forgets who tried to sign in with this address, from wherever."""
    place = user.biller.slug if user.biller else STAFF
    AxesProxyHandler.reset_attempts(username=_name(user.email, place=place))
    forget("sign_in", key=user.email, place=place)
    for what in ("second_factor", "second_factor_a_day"):
        forget(what, key=str(user.pk), place=place)


def client_in_logs(username: str, ip_address: str, *args: Any) -> str:
    """Lines of one name can be told to belong together; the name itself is not for logs."""
    return "name " + salted_hmac("accounts.login.lockout", username or "").hexdigest()[:12]


def too_many_attempts(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """The same for an address somebody has and one nobody has."""
    return throttle.too_many_requests(request, seconds=_cool_off(request))


def _cool_off(request: HttpRequest) -> int:
    pause = get_cool_off(request)
    return round(pause.total_seconds()) if pause else 15 * 60
