"""The address a request comes from. Only our own proxies are trusted."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Returns the client's address, as the first of our TRUSTED_PROXIES proxies saw it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies and all(hops) and (believed := _address(hops[-proxies])):
        return believed
    return _address(address) or address


def _address(hop: str) -> str:
    """Returns the address, or an empty string if invalid: some proxies add a port or a word,
    which PostgreSQL refuses. An IPv4 address mapped into IPv6 is returned as IPv4."""
    try:
        found = ip_address(hop)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
