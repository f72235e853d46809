"""Error pages. They work without a database, a session, or a biller."""

import logging
import sys
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from accounts.login.stale_forms import reopened
from accounts.models import Member
from accounts.ratelimit import TooManyRequests, waiting_time
from api.problems import is_api, problem_of_status
from icsso.billers.absolute_urls import STAFF, answers_staff
from inhance.context import signed_in_member
from inhance.languages import language_of_link

logger = logging.getLogger(__name__)
# The database or Redis is down for now: not a bug. Without Redis no attempt can be counted, so none
# is allowed.
AWAY = (OperationalError, InterfaceError, RedisError)

# Refusals that members and staff meet on their way: they keep their navigation.
WITH_NAVIGATION = {"403", "404", "429", "csrf"}


class Words(NamedTuple):
    title: Promise
    happened: Promise
    todo: Promise  # with the facts of the page filled in


CHECK_FIRST = _(
    "Wait a minute, then reload the page. If you were saving something, check whether it was saved "
    "before you try again."
)
# For staff, in the back office. They are told nothing about a bill, an account, or AutoPay.
FOR_STAFF = {
    "400": Words(
        _("We couldn't understand that request"),
        _("Your browser sent something this site can't use. Nothing was changed."),
        _("Go back, reload the page, and try again."),
    ),
    "403": Words(
        _("You can't open this page"),
        _("Your role doesn't include it, or it belongs to a utility you don't work for."),
        _("If you need it for your work, ask an administrator of your utility."),
    ),
    "404": Words(
        _("Page not found"),
        _("There's no page at this web address, or what it showed was deleted."),
        _("Check the web address for typos, or open the back office and search there."),
    ),
    "csrf": Words(
        _("Please send the form again"),
        _("The page was open for a long time, or your browser doesn't allow cookies."),
        _("Nothing was changed. Go back, reload the page, and send the form again."),
    ),
    "413": Words(
        _("That's too large"),
        _("What you sent is too large for this page. Nothing was changed."),
        _("If you chose a file, choose a smaller one."),
    ),
    "429": Words(
        _("Too many tries"),
        _(
            "To keep the back office safe, you'll need to wait before you try again. Nothing was "
            "changed."
        ),
        _("Please wait %(span)s, then try again."),
    ),
    "500": Words(
        _("Something went wrong on this page"),
        _("We couldn't show this page. The problem is on our side, and we've made a record of it."),
        CHECK_FIRST,
    ),
    "503": Words(
        _("This site isn't available right now"),
        _("We can't get to our records right now. This is usually fixed within a few minutes."),
        CHECK_FIRST,
    ),
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _records_went_away(exception):
        return unavailable(request)
    if isinstance(exception, SessionInterrupted):  # signed out elsewhere during the request
        return redirect(request.get_full_path())
    logger.info("refused: %s", type(exception).__name__)
    return _page(request, "400", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A sign-in form with an old token is opened again; see `accounts.login.stale_forms`."""
    try:
        return reopened(request, reason) or _page(request, "csrf", status=403)
    except TooManyRequests as refused:  # no middleware hears of a view that Django did not call
        return too_many_requests(request, seconds=refused.seconds)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "404", status=404)


def method_not_allowed(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """For a URL that only accepts form posts: opened as a page, it is not found."""
    response = _page(request, "404", status=405)
    response["Allow"] = refusal["Allow"]
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(request, "413", status=413)


def too_many_requests(request: HttpRequest, *, seconds: int) -> HttpResponse:
    """Says how long to wait, and what to do instead."""
    match = request.resolver_match
    is_sign_in = match is not None and match.view_name == "accounts:login"
    span = waiting_time(seconds)
    response = _page(request, "429", status=429, span=span, is_sign_in=is_sign_in)
    response["Retry-After"] = str(seconds)
    return response


def unknown_host(request: HttpRequest) -> HttpResponse:
    return _page(request, "unknown_host", status=404)


def not_serving(request: HttpRequest) -> HttpResponse:
    """The biller is not open to customers, or not right now.

    503, so that no script, robot, or cache takes this for the page that was requested. /healthz
    still tells whether the process is healthy.
    """
    response = _page(request, "not_serving", status=503)
    response["Retry-After"] = "3600"
    # This is intended. Otherwise, Django would log an error for every visitor, and it must not
    # count as an outage (`monitoring.requests`).
    response._has_been_logged = True  # type: ignore[attr-defined]
    response.is_of_closed_biller = True  # type: ignore[attr-defined]
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    if _records_went_away(sys.exception()):
        return unavailable(request)
    return _page(request, "500", status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database or Redis is not responding: try again in a minute."""
    response = _page(request, "503", status=503)
    response["Retry-After"] = "60"
    return response


def _records_went_away(error: BaseException | None) -> bool:
    """Whether a record was deleted in the meantime. Also checks the causes: an error while saving
    the session hides the original one."""
    while error:
        if isinstance(error, AWAY):
            return True
        error = error.__context__
    return False


def _page(request: HttpRequest, name: str, *, status: int, **facts: str | bool) -> HttpResponse:
    if is_api(request):
        return problem_of_status(status)
    # If it failed before the language was known, use that of the emailed link or of the browser.
    language = getattr(request, "LANGUAGE_CODE", None) or language_of_link(request)
    with translation.override(language or translation.get_language_from_request(request)):
        if name in FOR_STAFF and _is_back_office(request):
            words = FOR_STAFF[name]
            shown = {**_back_office(request, name), **words._asdict()}
            shown["todo"] = str(words.todo) % facts
            response = render(request, "admin/error.html", shown, status=status)
        else:
            shown = {"shown_member": _member(request) if name in WITH_NAVIGATION else None, **facts}
            response = render(request, f"errors/{name}.html", shown, status=status)
    add_never_cache_headers(response)
    return response


def _is_back_office(request: HttpRequest) -> bool:
    """Whether staff may have asked: other host names tell nobody that there is a back office."""
    try:
        return request.path_info.startswith(STAFF) and answers_staff(request)
    except DisallowedHost:
        return False


def _member(request: HttpRequest) -> Member | None:
    """Returns the signed-in member; None if there is none, or if that can't be determined now."""
    try:
        return signed_in_member(request)
    except AWAY:
        return None


def _back_office(request: HttpRequest, name: str) -> dict[str, Any]:
    """Returns what the frame of the back office shows; nothing if that can't be determined."""
    if name not in WITH_NAVIGATION or not hasattr(request, "user"):
        return {}
    try:
        return admin.site.each_context(request)
    except AWAY:
        return {}
