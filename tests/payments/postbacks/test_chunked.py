"""A postback in chunks, without a length, as a .NET client may send it; and half a postback."""

import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from inhance.wsgi import application
from payments.models import Checkout, Payment, Postback
from payments.postbacks.fields import MOST_BYTES
from tests.attacks.requests.nonsense import environ, faults, told
from tests.cast import Cast
from tests.payments.paying import GUID, OTHER_GUID, opened, postback_fields, verdicts
from tests.portal_process import PortalProcess

BROKEN_OFF = ("review", "broken-off")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def in_pieces(body: bytes) -> Iterator[bytes]:
    """requests sends an iterator in chunks."""
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


@pytest.mark.django_db(transaction=True)
def test_a_postback_in_chunks_is_stored(cast: Cast, tmp_path: Path) -> None:
    checkout = opened(cast)
    with PortalProcess(tmp_path, environment={"ALLOWED_HOSTS": "127.0.0.1"}) as portal:
        address = f"{portal.url}/pay/postback/p{checkout.address}/"
        body = urlencode(postback_fields(checkout)).encode()
        assert requests.post(address, in_pieces(body), headers=FORM, timeout=30).text == "OK"
        assert verdicts(checkout) == [("approved", "")]
        endless = b"x" * (MOST_BYTES + 1)
        refused = requests.post(address, in_pieces(endless), headers=FORM, timeout=30)
        assert refused.status_code == 413
        for half in halves(checkout, "InvoiceNumber", "Approved", "PaymentAmount"):
            assert b" 400 " in sent(portal, half).partition(b"\r\n")[0]
    # Each half once, with a length or in chunks: the same arrived.
    assert verdicts(checkout) == [("approved", ""), ("review", "cut"), *[BROKEN_OFF] * 3]
    assert all("PaymentMessage" not in each.fields for each in Postback.objects.all()[1:])
    assert all("BillerGUID" in each.fields for each in Postback.objects.filter(reason="broken-off"))


@pytest.mark.django_db(transaction=True)
def test_malformed_chunks_are_the_fault_of_the_client(cast: Cast, tmp_path: Path) -> None:
    """One line each, which doesn't quote the customer's data."""
    checkout = opened(cast)
    with PortalProcess(tmp_path, environment={"ALLOWED_HOSTS": "127.0.0.1"}) as portal:
        for malformed in malformations(checkout):
            assert b" 400 " in sent(portal, malformed).partition(b"\r\n")[0], malformed
        told = portal.log
        assert not [found for found in ("Traceback", "ERROR", "Willows", GUID) if found in told]
        assert told.count("postback refused: broken off") == len([*malformations(checkout)])
        # What has no size is kept without fields; what lacks only its end, once and with all.
        assert verdicts(checkout) == [BROKEN_OFF] * 3
        assert send(portal, checkout) == 200
    assert verdicts(checkout)[3:] == [("approved", "")]


def send(portal: PortalProcess, checkout: Checkout) -> int:
    address, fields = f"{portal.url}/pay/postback/p{checkout.address}", postback_fields(checkout)
    return requests.post(address, fields, timeout=30).status_code


def malformations(checkout: Checkout) -> Iterator[bytes]:
    whole = urlencode(postback_fields(checkout)).encode()
    head = f"POST /pay/postback/p{checkout.address}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Content-Type: {FORM['Content-Type']}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%s\r\n" % (len(whole), whole)
    for body in (
        whole + b"\r\n0\r\n\r\n",  # no size
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole) - 6, whole),  # a size that is too small
        b"%x;a=\x01\r\n%s\r\n0\r\n\r\n" % (len(whole), whole),
        chunk + b"0\r\n",  # all but the last line break
        chunk + b"0\r\nnonsense\r\n\r\n",
        chunk,
    ):
        yield head.encode() + body


def test_half_an_amount_is_no_amount(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """The connection ended within 1,234.50. Read as a whole form, a dollar would have been paid."""
    checkout = opened(cast)
    fields = postback_fields(checkout, PaymentAmount=None) | {"PaymentAmount": "1234.50"}
    whole = urlencode(fields).encode()
    said = {"REQUEST_METHOD": "POST", "PATH_INFO": f"/pay/postback/p{checkout.address}/"}
    said |= {"CONTENT_TYPE": FORM["Content-Type"]}
    length = str(len(whole))
    for part, announced, status in (
        (whole[:-6], length, 400),
        (whole[:-6], f"{length:0>22}", 400),
        (b"", length, 400),
        (whole[:-1], length, 400),
        (whole, f"{length:0>22}", 200),
    ):
        said |= {"CONTENT_LENGTH": announced, "wsgi.input": BytesIO(part)}
        with faults():
            assert (part, told(application, environ(**said)).status) == (part, status)
    assert Payment.objects.get().amount == 1234.5
    assert verdicts(checkout) == [*[BROKEN_OFF] * 3, ("approved", "")]
    lines = [one for one in caplog.records if one.getMessage() == "postback refused: broken off"]
    assert [one.__dict__["checkout"] for one in lines] == [checkout.pk] * 4


def halves(checkout: Checkout, *names: str) -> Iterator[bytes]:
    """Requests that end within one of these fields, with the length of the whole, and in chunks."""
    fields = postback_fields(checkout, PaymentGUID=OTHER_GUID)
    whole = urlencode(fields).encode()
    head = f"POST /pay/postback/p{checkout.address}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Content-Type: {FORM['Content-Type']}\r\n"
    for name in names:
        part = whole[: whole.index(name.encode()) + len(name) + 2]
        yield f"{head}Content-Length: {len(whole)}\r\n\r\n".encode() + part
        chunk = b"%x\r\n%s\r\n" % (len(part), part)
        yield f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk


def sent(portal: PortalProcess, request: bytes) -> bytes:
    """Sends it, and then no more."""
    url = urlsplit(portal.url)
    with socket.create_connection((str(url.hostname), int(url.port or 0)), 30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(4096)
