"""Validators for a biller's addresses and keys."""

import re
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from icsso.billers.branding.colors import is_readable, nearest_readable
from icsso.client.addresses import is_public, origin
from icsso.client.wire.profile import WireProfile, WireProfileError

API_KEY = re.compile(r"[!-9;-~]+")  # visible ASCII except the colon, which HTTP Basic reserves

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last label starts with a letter: otherwise it could be an IP address in some notation.
PUBLIC_NAME = re.compile(rf"({LABEL}\.)+(?=[a-z]){LABEL}")
NEARBY = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


def check_server(address: str) -> None:
    """Accepts only a server's address: no path, no user name, nothing that could break a CSP."""
    check_https(address)
    if origin(address) != address.rstrip("/"):
        raise ValidationError(
            _(
                "Enter only the server's address, like https://www.invoicecloud.com. "
                "You entered: %(address)s"
            ),
            params={"address": address},
        )


def check_invoice_cloud(address: str) -> None:
    """Accepts only a public server, unless INVOICE_CLOUD_PUBLIC_ONLY is off: the API key is sent
    there, so it must not be one of ours."""
    check_server(address)
    check_public(address, public_only=settings.INVOICE_CLOUD_PUBLIC_ONLY)


def check_style(address: str) -> None:
    """Accepts only a public address: Invoice Cloud loads the CSS for its pages from there."""
    check_https(address)
    check_public(address, public_only=settings.INVOICE_CLOUD_PUBLIC_ONLY)


def check_public(address: str, *, public_only: bool) -> None:
    """Checks the host name now; `icsso.client.transport` checks the peer at each connection.

    public_only: the setting of what the address is for.
    """
    host = urlsplit(address).hostname or ""
    if not public_only:
        return
    if is_public_name(host) and all(map(is_public, _leads_to(host))):
        return
    raise ValidationError(
        _("This is not a public server: %(address)s"),
        params={"address": address},
    )


def wire_faults(profile: object) -> list[str]:
    """Returns what is wrong with a wire profile: one sentence for each fault. Its servers get the
    API key and passwords, so each must be reached by https."""
    try:
        servers = sorted(WireProfile.parse(profile).servers)
    except WireProfileError as error:
        return error.faults
    faults = []
    for server in servers:
        try:
            check_https(server)
        except ValidationError as fault:
            faults += fault.messages
    return faults


def check_https(address: str) -> None:
    if not origin(address):
        raise ValidationError(
            _("This is not a web address: %(address)s"), params={"address": address}
        )
    parts = urlsplit(address)
    if parts.scheme != "https" and not (settings.DEBUG and _is_loopback(parts.hostname or "")):
        raise ValidationError(
            _("The address must start with https://: %(address)s"), params={"address": address}
        )


def check_color(color: str) -> None:
    if not is_readable(color):
        raise ValidationError(
            _("Text in %(color)s is hard to read. The closest readable color is %(nearest)s."),
            params={"color": color, "nearest": nearest_readable(color)},
        )


def check_key(key: str) -> None:
    """The message never repeats the key."""
    if not API_KEY.fullmatch(key):
        raise ValidationError(
            _(
                "A key can contain letters, digits, and symbols, but no spaces, colons, or "
                "accented letters."
            )
        )


def check_sender_name(name: str) -> None:
    """Accepts only what a header can carry: nothing that starts another header or is invisible."""
    if not name.isprintable():
        raise ValidationError(_("Enter the name on one line, without control characters."))


def check_sender(address: str) -> None:
    """Accepts only plain letters, because not every mail server accepts others."""
    if not (address.isascii() and address.isprintable()):
        raise ValidationError(_("Use only unaccented letters, digits, and common symbols."))


def is_public_name(host: str) -> bool:
    """Whether the host is neither a number nor a name for local use only."""
    name = host.lower()
    return bool(PUBLIC_NAME.fullmatch(name)) and not name.endswith(NEARBY)


def _leads_to(host: str) -> set[str]:
    """Returns the network addresses of a host name; none if it cannot be resolved."""
    try:
        return {str(place[0]) for *_, place in getaddrinfo(host, 443, type=SOCK_STREAM)}
    except OSError:
        return set()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
