"""Addresses of Invoice Cloud: which are the biller's own. Knows no Django."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

NETLOC = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
PORTS = {"http": 80, "https": 443}
TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: the last four bytes are an IPv4 address
SITE_LOCAL = IPv6Network("fec0::/10")  # of the past, and `ipaddress` thinks it global


def origin(address: str) -> str:
    """Scheme, host and port as the Content-Security-Policy writes them; empty if there is none."""
    parts = _parts(address)
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts else ""


def host_of(address: str) -> str:
    """The host name, for a message: nothing else of an address that may carry a secret."""
    parts = _parts(address)
    return (parts.hostname if parts else None) or "no host"


def is_under(base_url: str, address: str) -> bool:
    """Whether an absolute address has the base URL's scheme, host, port and path."""
    base, parts = _parts(base_url), _parts(address)
    if base is None or parts is None:
        return False
    return _place(parts) == _place(base) and parts.path.startswith(base.path.rstrip("/") + "/")


def is_public(address: str) -> bool:
    """Whether a network address is one of the open internet: no machine, no network and no
    cloud's metadata of ours, however it is written."""
    try:
        place = _carried(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    is_special = place.is_multicast or place.is_reserved or place in SITE_LOCAL
    return place.is_global and not is_special


def _carried(place: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that one of IPv6 stands for, if it does."""
    if isinstance(place, IPv4Address):
        return place
    if place in TRANSLATED:
        return IPv4Address(int(place) & 0xFFFFFFFF)
    return place.ipv4_mapped or place.sixtofour or place


def _parts(address: str) -> SplitResult | None:
    # Browsers read a backslash as a slash and drop control characters; who writes either, or a
    # name before the host, wants the address to look like another.
    if "\\" in address or " " in address or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in PORTS and NETLOC.fullmatch(parts.netloc) and _place(parts)
    except ValueError:
        return None
    return parts if usable else None


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]
