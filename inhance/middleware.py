"""Gives every request an ID, which is also in the log, the biller of its host, and the time zone in
which its dates are shown."""

import logging
import time
from collections.abc import Callable
from typing import Any

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.crypto import get_random_string

from accounts.login import stages
from accounts.models import Member, StaffUser
from accounts.ratelimit import TooManyRequests
from api.problems import ROOT as API
from backoffice.zones import zone_names
from icsso.billers.absolute_urls import STAFF, answers_staff, in_language
from icsso.billers.hosts import kept
from icsso.billers.models import Biller
from icsso.billers.time_zones import zone_named
from inhance import errors
from inhance.context import signed_in_member
from inhance.languages import language_of_link
from inhance.logging.json_lines import request_id, route_of
from inhance.monitoring.requests import count

logger = logging.getLogger("inhance.requests")
Handler = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), usb=(), browsing-topics=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
# Answered even without a database.
WITHOUT_DATABASE = ("/healthz", "/readyz", "/robots.txt", "/favicon.ico")
CALLS = "/pay/postback/"
SAFE = ("GET", "HEAD")
# Need no biller: staff and their session, the language, and postbacks, which must never be lost.
WITHOUT_BILLER = (*WITHOUT_DATABASE, STAFF, "/accounts/session/", "/language/", CALLS)
# Still available when a biller is closed to customers: returning from a payment that was started
# before, the colors and the logo of the page that says so, and accounts from the billing system.
WITHOUT_SERVICE = (*WITHOUT_BILLER, "/pay/return/", "/brand.css", "/logo/", API)


class RequestIdMiddleware:
    """Sets the request's number, its log line, and the headers of every response."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = get_random_string(10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        request.id = number  # type: ignore[attr-defined]
        token = request_id.set(number)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            seconds = time.monotonic() - started
            count(request, response, seconds)
            _log(request, response, seconds)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = number
        response.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class SizeMiddleware:
    """Refuses a body that is too large for any form, before it is read or stored."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request.path_info.startswith(STAFF):
            most = settings.LARGEST_UPLOAD
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_larger = length.isdecimal() and (len(length) > len(str(most)) or int(length) > most)
        # Postbacks have their own response, not a page.
        if is_larger and not request.path_info.startswith(CALLS):
            return errors.too_large(request)
        return self.get_response(request)


class BillerMiddleware:
    """Sets `request.biller`: the biller of this host name, or None (then only staff get in)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.get_host()  # refuses a host that is not ours
        biller = None
        if not request.path_info.startswith(WITHOUT_DATABASE):
            try:
                biller = _biller_of(request, host)
            except errors.AWAY:
                logger.exception("database or Redis not available")
                return errors.unavailable(request)
        request.biller = biller  # type: ignore[attr-defined]
        with timezone.override(biller.zone if biller else None):
            return self._response(request, biller)

    def _response(self, request: HttpRequest, biller: Biller | None) -> HttpResponse:
        if request.path_info.startswith(STAFF) and not answers_staff(request):
            return errors.page_not_found(request)
        if biller is None and not request.path_info.startswith(WITHOUT_BILLER):
            return errors.unknown_host(request)
        if biller and not biller.is_active and not request.path_info.startswith(WITHOUT_SERVICE):
            return errors.not_serving(request)
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = errors.method_not_allowed(request, response)
        return response

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        """Answers an attempt that a limit refuses, and a database or Redis that went down."""
        if isinstance(failure, TooManyRequests):
            return errors.too_many_requests(request, seconds=failure.seconds)
        if isinstance(failure, errors.AWAY):
            logger.error("database or Redis not available", exc_info=failure)
            return errors.unavailable(request)
        return None


class MemberLanguageMiddleware:
    """Uses the language of an emailed link, or else the member's, in a browser where none has been
    chosen."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        linked = language_of_link(request)
        # For the links and forms of these pages, whose own language would be the browser's.
        carried = linked if linked != getattr(request, "LANGUAGE_CODE", "") else ""
        request.link_query = in_language("", carried) if carried else ""  # type: ignore[attr-defined]
        language = linked or _language_of_member(request)
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if carried and _leads_on(response) and not signed_in_member(request):
            response["Location"] = in_language(response["Location"], carried)
        return response


class StaffTimeZoneMiddleware:
    """Shows staff dates in the time zone of their billers, whatever the host name. If their billers
    are in several zones, pages about one biller use that biller's (`backoffice.zones`), and
    everything that belongs to no biller uses the portal's."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if request.path_info.startswith(STAFF) else None
        if not isinstance(user, StaffUser) or not user.is_staff:
            return self.get_response(request)
        names = zone_names(user.managed_billers())
        with timezone.override(zone_named(names[0]) if len(names) == 1 else None):
            return self.get_response(request)


class AuditMiddleware(AuditlogMiddleware):  # type: ignore[misc]
    """Gives the audit log the user, and nothing that a client can put into its headers."""

    def get_extra_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"actor": self._get_actor(request)}


def _language_of_member(request: HttpRequest) -> str:
    cookies = request.COOKIES
    # Without a session cookie no one is signed in, so no query is needed.
    if settings.LANGUAGE_COOKIE_NAME in cookies or settings.SESSION_COOKIE_NAME not in cookies:
        return ""
    member = signed_in_member(request) or _member_of_pending_login(request)
    return member.language if member else ""


def _leads_on(response: HttpResponse) -> bool:
    """Returns whether it redirects to another page of ours."""
    address = response.get("Location", "")
    return address.startswith("/") and not address.startswith("//") and "?" not in address


def _member_of_pending_login(request: HttpRequest) -> Member | None:
    pending = stages.pending_login(request)
    return pending.member if pending else None


def _biller_of(request: HttpRequest, host: str) -> Biller | None:
    """Returns the biller, freshly read for requests that change something. Postbacks use the biller
    of their checkout."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    only_looks = request.method in SAFE or request.path_info.startswith(CALLS)
    find = Biller.objects.for_host
    return kept.of_host(name, find) if only_looks else find(name)


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    # `_cached_user` exists if the user was already looked up: logging must not cause a query.
    user = getattr(request, "_cached_user", None)
    biller = getattr(request, "biller", None)
    logger.info(
        "request",
        extra={
            "method": request.method,
            "route": route_of(request),
            "status": response.status_code,
            "milliseconds": round(seconds * 1000),
            "biller": biller.slug if biller else None,
            "member": getattr(user, "pk", None),
        },
    )
