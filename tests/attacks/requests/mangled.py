"""What anybody can send and no browser does: of each kind that Django or a library refuses."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
MANY = "&".join(["a"] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"'
FILE = FIELD + b'; filename="../../a"'


class Broken(BytesIO):
    """The client goes away while it is sending."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError

    def readline(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


def post(body: bytes, kind: str = PARTS, **said: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **said,
    }


def part(content: bytes, heading: bytes = FIELD) -> bytes:
    return heading + b"\r\n\r\n" + content + b"\r\n"


# By what is wrong with it. Each is made anew, since a body is read once.
MANGLED: dict[str, Callable[[], dict[str, Any]]] = {
    "too many parameters": partial(dict, QUERY_STRING=MANY),
    "too many fields": partial(post, MANY.encode(), FORM),
    "too many parts": partial(post, part(b"b") * 1001 + b"--x--\r\n"),
    "too many files": partial(post, part(b"b", FILE) * 101 + b"--x--\r\n"),
    "too large a form": partial(post, b"a=" + b"b" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE, FORM),
    "too large a part": partial(post, part(b"b" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)),
    "broken off": lambda: post(b"a=b", FORM, **{"wsgi.input": Broken()}),
    "broken off in parts": lambda: post(b"a=b", **{"wsgi.input": Broken()}),
    "too short": partial(post, b"a=b", FORM, CONTENT_LENGTH="99"),
    "too short in parts": partial(post, part(b"b"), CONTENT_LENGTH="999"),
    "a length that is none": partial(post, b"a=b", FORM, CONTENT_LENGTH="-1"),
    "no boundary": partial(post, b"a=b", "multipart/form-data"),
    "a boundary that is none": partial(post, b"a=b", "multipart/form-data; boundary=\xff"),
    "parts that are none": partial(post, b"--x\r\nzzzz\xff\r\n--x--"),
    "no base64": partial(post, part(b"!!!", FIELD + b"\r\nContent-Transfer-Encoding: base64")),
    "a file": partial(post, part(b"b", FILE) + b"--x--\r\n"),
    "bytes that are no text": partial(post, b"\xff=%ff%00&a=%ud800&email=%00", FORM),
    "a query that is no text": partial(dict, QUERY_STRING="\xff=%ff&q=%00&page=\xff&next=//["),
    "a path that is no text": partial(dict, PATH_INFO="/accounts/\xff\xfe/\x00"),
    "cookies that are none": partial(
        dict,
        HTTP_COOKIE=f'{settings.SESSION_COOKIE_NAME}="\\377\\000"; {settings.CSRF_COOKIE_NAME}=b;'
        " messages=x; django_language=\xff; last_seen=\xff.\xff; \xff; a=b=c; =",
    ),
    "another host": partial(dict, HTTP_HOST="evil.example"),
    "two hosts": partial(dict, HTTP_HOST="localhost,evil.example"),
    "a host that is none": partial(dict, HTTP_HOST="\xff[::"),
    "an origin that is none": partial(post, b"a=b", FORM, HTTP_ORIGIN="http://["),
    "a referrer that is none": partial(
        post, b"a=b", FORM, HTTP_REFERER="http://[", **{"wsgi.url_scheme": "https"}
    ),
    "a method that is none": partial(dict, REQUEST_METHOD="\xdcBER"),
    "dates that are none": partial(
        dict, HTTP_IF_MODIFIED_SINCE="Sat, 99 Foo 99999 99:99:99 GMT", HTTP_IF_NONE_MATCH="\xff"
    ),
    "languages that are none": partial(dict, HTTP_ACCEPT_LANGUAGE="\xff," * 300, HTTP_ACCEPT="a"),
    "a token that is none": partial(dict, HTTP_AUTHORIZATION="Bearer \xff\x00"),
    "JSON that is none": partial(post, b"\xff{", "application/json"),
}  # fmt: skip
