"""A billing system that receives webhooks, and does with them what the test wants."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from unittest.mock import patch

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout

Answering = Callable[[BaseHTTPRequestHandler], None]


class Received(NamedTuple):
    headers: Message
    body: bytes

    @property
    def id(self) -> str:
        return str(self.headers["webhook-id"])


def status(code: int, body: str = "", **headers: str) -> Answering:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body.encode())))
        request.end_headers()
        request.wfile.write(body.encode())

    return answer


def late(seconds: float) -> Answering:
    """It has taken the event, but its answer comes too late."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        with suppress(OSError):
            status(200)(request)

    return answer


def broken_off(request: BaseHTTPRequestHandler) -> None:
    request.connection.close()


def cut_short(request: BaseHTTPRequestHandler) -> None:
    """200 and half of the body."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"half")
    request.wfile.flush()
    request.connection.close()


@contextmanager
def impatient(url: str) -> Iterator[None]:
    """Meanwhile this receiver has to answer at once; others may take as long as ever."""
    send = HTTPAdapter.send

    def hurried(
        self: HTTPAdapter, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        if (request.url or "").startswith(url):
            how["timeout"] = Timeout(total=0.3)
        return send(self, request, **how)

    with patch.object(HTTPAdapter, "send", hurried):
        yield


class WebhookReceiver:
    """Answers with each of `answers`, then with 200, and keeps what it received."""

    def __init__(self) -> None:
        self.answers: list[Answering] = []
        self.received: list[Received] = []
        self.always: Answering = status(200)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.received.append(Received(self.headers, body))
                answer = receiver.answers.pop(0) if receiver.answers else receiver.always
                answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/payments"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]


@contextmanager
def receiving() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
