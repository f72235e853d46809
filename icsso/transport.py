"""The connections under the client: pooled, without memory, and on time as a whole.

A time-out of the socket starts again with every byte, so a server that drips could hold a worker
for hours. Here one deadline covers an answer from its first header to the end of its body.

A name leads wherever its owner says, and somewhere else a moment after it was checked. So it is
the machine at the other end that is looked at, once connected and before a byte is sent.
"""

import io
import socket
import time
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from icsso.addresses import is_public


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


class _HTTPSConnection(HTTPSConnection):
    response_class = _PunctualResponse


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
