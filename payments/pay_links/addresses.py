"""Addresses of pay links: as people read them, and as a QR code holds them."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from icsso.billers.absolute_urls import absolute_url
from icsso.billers.models import Biller

PATH = "pay_link"  # the URL's name


class NoHostName(Exception):
    """The biller has no host name, so its pages have no URL."""


def site_of(biller: Biller, *, host: str) -> str:
    """Returns the base URL of the biller's pages, for use outside a request.

    host: one of its host names; its first one if empty. Raises NoHostName.
    """
    stored = [each.host for each in biller.hosts.order_by("pk")]
    if not stored or (host and host not in stored):
        raise NoHostName
    port = f":{settings.PUBLIC_PORT}" if settings.PRODUCTION and settings.PUBLIC_PORT else ""
    scheme = "https" if settings.PRODUCTION else "http"
    return f"{scheme}://{host or stored[0]}{port}"


def site_at(request: HttpRequest, biller: Biller) -> str:
    """Returns the base URL of the biller's pages."""
    return absolute_url(request, biller, "")


def address_of(code: str, *, site: str) -> str:
    """Returns the address as people read it."""
    return site + reverse(PATH, args=[code])


def in_capitals(address: str) -> str:
    """Returns the same URL in the form that takes the least room in a QR code. Scheme and host name
    are case-insensitive, and the path is accepted in either case."""
    return address.upper()
