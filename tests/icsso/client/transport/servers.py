"""Servers for tests of the transport: one that answers as told, and an outgoing proxy."""

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.icsso.client.wire import payload_text

BODY = payload_text("biller_status").encode()
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
Behaviour = Callable[[socket.socket, bytes], None]


@contextmanager
def server(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answers each connection as told, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=attend, args=(connection,), daemon=True).start()

    def attend(connection: socket.socket) -> None:
        with connection:
            try:
                with secured(connection) as speaking:
                    while request := speaking.recv(65536):
                        behave(speaking, request)
            except OSError:
                pass  # the client has had enough, which is what these tests are about

    def secured(connection: socket.socket) -> socket.socket:
        return tls.wrap_socket(connection, server_side=True) if tls else connection

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.close()


def good(connection: socket.socket, request: bytes) -> None:
    connection.sendall(GOOD)


@dataclass(kw_only=True)
class Proxy:
    """leads_to: host and port, as asked for, to the port of loopback they lead to.
    wants: user name and password, if it lets nobody else through. heard: what was said to it."""

    leads_to: Mapping[str, int]
    wants: str = ""
    heard: list[bytes] = field(default_factory=list)

    def attend(self, connection: socket.socket, request: bytes) -> None:
        self.heard.append(request)
        method, target, *_ = request.split(b" ")
        there = self.leads_to.get(target.decode() if method == b"CONNECT" else host_in(target))
        if self.wants and b64encoded_in(request) != self.wants:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        elif there is None:
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        else:
            with socket.create_connection(("127.0.0.1", there)) as server:
                if method == b"CONNECT":
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(request)
                back = threading.Thread(target=pass_on, args=(server, connection), daemon=True)
                back.start()
                pass_on(connection, server)
                back.join(timeout=10)
        connection.close()


def host_in(url: bytes) -> str:
    return urlsplit(url.decode()).netloc


def b64encoded_in(request: bytes) -> str:
    _, found, rest = request.partition(b"Proxy-Authorization: Basic ")
    return b64decode(rest.partition(b"\r\n")[0]).decode() if found else ""


def pass_on(one: socket.socket, other: socket.socket) -> None:
    try:
        while chunk := one.recv(65536):
            other.sendall(chunk)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two has hung up
