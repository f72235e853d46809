"""The only way out of some networks: an outgoing proxy, and a private certificate authority."""

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.client.egress import Egress, fault_of_ca_file, fault_of_proxy
from icsso.client.errors import InvoiceCloudUnavailable
from tests.icsso.client.transport.certificates import Authority
from tests.icsso.client.transport.servers import Behaviour, Proxy, good, server
from tests.icsso.client.wire import client

NAME = "icloud.example"  # that nobody but the proxy can resolve
SECRET = "hush-hush"
NOT_TRUSTED = "biller_status: not called: its certificate is not trusted"
NO_TUNNEL = "biller_status: not called: the proxy did not connect to it"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@contextmanager
def behind_proxy(
    authority: Authority, behave: Behaviour = good, *, wants: str = ""
) -> Iterator[tuple[str, Proxy]]:
    """Yields the address of the proxy, and the proxy."""
    with server(behave, tls=authority.context_for(NAME)) as url:
        proxy = Proxy(leads_to={f"{NAME}:443": port_of(url)}, wants=wants)
        with server(proxy.attend) as address:
            yield address, proxy


def refusal(*, url: str = f"https://{NAME}", egress: Egress, seconds: float = 5) -> str:
    """Returns the error of a call that is known not to have been carried out."""
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client(base_url=url, egress=egress, connect_timeout=seconds).biller_status()
    assert not caught.value.outcome_unknown
    return str(caught.value)


def test_a_private_authority_is_trusted_only_where_it_is_named(authority: Authority) -> None:
    with server(good, tls=authority.context_for("127.0.0.1")) as plain:
        url = plain.replace("http:", "https:")
        assert refusal(url=url, egress=Egress()) == NOT_TRUSTED
        trusting = Egress(ca_file=str(authority.file))
        assert client(base_url=url, egress=trusting).biller_status().active


def test_it_vouches_for_no_other_host(authority: Authority) -> None:
    with server(good, tls=authority.context_for(NAME)) as plain:
        url = plain.replace("http:", "https:")
        assert refusal(url=url, egress=Egress(ca_file=str(authority.file))) == NOT_TRUSTED


def test_the_public_authorities_stay_trusted(authority: Authority) -> None:
    public = client()._session.get_adapter("https://")._authorities
    both = client(egress=Egress(ca_file=str(authority.file)))._session.get_adapter("https://")
    assert len(both._authorities.get_ca_certs()) == len(public.get_ca_certs()) + 1 > 100


