"""The portal's identity for passkeys: a stored host name of the biller, whatever a client sends."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port

from icsso.billers.absolute_urls import absolute_url
from icsso.billers.decorators import BillerRequest


class RelyingParty(NamedTuple):
    """id: the host name to which passkeys belong. origin: the origin that browsers report."""

    id: str
    origin: str


def relying_party(request: BillerRequest) -> RelyingParty | None:
    """Returns the relying party for passkeys at this host name; None if there can be none: at an IP
    address, and in production at any name that is not stored with the biller."""
    origin = absolute_url(request, request.biller, "")
    host = urlsplit(origin).hostname or ""
    asked, _port = split_domain_port(request.get_host())
    if host != asked or _is_address(host):
        return None
    if settings.PRODUCTION and not request.biller.hosts.filter(host=host).exists():
        return None
    return RelyingParty(host, origin)


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False
