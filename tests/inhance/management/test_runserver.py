"""`manage.py runserver` takes what the servers of production take."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from inhance.management.commands.runserver import MOST_BYTES, Server


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    assert "HTTP_TRANSFER_ENCODING" not in environ
    return [body]


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    server = Server(("127.0.0.1", 0), object)
    server.set_app(echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_the_command() -> None:
    command: Any = load_command_class(get_commands()["runserver"], "runserver")
    assert command.server_cls is Server


@pytest.mark.parametrize("chunks", [[b"Approved=", b"True"], [b"x" * 70_000, b"y"], []])
def test_a_body_in_chunks_is_read_and_the_connection_goes_on(
    connection: http.client.HTTPConnection, chunks: list[bytes]
) -> None:
    for body in (iter(chunks), b"".join(chunks)):
        is_chunked = not isinstance(body, bytes)
        headers = {"Transfer-Encoding": "chunked"} if is_chunked else {}
        connection.request("POST", "/", body, headers, encode_chunked=is_chunked)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"".join(chunks))


@pytest.mark.parametrize(
    "body", [b"not chunks\r\n", b"-1\r\n", b"%x\r\n" % (MOST_BYTES + 1), b"4\r\nabcd\r\nx\r\n"]
)
def test_what_is_not_in_chunks_or_too_large_is_refused(
    connection: http.client.HTTPConnection, body: bytes
) -> None:
    connection.request("POST", "/", body, {"Transfer-Encoding": "chunked"})
    assert connection.getresponse().status == 400
