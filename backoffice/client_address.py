"""The address a request comes from, and the network that its attempts are counted for.

Only our own proxies are believed, and what they write is read in every usual form. An address that
cannot be read is unknown: it is nobody's, so nobody else has to pay for what comes from it.
"""

import logging
import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

logger = logging.getLogger(__name__)

A_DAY = 24 * 60 * 60  # seconds
SUBSCRIBER = 64  # bits of an IPv6 address that belong to one subscriber
# RFC 7239 lets a proxy hide a port as well. Without brackets, only an IPv4 address can have one.
_PORT = r"(:(\d{1,5}|_[\w.-]+))?"
_BRACKETS = re.compile(rf"\[(?P<address>[^\[\]]*)\]{_PORT}", re.ASCII)
_IPV4 = re.compile(rf"(?P<address>\d{{1,3}}(\.\d{{1,3}}){{3}}){_PORT}", re.ASCII)


def client_address(request: HttpRequest) -> str:
    """Returns the client's address, as the first of our TRUSTED_PROXIES proxies saw it: without
    port, brackets, or zone. "" if it cannot be read, which is logged once a day."""
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies:
        return bare_address(str(request.META.get("REMOTE_ADDR", "")))
    forwarded = request.headers.get("X-Forwarded-For", "")
    hops = [hop for hop in map(str.strip, forwarded.split(",")) if hop]  # RFC 9110, 5.6.1
    address = bare_address(hops[-proxies]) if len(hops) >= proxies else ""
    if not address:
        _log_once(_reason(hops, proxies))
    return address


def client_network(request: HttpRequest) -> str:
    """Returns what belongs to one subscriber: an IPv4 address, or the /64 of an IPv6 address. ""
    if the address cannot be read."""
    address = client_address(request)
    if ":" in address:
        return str(IPv6Network((address, SUBSCRIBER), strict=False))
    return address


def bare_address(hop: str) -> str:
    """Returns the address in a hop such as `203.0.113.7:51000` or `[2001:db8::5]:443`; "" if there
    is none (`unknown`, `_hidden`). An IPv4 address mapped into IPv6 is returned as IPv4."""
    text = hop.strip().strip('"')
    match = _BRACKETS.fullmatch(text) or _IPV4.fullmatch(text)
    try:
        found = _unmapped(ip_address((match["address"] if match else text).partition("%")[0]))
    except ValueError:
        return ""
    return "" if found.is_unspecified else str(found)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _reason(hops: Sequence[str], proxies: int) -> str:
    if not hops:
        return "a proxy sent no X-Forwarded-For"
    if len(hops) < proxies:
        return f"X-Forwarded-For has fewer addresses than TRUSTED_PROXIES ({proxies})"
    return "X-Forwarded-For contains something else where the client's address should be"


def _log_once(reason: str) -> None:
    """Once a day for each reason, and without the hop, which may contain an address."""
    if cache.add(f"client_address:{crc32(reason.encode())}", True, timeout=A_DAY):
        words = "client address unknown: %s; these requests have no limit per address"
        logger.error(words, reason)
