"""Addresses of Invoice Cloud, and which belong to the biller. Independent of Django."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

NETLOC = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
PORTS = {"http": 80, "https": 443}
TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: the last four bytes are an IPv4 address
SITE_LOCAL = IPv6Network("fec0::/10")  # deprecated, and `ipaddress` considers it global


def origin(address: str) -> str:
    """Returns scheme, host, and port in the form of the CSP; empty for an invalid address."""
    parts = _parts(address)
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts else ""


def host_of(address: str) -> str:
    """Returns only the host name, for messages: the rest of an address may be secret."""
    parts = _parts(address)
    return (parts.hostname if parts else None) or "no host"


def is_under(base_url: str, address: str) -> bool:
    """Whether an absolute address has the base URL's scheme, host, port, and path."""
    base, parts = _parts(base_url), _parts(address)
    if base is None or parts is None:
        return False
    return _place(parts) == _place(base) and parts.path.startswith(base.path.rstrip("/") + "/")


def is_public(address: str) -> bool:
    """Whether a network address is public: not a machine or network of ours, and not a cloud
    provider's metadata service, however it is written."""
    try:
        place = _carried(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    is_special = place.is_multicast or place.is_reserved or place in SITE_LOCAL
    return place.is_global and not is_special


def _carried(place: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Returns the IPv4 address inside an IPv6 address, if there is one."""
    if isinstance(place, IPv4Address):
        return place
    if place in TRANSLATED:
        return IPv4Address(int(place) & 0xFFFFFFFF)
    return place.ipv4_mapped or place.sixtofour or place


def _parts(address: str) -> SplitResult | None:
    # Browsers read a backslash as a slash and drop control characters. An address with either, or
    # with a user name before the host, is meant to look like another one.
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
