"""How this installation reaches Invoice Cloud. Independent of Django."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Egress:
    """public_only: connect to public addresses only, whatever the host name. Through a proxy,
    only the proxy sees the address of the server, so it has to refuse private ones.
    proxy: `http://host:port` of the outgoing proxy, maybe with a user name and password.
    ca_file: PEM file of certificate authorities that are trusted in addition to the public ones.
    """

    public_only: bool = False
    proxy: str = field(default="", repr=False)
    ca_file: str = ""


def fault_of_proxy(proxy: str) -> str:
    """Returns what is wrong with the address of a proxy, without repeating its password; empty if
    nothing is."""
    wanted = "must be an address like http://proxy.example:3128"
    try:
        parts = urlsplit(proxy)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return wanted
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    plain = proxy.isascii() and proxy.isprintable() and " " not in proxy
    return "" if parts.scheme == "http" and named and bare and plain else wanted


def fault_of_ca_file(path: str) -> str:
    """Returns what is wrong with a file of certificate authorities; empty if nothing is."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "must contain certificates in PEM format"
    except OSError:
        return "must be a file that this user can read"
    return ""
