"""What a client writes into `Host` beside the name gets into no mail and to no Invoice Cloud."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client, RequestFactory

from icsso.billers.absolute_urls import absolute_url
from icsso.billers.models import Biller, BillerHost
from tests.cast import LAUNDRY_EMAIL, Cast, other_biller
from tests.sandbox_process import SandboxProcess

HOSTS = ["localhost", "localhost:31337", "localhost.", "localhost.:8443", "LocalHost:80"]


@pytest.mark.parametrize("host", HOSTS)
def test_no_port_and_no_dot_of_a_client_gets_into_a_mail(
    cast: Cast, client: Client, settings: Any, mailoutbox: list[EmailMultiAlternatives], host: str
) -> None:
    settings.PRODUCTION = True
    client.post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL}, headers={"host": host})
    links = re.findall(r"https?://[^/\s]*/", mailoutbox[0].message().as_string())
    assert set(links) == {"https://localhost/"}


@pytest.mark.parametrize("host", HOSTS)
def test_no_port_and_no_dot_of_a_client_gets_to_invoice_cloud(
    cast: Cast, client: Client, settings: Any, sandbox: SandboxProcess, host: str
) -> None:
    settings.PRODUCTION = True
    client.post("/pay/", {"account_number": "10000101"}, headers={"host": host})
    (body,) = [call["body"] for call in sandbox.control("GET", "/_control/api/calls")]
    assert body["ReturnURL"].startswith("https://localhost/pay/return/")
    assert body["PostBackURL"].startswith("https://localhost/pay/postback/")


@pytest.mark.parametrize(
    ("host", "is_production", "port", "wanted"),
    [
        ("localhost:8000", False, "", "http://localhost:8000/x/"),
        ("localhost.:8000", False, "", "http://localhost:8000/x/"),
        ("testserver", False, "", "http://testserver/x/"),
        ("testserver:1", True, "", "https://testserver/x/"),
        ("testserver:1", True, "8443", "https://testserver:8443/x/"),
        ("127.0.0.1:8000", False, "", "http://localhost:8000/x/"),
        ("power.localhost:1", True, "", "https://localhost/x/"),
    ],
)
def test_the_billers_own_host_name_stands_in_it(
    biller: Biller, settings: Any, *, host: str, is_production: bool, port: str, wanted: str
) -> None:
    other_biller()
    settings.PRODUCTION, settings.PUBLIC_PORT = is_production, port
    request = RequestFactory().get("/", headers={"host": host})
    assert absolute_url(request, biller, "/x/") == wanted


@pytest.mark.parametrize("host", ["localhost:31337", "LOCALHOST.", "localhost.:1"])
def test_without_a_stored_host_name_the_allowed_one_that_was_asked_for(
    biller: Biller, settings: Any, host: str
) -> None:
    BillerHost.objects.all().delete()
    settings.PRODUCTION = True
    request = RequestFactory().get("/", headers={"host": host})
    assert absolute_url(request, biller, "/x/") == "https://localhost/x/"
    assert absolute_url(request, None, "/x/") == "https://localhost/x/"
