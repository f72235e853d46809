"""A postback in chunks, without a length, as a .NET client may send it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from payments.models import Postback
from payments.postbacks.fields import MOST_BYTES
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, verdicts
from tests.portal_process import PortalProcess

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
    assert Postback.objects.count() == 1
