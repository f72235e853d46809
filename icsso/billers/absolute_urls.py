"""Addresses of the portal's own pages, for mails and for Invoice Cloud."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import reverse

from icsso.billers.models import Biller


def absolute_url(request: HttpRequest, biller: Biller | None, path: str) -> str:
    """Returns the address of a path at one of the biller's own host names.

    That is the host name asked for, if it is the biller's, else the first one: staff act for
    billers at any host name. Only where no host name is stored does the request decide, within
    ALLOWED_HOSTS. A client writes the port that stands in `Host`, so production takes no notice.
    """
    asked, port = split_domain_port(request.get_host())
    stored = [host.host for host in biller.hosts.order_by("pk")] if biller else []
    host = asked if asked in stored or not stored else stored[0]
    if settings.PRODUCTION:
        port = settings.PUBLIC_PORT
    scheme = "https" if settings.PRODUCTION else request.scheme
    return f"{scheme}://{host}{f':{port}' if port else ''}{path}"


def absolute_reverse(request: HttpRequest, biller: Biller | None, name: str, *args: str) -> str:
    """Returns the address of a named page, like `accounts:login`."""
    return absolute_url(request, biller, reverse(name, args=args))
