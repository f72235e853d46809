"""SSRF: an operator's address leads to no machine of our own network, now or later."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.client.addresses import is_public
from icsso.client.egress import Egress
from icsso.client.errors import InvoiceCloudUnavailable
from tests.icsso.client.wire import client

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",  # metadata of the large clouds
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # metadata again
    "fec0::1",
    "ff02::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
    "",
    "localhost",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_on_the_open_internet_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["52.1.2.3", "2600:1f18::1", "64:ff9b::3401:203"])
def test_what_is_on_the_open_internet_is_known_too(address: str) -> None:
    assert is_public(address)


class Names:
    """A name server: the tests have none that could be told where names lead. What it was not
    told it does not know, and no other one is asked."""

    def __init__(self) -> None:
        self.leads_to: dict[str, list[str]] = {}
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, family: int = 0, type: int = 0) -> list[Any]:
        places, number = self.leads_to.get(host, [host]), socket.AI_NUMERICHOST
        found = [self._real(place, port, family, type, 0, number) for place in places]
        return [row for rows in found for row in rows]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr("icsso.billers.validators.getaddrinfo", names)
    return names


@pytest.fixture
def inside() -> Iterator[tuple[int, list[bytes]]]:
    """A server of our own network: its port, and whatever anybody said to it."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                heard.append(caller.recv(65536))
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield listener.getsockname()[1], heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=10)


@pytest.mark.parametrize("field", ["base_url", "extra_hosts", "css_url"])
def test_a_name_that_leads_inside_is_refused_when_it_is_entered(
    names: Names, field: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    names.leads_to = {"billing.example": ["10.0.0.7"], "mixed.example": ["52.1.2.3", "::1"]}
    for address in ("https://billing.example", "https://mixed.example", "https://169.254.169.254"):
        biller = Biller(slug="w", name="W", **{field: address})
        with pytest.raises(ValidationError) as refused:
            biller.clean()
        assert set(refused.value.message_dict) == {field}


def test_a_public_name_may_be_entered_and_one_nobody_knows_yet(
    names: Names, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    names.leads_to = {"billing.example": ["52.1.2.3", "2600:1f18::1"], "new.example": []}
    Biller(slug="w", name="W", base_url="https://billing.example").clean()
    Biller(slug="w", name="W", base_url="https://new.example").clean()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "billing.example"])
def test_no_byte_reaches_a_machine_inside_whatever_the_name_led_to_before(
    names: Names, inside: tuple[int, list[bytes]], scheme: str, host: str
) -> None:
    port, heard = inside
    names.leads_to = {"billing.example": ["127.0.0.1"]}
    caller = client(base_url=f"{scheme}://{host}:{port}", egress=Egress(public_only=True))
    with pytest.raises(InvoiceCloudUnavailable) as refused:
        caller.biller_status()
    assert str(refused.value) == "biller_status: not called: its address is not public"
    assert not refused.value.outcome_unknown
    assert b"".join(heard) == b""


def test_the_setting_reaches_the_wire(
    biller: Biller, settings: Settings, inside: tuple[int, list[bytes]]
) -> None:
    port, heard = inside
    biller.base_url = f"http://127.0.0.1:{port}"
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    with pytest.raises(InvoiceCloudUnavailable, match="address is not public"):
        client_of(biller).biller_status()
    assert b"".join(heard) == b""


@pytest.mark.parametrize("is_on", [True, False])
@pytest.mark.parametrize("name", ["INVOICE_CLOUD_PUBLIC_ONLY", "WEBHOOK_PUBLIC_ONLY"])
def test_without_it_production_is_warned(settings: Settings, name: str, is_on: bool) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = settings.WEBHOOK_PUBLIC_ONLY = True
    setattr(settings, name, is_on)
    found = [
        message.msg
        for message in run_checks(include_deployment_checks=True)
        if message.id == "portal.W002"
    ]
    assert found == ([] if is_on else [f"{name} is off."])
