"""What a stranger sends into a form: read as text, and not more of it than a form has."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from inhance.wsgi import application, plainly
from tests.attacks.requests.mangled import MANGLED
from tests.attacks.requests.nonsense import CODECS, answer, environ, faults
from tests.cast import Cast

FORMS = (
    "/accounts/login/",
    "/accounts/register/",
    "/accounts/password-reset/",
    "/pay/",
    "/language/setlang/",
)
FIELD = b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\n%s\r\n--x--\r\n'


class Untouched(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("somebody reads it")


def sent(address: str, body: bytes, *, kind: str, **said: Any) -> int:
    length = str(len(body))
    cookie = f"{settings.CSRF_COOKIE_NAME}={'a' * 32}"  # so that the body is looked at
    said = {
        "CONTENT_LENGTH": length,
        "wsgi.input": BytesIO(body),
        "HTTP_COOKIE": cookie,
        **said,
    }
    with faults() as found:
        status = answer(
            application,
            environ(REQUEST_METHOD="POST", PATH_INFO=address, CONTENT_TYPE=kind, **said),
        )
    assert found == []
    return status


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("address", FORMS)
def test_no_codec_of_a_strangers_choice_reads_a_form(cast: Cast, address: str, codec: str) -> None:
    kind = f"multipart/form-data; boundary=x; charset={codec}"
    assert sent(address, FIELD % b"\\ud800 aaaa", kind=kind) < 500


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("multipart/form-data; charset=punycode; boundary=x", "multipart/form-data; boundary=x"),
        ("multipart/form-data; Boundary=x", "multipart/form-data; Boundary=x"),
        ("multipart/form-data; boundary*=undefined''x", "multipart/form-data"),
        ("text/plain; x*=undefined''a", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("", ""),
    ],
)
def test_of_a_kind_only_the_boundary_is_told(said: str, told: str) -> None:
    seen: dict[str, Any] = {}
    plainly(lambda environ, start: seen.update(environ) or [])(environ(CONTENT_TYPE=said), None)  # type: ignore[func-returns-value]
    assert seen["CONTENT_TYPE"] == told


@pytest.mark.parametrize("length", [settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, "9" * 5000])
@pytest.mark.parametrize("address", FORMS)
def test_what_no_form_sends_is_not_even_read(cast: Cast, address: str, length: object) -> None:
    kind = "multipart/form-data; boundary=x"
    said = {"CONTENT_LENGTH": str(length), "wsgi.input": Untouched()}
    assert sent(address, b"", kind=kind, **said) == 413


def test_the_admin_takes_files_of_a_bounded_size(cast: Cast) -> None:
    kind, most = "multipart/form-data; boundary=x", settings.LARGEST_UPLOAD
    login = "/admin/login/"
    said = {"CONTENT_LENGTH": str(most + 1), "wsgi.input": Untouched()}
    assert sent(login, b"", kind=kind, **said) == 413
    larger_than_a_form = FIELD % (b"a" * 900_000)
    assert sent(login, larger_than_a_form, kind=kind) in {200, 403}


def test_the_page_says_what_to_do(cast: Cast) -> None:
    large = {"language": "a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    page = Client().post("/pay/", large)
    assert page.status_code == 413
    assert "too large for this page" in page.content.decode()


@pytest.mark.parametrize("case", MANGLED)
def test_nothing_that_a_client_sends_is_an_error_of_ours(cast: Cast, case: str) -> None:
    """An error in the log wakes somebody, so no request may be able to cause one."""
    for address in ("/accounts/login/", "/pay/", "/language/setlang/", "/admin/login/"):
        token = {"HTTP_COOKIE": f"{settings.CSRF_COOKIE_NAME}={'a' * 32}"}
        with faults() as found:
            status = answer(
                application, environ(**{"PATH_INFO": address, **token, **MANGLED[case]()})
            )
        assert (found, status < 500) == ([], True), address
