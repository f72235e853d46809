"""Only our own proxies are believed about the address a request comes from, however they write
it."""

import logging
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from backoffice.client_address import bare_address, client_address, client_network

PORTS = st.integers(0, 65535)
IPV4, IPV6 = st.ip_addresses(v=4), st.ip_addresses(v=6)


def comes(forwarded: str, remote: str = "192.0.2.9") -> HttpRequest:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.9"),
        (0, "203.0.113.5", "192.0.2.9"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.7, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.7, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "198.51.100.7:1,203.0.113.5:51000,10.0.0.1:2", "203.0.113.5"),
        (1, "unknown, 203.0.113.5", "203.0.113.5"),
        (1, ",, 203.0.113.5", "203.0.113.5"),  # a client's empty list, continued by our proxy
        (1, "203.0.113.5 ,", "203.0.113.5"),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::5]:443", "2001:db8::5"),
        (1, "203.0.113.5:", "203.0.113.5"),
        (1, "[2001:db8::5]", "2001:db8::5"),
        (1, "2001:DB8:0::5", "2001:db8::5"),
        (1, "fe80::5%eth0", "fe80::5"),
        (1, "[fe80::5%25eth0]:443", "fe80::5"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
        (1, "[::ffff:203.0.113.5]:80", "203.0.113.5"),
        (1, '"[2001:db8::5]:_port"', "2001:db8::5"),
        (1, "2001:db8:0:0:0:0:0:5:443", "2001:db8::5"),
        (1, "2001:db8::5:51000", "2001:db8::5"),
        (1, "2001:db8:::51000", "2001:db8::"),
        (1, "2001:db8::5:_port", "2001:db8::5"),
        (1, "::ffff:203.0.113.7:5000", "203.0.113.7"),
        (1, "64:ff9b::203.0.113.7", "203.0.113.7"),
        (1, "[64:ff9b::cb00:7107]:443", "203.0.113.7"),
    ],
)
def test_the_client_is_what_our_outermost_proxy_saw(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(comes(forwarded)) == address


@pytest.mark.parametrize(
    "hop",
    [
        *("unknown", "_hidden", "_hidden:443", "-", "proxy.example", "203.0.113.5:port"),
        *("203.0.113.256", "203.0.113", "203.0.113.5:123456", "[203.0.113.5", "[]"),
        *(
            "[2001:db8::5]443",
            "2001:db8::5::1",
            "2001:db8:0:0:0:0:0:5:443:443",
            "2001:db8::5:123456",
            "0.0.0.0",  # noqa: S104
            "::ffff:0.0.0.0",
            "::",
            "[::]:443",
            "for=203.0.113.5",
            "١.1.1.1",
        ),
        *("203.0.113.5;203.0.113.6", "203.0.113.05", "<script>", "\0"),
    ],
)
def test_what_cannot_be_read_is_nobodys(settings: Settings, hop: str) -> None:
    """It is not counted as the proxy's address either, which would make all customers one."""
    settings.TRUSTED_PROXIES = 1
    assert client_address(comes(f"203.0.113.5, {hop}")) == ""
    assert client_network(comes(f"203.0.113.5, {hop}")) == ""


@pytest.mark.parametrize(("proxies", "forwarded"), [(1, ""), (1, " , "), (2, "203.0.113.5")])
def test_a_proxy_that_said_nothing_is_not_the_client(
    settings: Settings, proxies: int, forwarded: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(comes(forwarded)) == ""


def test_it_is_an_error_in_the_log_once_and_without_the_address(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = 1
    for hop in ("unknown", "203.0.113.5:port", "unknown"):
        client_address(comes(hop))
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "203.0.113" not in record.getMessage()
    client_address(comes(""))
    assert len(caplog.records) == 2  # another cause


def test_a_socket_without_an_address_is_unknown(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 0
    assert client_address(comes("", remote="")) == ""
    assert client_address(comes("", remote="::ffff:192.0.2.9")) == "192.0.2.9"


def test_no_other_header_says_where_it_comes_from(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    names = ("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CLIENT_IP")
    request = comes("203.0.113.5")
    request.META.update(dict.fromkeys(names, "for=198.51.100.7"))
    assert client_address(request) == "203.0.113.5"


def written(address: IPv4Address | IPv6Address, port: int) -> list[str]:
    """Returns the ways in which proxies write it."""
    if address.version == 4:
        ways = [str(address), f"{address}:{port}", f"[{address}]:{port}"]
        mapped = IPv6Address(f"::ffff:{address}")
        return [*ways, str(mapped), f"[{mapped}]:{port}", f"[{mapped.exploded}]"]
    ways = [str(address), address.exploded, str(address).upper(), f"{address}%eth0"]
    ways += [f"[{address}]", f"[{address}]:{port}", f"[{address.exploded}%1]:{port}"]
    return [*ways, f"{address.exploded}:{port}", f"{address}:{max(port, 10000)}"]


@given(IPV4 | IPV6, PORTS)
def test_every_way_to_write_an_address_is_one_address(
    address: IPv4Address | IPv6Address, port: int
) -> None:
    found = {bare_address(way) for way in written(address, port)}
    assert len(found) == 1
    [bare] = found
    assert bare_address(bare) == bare


@given(st.text() | st.from_regex(r"[0-9a-f:.\[\]%_, ]{1,40}", fullmatch=True))
def test_whatever_a_hop_is_what_comes_out_is_an_address_or_nothing(hop: str) -> None:
    bare = bare_address(hop)
    assert bare == "" or str(ip_address(bare)) == bare
    assert bare_address(bare) == bare


@given(IPV6, st.integers(0, 2**64 - 1))
def test_an_ipv6_subscriber_is_one_network(address: IPv6Address, host: int) -> None:
    neighbor = IPv6Address(int(address) >> 64 << 64 | host)
    if not any(is_of_ipv4(each) or each.is_unspecified for each in (address, neighbor)):
        assert network_of(address) == network_of(neighbor)


@given(IPV4, IPV4)
@pytest.mark.parametrize(
    "beginning",
    [
        *("::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "64:ff9b:1:fffe::"),
        "2001:0:4136:e378:8000:63bf::",  # Teredo: a server, then the client's port and address
    ],
)
def test_clients_with_ipv4_are_as_many_networks(
    beginning: str, one: IPv4Address, other: IPv4Address
) -> None:
    first, second = (IPv6Address(int(IPv6Address(beginning)) | int(ip)) for ip in (one, other))
    assert (network_of(first) == network_of(second)) is (one == other)


@given(IPV4, st.integers(0, 2**80 - 1), st.integers(0, 2**80 - 1))
def test_a_client_with_6to4_is_one_network(ip: IPv4Address, one: int, other: int) -> None:
    prefix = int(IPv6Address("2002::")) | int(ip) << 80
    assert network_of(IPv6Address(prefix | one)) == network_of(IPv6Address(prefix | other))


def network_of(address: IPv6Address) -> str:
    return client_network(comes("", remote=str(address)))


def is_of_ipv4(address: IPv6Address) -> bool:
    translated = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")
    within = any(address in network for network in translated)
    return bool(address.ipv4_mapped or address.teredo or within)
