"""Addresses of the portal's own pages, for emails and for Invoice Cloud."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import reverse

from icsso.billers.models import Biller

LANGUAGE = "language"  # the parameter of `in_language`
STAFF = "/admin/"


def absolute_url(request: HttpRequest, biller: Biller | None, path: str) -> str:
    """Returns the address of a path at one of the biller's own host names.

    Uses the requested host name if it is the biller's, otherwise the biller's first one: staff act
    for billers at any host name. Pages of staff are at `STAFF_HOSTS`. Only if no host name is
    stored does the request decide, within ALLOWED_HOSTS. The port in `Host` comes from the client,
    so production ignores it.
    """
    asked, _port = split_domain_port(request.get_host())
    own = own_hosts(biller, path)
    return _at(asked if asked in own or not own else own[0], request, path)


def own_hosts(biller: Biller | None, path: str) -> list[str]:
    """Returns the host names at which this page answers for the biller, the first one first."""
    stored = [host.host for host in biller.hosts.order_by("pk")] if biller else []
    if not (settings.STAFF_HOSTS and path.startswith(STAFF)):
        return stored
    return [host for host in stored if host in settings.STAFF_HOSTS] or settings.STAFF_HOSTS


def answers_staff(request: HttpRequest) -> bool:
    """Returns whether the back office is at the requested host name."""
    asked, _port = split_domain_port(request.get_host())
    return not settings.STAFF_HOSTS or asked in settings.STAFF_HOSTS


def own_address(request: HttpRequest) -> str:
    """Returns the URL of this page, without a query, at the requested host name. That name is the
    biller's own, or there is only one biller."""
    host, _port = split_domain_port(request.get_host())
    return _at(host, request, request.path_info)


def _at(host: str, request: HttpRequest, path: str) -> str:
    _host, port = split_domain_port(request.get_host())
    if settings.PRODUCTION:
        port = settings.PUBLIC_PORT
    scheme = "https" if settings.PRODUCTION else request.scheme
    return f"{scheme}://{host}{f':{port}' if port else ''}{path}"


def biller_address(biller: Biller, path: str) -> str:
    """Returns the URL of a path at the biller's first host name, for anything outside a request; ""
    without a host name."""
    host = next(iter(own_hosts(biller, path)), "")
    scheme = "https" if settings.PRODUCTION else "http"
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{scheme}://{host}{port}{path}" if host else ""


def absolute_reverse(request: HttpRequest, biller: Biller | None, name: str, *args: str) -> str:
    """Returns the address of a named page, like `accounts:login`."""
    return absolute_url(request, biller, reverse(name, args=args))


def in_language(address: str, language: str) -> str:
    """Returns the URL of a page in this language, for someone who is not signed in. An emailed link
    can be opened in any browser, and its page is in the language of the email."""
    return f"{address}?{urlencode({LANGUAGE: language})}"
