"""The client's connections: pooled, stateless, and with a deadline for the whole call.

A socket timeout restarts with every byte, so a server that sends slowly could hold a worker for
hours. Here one deadline covers a response from its first header to the end of its body. Another one
covers connecting: otherwise each unresponsive address of a host could use up all of that time.

The owner of a host name can point it elsewhere at any time, even right after it was checked. So the
address of the peer is checked: once connected, and before a byte is sent.
"""

import io
import socket
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from icsso.client.addresses import is_public

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


class _HTTPConnection(HTTPConnection):
    response_class = _PunctualResponse

    def _new_conn(self) -> socket.socket:
        """Connects to the first address of the host that responds. Each address gets an equal share
        of the remaining time, so that an unresponsive one leaves some for the next."""
        ends_at = time.monotonic() + cast("float", self.timeout)  # the client always sets one
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
    def __init__(self, pools: dict[str, type[HTTPConnectionPool]], **kwargs: Any) -> None:
        self._pools = pools
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def pooled_session(*, public_only: bool = False) -> requests.Session:
    """Returns one connection pool for all threads: no retries, no cookies, no netrc.

    public_only: connects to public addresses only.
    """
    session = requests.Session()
    session.trust_env = False  # ignores proxies, certificates, and ~/.netrc of the machine
    # A cookie from one customer's response must not be sent with the next customer's call.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept"] = "application/json"
    pools = PUBLIC if public_only else ANYWHERE
    adapter = _PunctualAdapter(pools, pool_connections=1, pool_maxsize=16, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