def test_https_goes_through_a_tunnel_that_shows_the_proxy_nothing_but_the_host(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says about proxies."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    with behind_proxy(authority) as (address, proxy):
        invoice_cloud = client(
            base_url=f"https://{NAME}", egress=Egress(proxy=address, ca_file=str(authority.file))
        )
        for _ in range(3):
            assert invoice_cloud.biller_status().active
    (request,) = proxy.heard  # the tunnel is kept
    assert request.startswith(b"CONNECT icloud.example:443 HTTP/1.")
    assert b"authorization" not in request.lower()


def test_behind_the_proxy_a_certificate_is_checked_as_well(authority: Authority) -> None:
    with behind_proxy(authority) as (address, _):
        assert refusal(egress=Egress(proxy=address)) == NOT_TRUSTED


def test_plain_http_is_forwarded() -> None:
    with server(good) as url:
        proxy = Proxy(leads_to={NAME: port_of(url)})
        with server(proxy.attend) as address:
            there = client(base_url=f"http://{NAME}", egress=Egress(proxy=address))
            assert there.biller_status().active
    assert proxy.heard[0].startswith(b"GET http://icloud.example/api/v1/biller/status HTTP/1.1")


def test_the_password_of_the_proxy_is_sent_to_it_and_told_to_nobody(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with behind_proxy(authority, wants=f"portal:{SECRET}") as (address, proxy):
        known = address.replace("http://", f"http://portal:{SECRET}@")
        right = Egress(proxy=known, ca_file=str(authority.file))
        assert client(base_url=f"https://{NAME}", egress=right).biller_status().active
        wrong = Egress(proxy=known.replace("portal:", "somebody:"))
        said = refusal(egress=wrong) + refusal(egress=Egress(proxy=address))
    assert said == NO_TUNNEL * 2
    assert SECRET not in caplog.text + repr(right)
    assert len(proxy.heard) == 3


def test_what_the_proxy_does_not_let_through_was_not_called(authority: Authority) -> None:
    with behind_proxy(authority) as (address, _):
        elsewhere = "https://169.254.169.254"
        assert refusal(url=elsewhere, egress=Egress(proxy=address)) == NO_TUNNEL


def test_a_proxy_that_is_away_is_as_good_as_nobody() -> None:
    away = Egress(proxy="http://127.0.0.1:9")
    assert refusal(egress=away) == "biller_status: the connection failed"
    hanging_up = server(lambda connection, request: connection.close())
    with hanging_up as address:
        assert refusal(egress=Egress(proxy=address)) == NO_TUNNEL


def drip(connection: socket.socket, request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip:")
    for _ in range(1200):
        connection.sendall(b" ")
        time.sleep(0.05)


def test_a_proxy_that_drips_is_left_when_the_time_to_connect_is_up() -> None:
    started = time.monotonic()
    with server(drip) as address:
        said = refusal(egress=Egress(proxy=address), seconds=0.4)
    assert said == "biller_status: the connection timed out"
    assert time.monotonic() - started < 20


def test_the_handshake_gets_only_what_the_proxy_left_of_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[float] = []

    class Noted(socket.socket):
        def settimeout(self, value: float | None) -> None:
            given.append(value or 0)
            super().settimeout(value)

    def slow(connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"CONNECT"):
            time.sleep(0.2)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

    with server(slow) as address:
        monkeypatch.setattr(socket, "socket", Noted)
        egress = Egress(proxy=address)
        with pytest.raises(InvoiceCloudUnavailable):
            client(base_url=f"https://{NAME}", egress=egress, connect_timeout=10).biller_status()
    assert given[-1] <= 9.8


def test_a_server_that_drips_through_the_tunnel_is_left_in_time_too(authority: Authority) -> None:
    started = time.monotonic()
    with behind_proxy(authority, drip) as (address, _):
        egress = Egress(proxy=address, ca_file=str(authority.file))
        there = client(base_url=f"https://{NAME}", egress=egress, timeout=1)
        with pytest.raises(InvoiceCloudUnavailable) as caught:
            there.biller_status()
    assert str(caught.value) == "biller_status: the response timed out"
    assert caught.value.outcome_unknown
    assert time.monotonic() - started < 20


def test_through_a_proxy_the_proxy_may_be_on_our_own_network(authority: Authority) -> None:
    with behind_proxy(authority) as (address, _):
        egress = Egress(proxy=address, ca_file=str(authority.file), public_only=True)
        assert client(base_url=f"https://{NAME}", egress=egress).biller_status().active


def test_the_settings_reach_the_wire(
    biller: Biller, settings: Settings, authority: Authority
) -> None:
    biller.base_url = f"https://{NAME}"
    with behind_proxy(authority) as (address, _):
        settings.INVOICE_CLOUD_PROXY = address
        settings.INVOICE_CLOUD_CA_FILE = str(authority.file)
        assert client_of(biller).biller_status().active


@pytest.mark.parametrize(
    "proxy",
    [
        "proxy.example:3128",
        "http://",
        f"https://portal:{SECRET}@proxy.example",
        f"socks5://portal:{SECRET}@proxy.example",
        f"http://portal:{SECRET}@proxy.example:port",
        f"http://portal:{SECRET}@proxy.example:0",
        f"http://portal:{SECRET}@proxy.example/path",
        f"http://portal:{SECRET}@proxy.example?query",
        f"http://portal:{SECRET}é@proxy.example",
        f"http://portal:{SECRET} @proxy.example",
        f"http://portal:{SECRET}@[proxy",
    ],
)
def test_what_is_no_proxy_is_refused_without_its_password(settings: Settings, proxy: str) -> None:
    settings.INVOICE_CLOUD_PROXY = proxy
    (fault,) = [message for message in run_checks() if message.id == "icsso.E004"]
    assert fault.msg.startswith("INVOICE_CLOUD_PROXY must be ")
    assert SECRET not in str(fault)


@pytest.mark.parametrize(
    "proxy", ["http://proxy:3128", "http://user:p%40ss@10.0.0.1:3128/", "http://[::1]:3128"]
)
def test_what_is_a_proxy_is_taken(proxy: str) -> None:
    assert fault_of_proxy(proxy) == ""


def test_a_file_of_authorities_must_be_there_and_pem(
    tmp_path: Path, authority: Authority, settings: Settings
) -> None:
    other = tmp_path / "authority.der"
    other.write_bytes(ssl.PEM_cert_to_DER_cert(authority.file.read_text()))
    assert fault_of_ca_file(str(authority.file)) == ""
    for path, why in {
        other: "PEM format",
        tmp_path: "can read",
        tmp_path / "gone": "can read",
    }.items():
        settings.INVOICE_CLOUD_CA_FILE = str(path)
        (fault,) = [message for message in run_checks() if message.id == "icsso.E004"]
        assert fault.msg.startswith("INVOICE_CLOUD_CA_FILE must ")
        assert why in fault.msg
