"""How much a postback may send. More is refused before anything is written, and logged."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from payments.models import Checkout, Postback
from tests.cast import Cast
from tests.payments.paying import opened, post, postback_fields


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def assert_told(caplog: pytest.LogCaptureFixture, words: str, checkout: Checkout) -> None:
    [told] = [record for record in caplog.records if record.getMessage() == words]
    assert told.__dict__["checkout"] == checkout.pk


@pytest.mark.parametrize(
    "body",
    [
        b"Padding=" + b"x" * 33_000,
        b"&".join(b"f%d=1" % number for number in range(101)),
        b"x" * 2_000_000,
        b"&" * 40_000,
    ],
)
def test_too_much_is_refused_before_anything_is_written(
    client: Client, checkout: Checkout, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(client, checkout, body).status_code == 413
    assert not Postback.objects.exists()
    assert_told(caplog, "postback refused: too large", checkout)


def test_the_limits_count_query_and_body_together(client: Client, checkout: Checkout) -> None:
    half = "&".join(f"f{number}=1" for number in range(51))
    assert post(client, checkout, half.encode(), query=half).status_code == 413
    long = "Padding=" + "x" * 17_000
    assert post(client, checkout, long.encode(), query=long).status_code == 413
    assert not Postback.objects.exists()


def test_a_body_of_unknown_length_is_refused_and_not_taken_for_an_empty_one(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.generic(
        "POST",
        f"/pay/postback/p{checkout.address}/",
        urlencode(postback_fields(checkout)).encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert answer.status_code == 411
    assert not Postback.objects.exists()
    assert_told(caplog, "postback refused: of unknown length", checkout)
