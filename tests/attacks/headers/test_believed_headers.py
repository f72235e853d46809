"""No header of a client says where the portal stands, or in whose name it asks."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.sessions import middleware
from icsso.billers.models import Biller
from tests.cast import LAUNDRY_EMAIL, Cast
from tests.portal_process import PortalProcess

PATH = "/admin/accounts/login/"
CLAIMS = [
    "SCRIPT_NAME: /admin",
    "Script_Name: /admin",
    "Script-Name: /admin",
    "X-Script-Name: /admin",
    "X_Script_Name: /admin",
    "X-Original-URL: /accounts/login/",
    "X-Rewrite-URL: /accounts/login/",
    "X-Forwarded-Host: evil.example",
    "X_Forwarded_Host: evil.example",
    "X-Forwarded-Prefix: /admin",
    "PATH_INFO: /accounts/login/",
    "Path-Info: /accounts/login/",
    "REMOTE_USER: operator",
    "REMOTE_ADDR: 203.0.113.5",
    "X-Forwarded-For: 203.0.113.5",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Protocol: ssl",
    "X-Forwarded-SSL: on",
    "Forwarded: for=203.0.113.5;host=evil.example;proto=https",
]
NO_REQUESTS = [
    b"\x16\x03\x01\x02\x00\x01\x00",  # TLS
    b"\xff\xfe\r\n\r\n",
    b"GET /\x00\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    b"GET / HTTP/1.1\r\nX : 1\r\n folded\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\na=b",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"PROXY TCP4 203.0.113.5 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n",
]
PLAIN = {
    "SCRIPT_NAME": "",
    "PATH_INFO": PATH,
    "REMOTE_USER": None,
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "localhost",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PortalProcess, Path]]:
    """gunicorn as production starts it, also at a Unix socket, whose clients it trusts most."""
    folder = tmp_path_factory.mktemp("gunicorn")
    place = folder / "socket"
    options = ("-c", "deploy/gunicorn.conf.py", "--bind", f"unix:{place}")
    own = {"DATABASE_URL": "sqlite://"}
    started = PortalProcess(
        folder, application="tests.attacks.headers.echo", environment=own, options=options
    )
    with started as portal:
        yield portal, place


@pytest.mark.parametrize("claim", CLAIMS)
def test_gunicorn_believes_no_header(server: tuple[PortalProcess, Path], claim: str) -> None:
    portal, place = server
    url = urlsplit(portal.url)
    with socket.create_connection((str(url.hostname), int(url.port or 0))) as connection:
        told = ask(connection, claim)
        assert told.pop("REMOTE_ADDR") == "127.0.0.1"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(place))
        also_told = ask(connection, claim)
        assert also_told.pop("REMOTE_ADDR") != "203.0.113.5"
    assert told == also_told == PLAIN


@pytest.mark.parametrize("request_line", ["http://evil.example" + PATH, "//evil.example" + PATH])
def test_another_request_line_or_a_second_host_is_no_other_place(
    biller: Biller, client: Client, server: tuple[PortalProcess, Path], request_line: str
) -> None:
    """An absolute address names a host too; if two hosts are named, neither counts."""
    url = urlsplit(server[0].url)
    with socket.create_connection((str(url.hostname), int(url.port or 0))) as connection:
        told = ask(connection, "X-Nothing: 1", request_line)
        assert told["HTTP_HOST"] == "localhost"
        # Two slashes are a path, which is nobody's here.
        assert told["PATH_INFO"] in {PATH, request_line}
    assert client.get(told["PATH_INFO"]).status_code in {302, 404}
    with socket.create_connection((str(url.hostname), int(url.port or 0))) as connection:
        told = ask(connection, "Host: evil.example")
    if told is not None:  # else gunicorn has refused it
        assert client.get("/", headers={"host": told["HTTP_HOST"]}).status_code == 400


def test_no_bytes_are_an_error_of_gunicorn(server: tuple[PortalProcess, Path]) -> None:
    """It logs what it cannot read as a warning. Errors are for whoever runs the portal."""
    url = urlsplit(server[0].url)
    for sent in NO_REQUESTS:
        with socket.create_connection((str(url.hostname), int(url.port or 0)), 10) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while connection.recv(4096):
                    pass
    assert "Invalid request: Invalid HTTP request line" in server[0].log
    assert "[ERROR]" not in server[0].log
    assert "Traceback" not in server[0].log


@pytest.mark.parametrize(
    "sent",
    [
        "GET /pay/postback/x/?CustomerName=Jos\xe9+Willows HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /Willows HTTP/1.1 x\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: Willows\0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie (Willows): a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a\r\n Willows\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: Willows\r\n\r\n",
        "Willows / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_gunicorn_cannot_read_is_not_quoted(
    server: tuple[PortalProcess, Path], sent: str
) -> None:
    """An address may hold a secret or, in a postback, a customer; a header may hold a session."""
    url, told = urlsplit(server[0].url), server[0].log.count("Invalid request: ")
    with socket.create_connection((str(url.hostname), int(url.port or 0)), 10) as connection:
        connection.sendall(sent.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096).startswith(b"HTTP/1.1 4")
    deadline = time.monotonic() + 10
    while server[0].log.count("Invalid request: ") == told and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server[0].log.count("Invalid request: ") == told + 1
    assert "illows" not in server[0].log


def test_an_address_may_be_as_long_as_gunicorn_lets_it_be(
    server: tuple[PortalProcess, Path],
) -> None:
    """A postback by query string, with a name in another script, is longer than its 4,094."""
    url = urlsplit(server[0].url)
    for length, is_let_in in ((8_100, True), (8_300, False)):
        with socket.create_connection((str(url.hostname), int(url.port or 0))) as connection:
            told = ask(connection, "X-Nothing: 1", f"/?{'a' * length}")
        assert (told is not None) is is_let_in


def ask(connection: socket.socket, claim: str, address: str = PATH) -> Any:
    """What the application was told; None if it was not asked."""
    lines = [f"GET {address} HTTP/1.1", "Host: localhost", claim, "Connection: close", "", ""]
    connection.sendall("\r\n".join(lines).encode())
    with connection.makefile("rb") as said:
        head, _empty, body = said.read().partition(b"\r\n\r\n")
    return json.loads(body) if b" 200 " in head.partition(b"\r\n")[0] else None


@pytest.fixture(params=["", None], ids=["as set", "by path_info alone"])
def lenient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a server passes on, and also if Django's settings trusted it."""
    monkeypatch.setattr(settings, "FORCE_SCRIPT_NAME", request.param)


