"""The client against real servers that misbehave: drip, redirect, hang up, set cookies."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudUnavailable,
)
from tests.icsso.client.transport.certificates import self_signed
from tests.icsso.client.transport.servers import GOOD, Behaviour, server
from tests.icsso.client.wire import client


def drip(beginning: bytes) -> Behaviour:
    """Sends a byte every 50 ms for a minute: no single read ever times out."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(beginning)
        for _ in range(1200):
            connection.sendall(b" ")
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nX-Drip:",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["nothing", "status", "header", "body", "body without length", "chunk"],
)
def test_a_dripping_server_is_left_when_the_time_of_the_whole_call_is_up(beginning: bytes) -> None:
    started = time.monotonic()
    with server(drip(beginning)) as url, pytest.raises(InvoiceCloudUnavailable) as caught:
        client(base_url=url, timeout=0.5).biller_status()
    # Left to itself the server would go on for a minute.
    assert time.monotonic() - started < 20
    assert str(caught.value) == "biller_status: the response timed out"
    assert caught.value.outcome_unknown


def test_nobody_listening_is_known_not_to_have_been_carried_out() -> None:
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client(base_url="http://127.0.0.1:9").biller_status()
    assert not caught.value.outcome_unknown


@contextmanager
def silent_place() -> Iterator[tuple[str, int]]:
    """Its queue is full, so that nobody who connects hears anything."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()


def leads_to(monkeypatch: pytest.MonkeyPatch, *places: tuple[str, int]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


def test_all_addresses_of_a_name_share_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[float] = []

    class Noted(socket.socket):
        def settimeout(self, value: float | None) -> None:
            given.append(value or 0)
            super().settimeout(value)

    with silent_place() as place:
        leads_to(monkeypatch, *[place] * 6)
        monkeypatch.setattr(socket, "socket", Noted)
        with pytest.raises(InvoiceCloudUnavailable) as caught:
            client(base_url="http://icloud.example", connect_timeout=0.6).biller_status()
    assert str(caught.value) == "biller_status: the connection timed out"
    assert not caught.value.outcome_unknown
    assert len(given) == 6
    assert sum(given) <= 0.6 * 1.1  # a share is at least 10 ms, however late it is


def test_behind_a_silent_address_the_next_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(GOOD)

    with silent_place() as place, server(behave) as url:
        leads_to(monkeypatch, place, ("127.0.0.1", int(url.rpartition(":")[2])))
        assert client(base_url="http://icloud.example").biller_status().active


def test_a_name_that_leads_nowhere_is_known_not_to_have_been_carried_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leads_to(monkeypatch)
    for url in ("http://icloud.example", f"http://{'a' * 70}.example"):
        with pytest.raises(InvoiceCloudUnavailable) as caught:
            client(base_url=url).biller_status()
        assert not caught.value.outcome_unknown


def test_a_connection_hung_up_on_leaves_the_outcome_open() -> None:
    with (
        server(lambda connection, request: connection.close()) as url,
        pytest.raises(InvoiceCloudUnavailable) as caught,
    ):
        client(base_url=url).biller_status()
    assert caught.value.outcome_unknown


def test_an_answer_cut_off_is_not_read_as_a_whole_one() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}"

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(cut)
        connection.shutdown(socket.SHUT_RDWR)

    with server(behave) as url, pytest.raises(InvoiceCloudUnavailable) as caught:
        client(base_url=url).biller_status()
    assert caught.value.outcome_unknown


def test_redirects_are_not_followed() -> None:
    asked: list[bytes] = []

    def elsewhere(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.sendall(GOOD)

    with server(elsewhere) as other:
        away = f"HTTP/1.1 302 Found\r\nLocation: {other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with (
            server(lambda connection, request: connection.sendall(away)) as url,
            pytest.raises(InvoiceCloudProtocolError) as caught,
        ):
            client(base_url=url).biller_status()
    assert caught.value.status == 302
    assert asked == []


def test_a_call_is_never_repeated() -> None:
    asked: list[bytes] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.close()

    with server(behave) as url, pytest.raises(InvoiceCloudUnavailable):
        client(base_url=url).retrieve_users(account_number="10000101")
    assert len(asked) == 1


def test_a_cookie_of_one_call_does_not_travel_with_the_next() -> None:
    asked: list[bytes] = []
    biscuit = GOOD.replace(b"\r\n", b"\r\nSet-Cookie: ASP.NET_SessionId=laundry; Path=/\r\n", 1)

    def behave(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.sendall(biscuit)

    with server(behave) as url:
        invoice_cloud = client(base_url=url)
        invoice_cloud.biller_status()
        invoice_cloud.biller_status()
    assert len(asked) == 2
    assert b"cookie" not in b"".join(asked).lower()


def test_the_connection_is_kept_for_the_next_call() -> None:
    peers: list[object] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        peers.append(connection.getpeername())
        connection.sendall(GOOD)

    with server(behave) as url:
        invoice_cloud = client(base_url=url)
        for _ in range(3):
            invoice_cloud.biller_status()
    assert len(peers) == 3
    assert len(set(peers)) == 1


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_what_announces_a_response_is_none(status: bytes) -> None:
    """Otherwise, the response would be left on the connection and read by the next call."""
    hint = b"HTTP/1.1 %s\r\nLink: </login.css>; rel=preload\r\n\r\n" % status

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(hint * 2)
        connection.sendall(GOOD)

    with server(behave) as url:
        assert client(base_url=url).biller_status().active


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /login"])
def test_an_answer_without_end_is_given_up(status: bytes) -> None:
    head = b"HTTP/1.1 %s\r\nConnection: close\r\n\r\n" % status

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x" * 65536)

    with server(behave) as url, pytest.raises(InvoiceCloudProtocolError):
        client(base_url=url, timeout=60).biller_status()


@pytest.mark.parametrize(
    "answer",
    [
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[bad/\xff\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
    ids=[
        "no http",
        "200 headers",
        "two lengths",
        "no chunk",
        "no gzip",
        "minus one",
        "status",
        "place",
        "101",
    ],
)
def test_what_breaks_the_protocol_is_one_of_our_errors(answer: bytes) -> None:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with server(behave) as url, pytest.raises(InvoiceCloudError):
        client(base_url=url, timeout=2).biller_status()


def test_the_environment_does_not_replace_the_key_or_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    asked: list[bytes] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.sendall(GOOD)

    with server(behave) as url:
        client(base_url=url).biller_status()
    assert b"Authorization: Basic YXBpLWtleS1vZi1zcHJpbmdmaWVsZDo=" in asked[0]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not even where the environment vouches for it."""
    asked: list[bytes] = []
    chain = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(chain))

    def behave(connection: socket.socket, hello: bytes) -> None:
        asked.append(hello)

    with server(behave, tls=context) as url, pytest.raises(InvoiceCloudUnavailable):
        client(base_url=url.replace("http:", "https:")).biller_status()
    assert asked == []
