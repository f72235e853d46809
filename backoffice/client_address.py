"""Where a request comes from: only hops of our own are believed."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's address: the last entry that TRUSTED_PROXIES proxies of ours have seen."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies and all(hops) and (believed := _address(hops[-proxies])):
        return believed
    return _address(address) or address


def _address(hop: str) -> str:
    """Empty for what is none: some proxies add a port, or a word; PostgreSQL takes neither. An
    IPv4 address in the clothes of IPv6 is taken out of them: all of those are one network."""
    try:
        found = ip_address(hop)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
