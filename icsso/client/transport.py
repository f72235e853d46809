"""The client's connections: pooled, stateless, and with a deadline for the whole call.

A socket timeout restarts with every byte, so a server that sends slowly could hold a worker for
hours. Here one deadline covers a response from its first header to the end of its body. Another one
covers connecting: otherwise each unresponsive address of a host could use up all of that time.

The owner of a host name can point it elsewhere at any time, even right after it was checked. So the
address of the peer is checked: once connected, and before a byte is sent. Through a proxy, the peer
is the proxy: the address of the server is up to the proxy then.
"""

import io
import socket
import ssl
import time
from collections.abc import Sequence
from functools import cache
from http.client import CONTINUE, HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context

from icsso.client.addresses import is_public
from icsso.client.egress import Egress

LEAST = 0.01  # seconds: to a socket, zero means "do not wait"


class _UntilDeadline(io.RawIOBase):
    """Reads from a socket under one deadline: its timeout, counted from the start."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock, self._seconds = raw, sock, sock.gettimeout() or 0.0
        self._deadline = time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PunctualResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_UntilDeadline(self.fp.detach(), sock))

    def _read_status(self) -> tuple[str, int, str]:
        """Skips every interim response, such as 103 (Early Hints). http.client skips 100 only, and
        would leave the final response on the connection for the next call."""
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
        return version, CONTINUE if 100 <= status < 200 else status, reason


class NoTunnel(NewConnectionError):
    """The proxy did not connect us; nothing was sent to the server."""


class _HTTPConnection(HTTPConnection):
    response_class = _PunctualResponse
    _connected_by = 0.0

    def _new_conn(self) -> socket.socket:
        """Connects to the first address of the host that responds. Each address gets an equal share
        of the remaining time, so that an unresponsive one leaves some for the next."""
        # The client always sets a timeout.
        ends_at = self._connected_by = time.monotonic() + cast("float", self.timeout)
        places = self._places()
        failure: OSError = OSError("no address")
        for tried, place in enumerate(places):
            try:
                return self._connected(place, ends_at, share=1 / (len(places) - tried))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "the connection timed out") from failure
        raise NewConnectionError(self, "no connection") from failure

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the proxy took too long") from error
        except (OSError, HTTPException) as error:
            raise NoTunnel(self, "the proxy did not connect") from error
        # Reading the proxy's response has shortened the timeout; the TLS handshake gets the rest.
        self.sock.settimeout(max(LEAST, self._connected_by - time.monotonic()))

    def _places(self) -> Sequence[tuple[Any, ...]]:
        name = self._dns_host.strip("[]")
        try:
            return socket.getaddrinfo(name, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "the host name cannot be resolved") from error

    def _connected(self, place: tuple[Any, ...], ends_at: float, *, share: float) -> socket.socket:
        family, kind, protocol, _, address = place
        sock = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(max(LEAST, (ends_at - time.monotonic()) * share))
            sock.connect(address)
            sock.settimeout(max(LEAST, ends_at - time.monotonic()))  # for the TLS handshake
        except BaseException:
            sock.close()
            raise
        return sock


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _HTTPConnectionPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class NotPublic(NewConnectionError):
    """The host name leads to an address that is not public; nothing was sent to it."""


def not_called(reason: object) -> str:
    """Returns why a server was not called, if that is up to this installation; else empty."""
    if isinstance(reason, NotPublic):
        return "its address is not public"
    if isinstance(reason, NoTunnel):
        return "the proxy did not connect to it"
    cause = reason.args[0] if isinstance(reason, SSLError) and reason.args else None
    return "its certificate is not trusted" if isinstance(cause, SSLCertVerificationError) else ""


class _PublicHTTPConnection(_HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _public(super()._new_conn(), self)


class _PublicHTTPSConnection(_HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _public(super()._new_conn(), self)


def _public(sock: socket.socket, connection: HTTPConnection) -> socket.socket:
    if not is_public(sock.getpeername()[0]):
        sock.close()
        raise NotPublic(connection, "not a public address")
    return sock


class _PublicHTTPConnectionPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


ANYWHERE = {"http": _HTTPConnectionPool, "https": _HTTPSConnectionPool}
PUBLIC = {"http": _PublicHTTPConnectionPool, "https": _PublicHTTPSConnectionPool}


class _PunctualAdapter(HTTPAdapter):
    def __init__(
        self, pools: dict[str, type[HTTPConnectionPool]], authorities: ssl.SSLContext, **kwargs: Any
    ) -> None:
        self._pools, self._authorities = pools, authorities
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._authorities, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._authorities, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Loads no file for each new connection: the context has all authorities already."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nothing is followed. Else requests would look where to, which can fail, and read all that
        comes with it, however much that is."""


def pooled_session(egress: Egress) -> requests.Session:
    """Returns one connection pool for all threads: no retries, redirects, cookies, or netrc."""
    session = _Session()
    session.trust_env = False  # ignores proxies, certificates, and ~/.netrc of the machine
    # A cookie from one customer's response must not be sent with the next customer's call.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept"] = "application/json"
    pools = PUBLIC if egress.public_only and not egress.proxy else ANYWHERE
    if egress.proxy:
        session.proxies = {"http": egress.proxy, "https": egress.proxy}
    adapter = _PunctualAdapter(
        pools, _authorities(egress.ca_file), pool_connections=1, pool_maxsize=16, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@cache
def _authorities(ca_file: str) -> ssl.SSLContext:
    """The same for all connections: reading them takes milliseconds, and a megabyte."""
    context = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
