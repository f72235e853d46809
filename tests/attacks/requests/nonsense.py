"""Requests nobody would send: strategies for Hypothesis, and the server's side of WSGI."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode

from django.conf import settings
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections
from hypothesis import strategies as st

from icsso.client.resilience import circuit_breaker
from inhance.wsgi import Application
from tests.cast import LAUNDRY_EMAIL

SIGNALS = (request_started, request_finished)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "\xdcBER")
# Python has them, and not all of them make text of bytes.
CODECS = "hex", "base64", "rot13", "zlib", "idna", "undefined", "unicode_escape", "punycode"
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    *(f"multipart/form-data; boundary=x; charset={name}" for name in CODECS),
    "text/plain; x*=undefined''a",
    "multipart/form-data",
    "application/json",
    "text/xml; charset=nonsense",
    "",
)
FIELDS = (
    "account_number", "name", "zip", "email", "username", "password", "current", "next", "link",
    "language", "q", "page", "account", "confirmed", "nickname", "compact", "v", "token",
    "csrfmiddlewaretoken", "Approved", "PaymentGUID", "PaymentAmount", "BillerReference",
)  # fmt: skip
HEADERS = (
    "HOST", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REQUEST_ID",
    "X_CSRFTOKEN", "X_REQUESTED_WITH", "X_HTTP_METHOD_OVERRIDE", "ACCEPT", "ACCEPT_ENCODING",
    "ACCEPT_LANGUAGE", "AUTHORIZATION", "IF_MODIFIED_SINCE", "IF_NONE_MATCH", "IF_MATCH", "ORIGIN",
    "RANGE", "REFERER", "USER_AGENT", "TRANSFER_ENCODING", "EXPECT", "SEC_FETCH_SITE",
)  # fmt: skip
COOKIES = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "django_language")

# Texts that have broken programs before, beside those Hypothesis thinks of.
NASTY = st.sampled_from(
    (
        "\x00", "' OR 1=1 --", "{{7*7}}", "${7*7}", "../../etc/passwd", "\ud7ff\ufffe", "9" * 400,
        "-1", "1e309", "NaN", "\u202e", "\u0130", "a" * 5000, "\r\nSet-Cookie: a=b", "%00", "[",
        "//", "10000101", "Willows Laundry", LAUNDRY_EMAIL, "=cmd|' /C calc'!A0", "<script>", "::1",
    )
)  # fmt: skip
# `Cs`: no byte sent decodes to half a character.
TEXT = NASTY | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# No server hands over a header with one of these.
LINE = st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\0\r\n").decode("latin-1"))
# In quotation marks, a cookie may hold any byte as three octal digits.
OCTAL = st.binary(min_size=1, max_size=40).map(
    lambda raw: '"' + "".join(f"\\{byte:03o}" for byte in raw) + '"'
)
FORM = st.lists(st.tuples(st.sampled_from(FIELDS) | TEXT, TEXT), max_size=6).map(urlencode)
PARTS = st.lists(st.tuples(st.sampled_from(FIELDS), TEXT), max_size=4).map(
    lambda fields: (
        "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in fields
        )
        + "--x--\r\n"
    )
)
BODY = st.binary(max_size=200) | FORM.map(str.encode) | PARTS.map(str.encode)
LENGTHS = ["", "-1", "x", "\xb2", "9", "9" * 400]


def environ(**said: Any) -> dict[str, Any]:
    """What a WSGI server hands over. `said` goes over it."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.9",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **said,
    }


@st.composite
def requests(draw: st.DrawFn, routes: list[str], known: Mapping[str, list[str]]) -> dict[str, Any]:
    """known: what there is, by what the URLconf captures (`<token>`); else it is made up."""
    path = draw(st.sampled_from(routes))
    for captured, values in known.items():
        if captured in path:
            path = path.replace(captured, draw(st.sampled_from(values) | TEXT | LINE))
    if draw(st.integers(0, 9)) == 0:
        path += draw(LINE)
    body = draw(BODY)
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), LINE | NASTY, max_size=3))
    cookies = draw(st.dictionaries(st.sampled_from(COOKIES), OCTAL | LINE, max_size=2))
    said = {f"HTTP_{name}": _line(value) for name, value in headers.items()}
    # The proxy adds whom it saw.
    said["HTTP_X_FORWARDED_FOR"] = f"{said.get('HTTP_X_FORWARDED_FOR', '')}, 192.0.2.9"
    said["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return environ(
        REQUEST_METHOD=draw(st.sampled_from(METHODS)),
        PATH_INFO=unquote_to_bytes(path).decode("latin-1"),
        QUERY_STRING=draw(LINE | FORM),
        CONTENT_TYPE=draw(st.sampled_from(TYPES) | LINE),
        CONTENT_LENGTH=draw(st.just(str(len(body))) | st.sampled_from(LENGTHS)),
        **{**said, "wsgi.input": BytesIO(body)},
    )


def _line(text: str) -> str:
    """As a server hands headers over: bytes that pass for Latin-1."""
    raw = text.encode("utf-8", "replace").translate(None, b"\0\r\n")
    return raw.decode("latin-1")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def outcome(self) -> tuple[int, str]:
        return self.status, self.headers.get("Location", "")

    def __contains__(self, text: object) -> bool:
        return str(text) in f"{self.headers} {self.body.decode(errors='replace')}"


def told(server: Application, said: Mapping[str, Any]) -> Answer:
    """The answer, read to its end as a server would."""
    begun: list[tuple[int, dict[str, str]]] = []

    def start(status: str, headers: Any, exc_info: object = None) -> Callable[[bytes], object]:
        begun.append((int(status[:3]), dict(headers)))
        return lambda written: None

    response: Any = server(dict(said), start)
    body = b"".join(response)
    response.close()
    return Answer(*begun[0], body)


def answer(server: Application, said: Mapping[str, Any]) -> int:
    return told(server, said).status


class ErrorLines(logging.Handler):
    """Errors are for whoever runs the portal, so nothing that a client sends may write one."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != circuit_breaker.__name__:  # Invoice Cloud is away in these tests
            self.found.append(f"{record.name}: {record.getMessage()}")


@contextmanager
def faults() -> Iterator[list[str]]:
    """What broke, where no view has dealt with it, and what was logged as an error."""
    found: list[str] = []
    listener = ErrorLines(found)
    logging.getLogger().addHandler(listener)

    def note(sender: object, **kwargs: Any) -> None:
        found.append(repr(sys.exc_info()[1]))

    got_request_exception.connect(note)
    # They would end the test's own transaction, with its connection.
    between = [signal for signal in SIGNALS if signal.disconnect(close_old_connections)]
    yield found
    for signal in between:
        signal.connect(close_old_connections)
    got_request_exception.disconnect(note)
    logging.getLogger().removeHandler(listener)
