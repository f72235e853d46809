"""Addresses of pay links: as people read them, and as a QR code holds them."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from icsso.billers.absolute_urls import absolute_url
from icsso.billers.models import Biller

PATH = "pay_link"  # the URL's name


class NoHostName(Exception):
    """The biller has none, so it has no address either."""


def site_of(biller: Biller, *, host: str = "") -> str:
    """Returns where the biller's pages begin, for what has no request.

    host: one of its host names; its first one if empty. Raises NoHostName.
    """
    stored = [each.host for each in biller.hosts.order_by("pk")]
    if not stored or (host and host not in stored):
        raise NoHostName
    port = f":{settings.PUBLIC_PORT}" if settings.PRODUCTION and settings.PUBLIC_PORT else ""
    scheme = "https" if settings.PRODUCTION else "http"
    return f"{scheme}://{host or stored[0]}{port}"


def site_at(request: HttpRequest, biller: Biller) -> str:
    """Returns where the biller's pages begin."""
    return absolute_url(request, biller, "")


def address_of(code: str, *, site: str) -> str:
    """Returns the address as people read it."""
    return site + reverse(PATH, args=[code])


def in_capitals(address: str) -> str:
    """Returns the same address as a QR code needs the least room for. Scheme and host name have no
    case, and the path is read in either."""
    return address.upper()
