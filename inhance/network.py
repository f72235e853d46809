"""Where a request comes from: only hops of our own are believed."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's address: the last entry that TRUSTED_PROXIES proxies of ours have seen."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies and all(hops) and _is_address(hops[-proxies]):
        return hops[-proxies]
    return address


def _is_address(hop: str) -> bool:
    """Some proxies add a port, or a word; PostgreSQL takes neither for an address."""
    try:
        return bool(ip_address(hop))
    except ValueError:
        return False