@pytest.mark.usefixtures("lenient")
def test_a_closed_portal_is_closed_wherever_it_is_said_to_stand(cast: Cast, client: Client) -> None:
    Biller.objects.filter(pk=cast.biller.pk).update(is_active=False)
    for prefix in ("/admin", "/language", "/pay/postback", "/healthz"):
        assert client.get("/accounts/login/", SCRIPT_NAME=prefix).status_code == 503


@pytest.mark.usefixtures("lenient")
def test_without_a_biller_there_is_none_wherever_it_is_said_to_stand(
    db: None, client: Client
) -> None:
    for prefix in ("/admin", "/language", "/pay/postback", "/healthz"):
        answer = client.get("/accounts/login/", SCRIPT_NAME=prefix)
        assert answer.status_code == 404
        assert answer.templates[0].name == "errors/unknown_host.html"


@pytest.mark.usefixtures("lenient")
def test_nobody_sends_more_wherever_it_is_said_to_stand(cast: Cast, client: Client) -> None:
    form = {"email": "a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    for prefix in ("/admin", "/pay/postback"):
        assert client.post("/accounts/login/", form, SCRIPT_NAME=prefix).status_code == 413


@pytest.mark.usefixtures("lenient")
def test_a_session_ends_wherever_it_is_said_to_stand(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(cast.laundry)
    assert client.get("/accounts/", SCRIPT_NAME="/pay/return").status_code == 200
    later = time.time() + settings.SESSION_MAX_AGE + 1
    monkeypatch.setattr(middleware.time, "time", lambda: later)
    assert client.get("/accounts/", SCRIPT_NAME="/pay/return").status_code == 302


@pytest.mark.parametrize("prefix", ["//evil.example", "/evil.example"])
def test_no_address_of_ours_gets_the_place_where_it_is_said_to_stand(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives], prefix: str
) -> None:
    assert client.get("/accounts/", SCRIPT_NAME=prefix)["Location"].startswith("/accounts/login/")
    form = {"email": LAUNDRY_EMAIL}
    page = client.post("/accounts/password-reset/", form, SCRIPT_NAME=prefix, follow=True)
    (mail,) = mailoutbox
    assert "evil.example" not in page.content.decode() + mail.message().as_string()
