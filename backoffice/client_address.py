"""The address a request comes from, and the network that its attempts are counted for.

Only our own proxies are trusted, and their headers are read in every usual form. An address that
cannot be read is unknown, so that its requests are never counted against anyone else.
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
# RFC 7239 lets a proxy hide a port as well.
_WITH_PORT = re.compile(r"(?P<address>.*):(\d{0,5}|_[\w.-]+)", re.ASCII | re.DOTALL)
_BRACKETS = re.compile(r"\[(?P<address>[^\[\]]*)\]", re.ASCII)
# Translators between IPv6 and IPv4 give each IPv4 address an IPv6 address. With the well-known
# prefix (RFC 6052), its last 32 bits are the IPv4 address; with the other one, they may be anywhere
# (RFC 8215).
_TRANSLATED = IPv6Network("64:ff9b::/96")
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")


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
    return _subscriber(IPv6Address(address)) if ":" in address else address


def bare_address(hop: str) -> str:
    """Returns the address in a hop such as `203.0.113.7:51000` or `[2001:db8::5]:443`; "" if there
    is none (`unknown`, `_hidden`). An IPv4 address mapped or translated into IPv6 is returned as
    IPv4.

    An IPv6 address without brackets has a port if it would not be an address otherwise:
    `2001:db8::5:51000` has one, `2001:db8::5:443` is read as an address (of the same /64).
    """
    text = hop.strip().strip('"')
    found = _read(text)
    if not found and (match := _WITH_PORT.fullmatch(text)):
        found = _read(match["address"])
    return "" if not found or found.is_unspecified else str(found)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    match = _BRACKETS.fullmatch(text)
    try:
        found = ip_address((match["address"] if match else text).partition("%")[0])
    except ValueError:
        return None
    return _as_ipv4(found) if isinstance(found, IPv6Address) else found


def _as_ipv4(address: IPv6Address) -> IPv4Address | IPv6Address:
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _subscriber(address: IPv6Address) -> str:
    """Addresses that tunnel through IPv4 belong to the IPv4 address at the client's end. In Teredo,
    all clients of a server share one /64; in 6to4, one client has 65,536 of them."""
    if tunnel := address.teredo:
        return str(tunnel[1])
    if address in _TRANSLATED_LOCALLY:
        return str(address)
    return str(address.sixtofour or IPv6Network((address, SUBSCRIBER), strict=False))


def _reason(hops: Sequence[str], proxies: int) -> str:
    if not hops:
        return "a proxy sent no X-Forwarded-For"
    if len(hops) < proxies:
        return f"X-Forwarded-For has fewer addresses than TRUSTED_PROXIES ({proxies})"
    return "X-Forwarded-For contains something else where the client's address should be"


def _log_once(reason: str) -> None:
    """Once a day for each reason, and without the hop, which may contain an address."""
    if cache.add(f"client_address:{crc32(reason.encode())}", True, timeout=A_DAY):
        words = "client address unknown: %s; these requests share one wide limit"
        logger.error(words, reason)
