"""The connections under the client: pooled, without memory, and on time as a whole.

A time-out of the socket starts again with every byte, so a server that drips could hold a worker
for hours. Here one deadline covers an answer from its first header to the end of its body, and one
covers connecting: each silent address of a name would take all of that time for itself.

A name leads wherever its owner says, and somewhere else a moment after it was checked. So it is
the machine at the other end that is looked at, once connected and before a byte is sent.
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

LEAST = 0.01  # seconds: a socket takes none at all for "do not wait"


class _UntilDeadline(io.RawIOBase):
    """Reads from a socket for as long as its time-out allowed when the reading began."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock, self._seconds = raw, sock, sock.gettimeout() or 0.0
        self._deadline = time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
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
        """The first address of the name that answers. Each gets an even share of what is left of
        the time to connect, so that a silent one leaves some to the next."""
        ends_at = time.monotonic() + cast("float", self.timeout)  # the client gives one always
        places = self._places()
        failure: OSError = OSError("no address")
        for tried, place in enumerate(places):
            try:
                return self._connected(place, ends_at, share=1 / (len(places) - tried))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from failure
        raise NewConnectionError(self, "no connection") from failure

    def _places(self) -> Sequence[tuple[Any, ...]]:
        name = self._dns_host.strip("[]")
        try:
            return socket.getaddrinfo(name, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "its name leads nowhere") from error

    def _connected(self, place: tuple[Any, ...], ends_at: float, *, share: float) -> socket.socket:
        family, kind, protocol, _, address = place
        sock = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(max(LEAST, (ends_at - time.monotonic()) * share))
            sock.connect(address)
            sock.settimeout(max(LEAST, ends_at - time.monotonic()))  # for the handshake of TLS
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
    """The name leads to a machine that is not on the open internet; nothing was sent to it."""


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
    """One pool of connections, to be shared by threads: no retries, no cookies, no netrc.

    public_only: talks to no machine that is not on the open internet.
    """
    session = requests.Session()
    session.trust_env = False  # no proxy, certificates or ~/.netrc that happen to be around
    # A cookie of one customer's answer must not travel with the next customer's call.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept"] = "application/json"
    pools = PUBLIC if public_only else ANYWHERE
    adapter = _PunctualAdapter(pools, pool_connections=1, pool_maxsize=16, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
