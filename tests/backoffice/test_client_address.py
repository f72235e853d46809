"""Only hops of our own are believed about where a request comes from."""

import pytest
from django.test import RequestFactory

from backoffice.client_address import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.9"),
        (0, "203.0.113.5", "192.0.2.9"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.7, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.7, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.9"),
        (1, "", "192.0.2.9"),
        (1, "unknown", "192.0.2.9"),
        (1, "203.0.113.5:4711", "192.0.2.9"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
        (1, "2001:db8::5", "2001:db8::5"),
    ],
)
def test_the_client_is_what_our_outermost_proxy_saw(
    settings, proxies: int, forwarded: str, address: str
):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.9", **headers)
    assert client_address(request) == address


def test_an_ipv4_address_is_one_by_whatever_socket_it_came():
    request = RequestFactory().get("/", REMOTE_ADDR="::ffff:192.0.2.9")
    assert client_address(request) == "192.0.2.9"
