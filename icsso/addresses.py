"""Addresses of Invoice Cloud: which are the biller's own. Knows no Django."""

import re
from urllib.parse import SplitResult, urlsplit

NETLOC = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
PORTS = {"http": 80, "https": 443}


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
