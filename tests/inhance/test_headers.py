"""What every answer carries, whatever it says."""

import pytest
from django.test import Client

from icsso.billers.models import Biller

pytestmark = pytest.mark.any_database

PUBLIC = [
    "/",
    "/accounts/login/",
    "/accounts/register/",
    "/accounts/password-reset/",
    "/pay/",
    "/nothing/",
    "/admin/login/",
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/brand.css",
    "/favicon.ico",
    "/.well-known/change-password",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_headers_of_every_public_page(client: Client, biller: Biller, address: str):
    response = client.get(address, HTTP_HOST="localhost")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "http:" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert len(response["X-Request-ID"]) == 10


@pytest.mark.parametrize(
    "address", [address for address in PUBLIC if address not in {"/brand.css", "/robots.txt"}]
)
def test_no_page_is_kept_by_anyone(client: Client, biller: Biller, address: str):
    response = client.get(address, HTTP_HOST="localhost")
    if response.status_code not in {301, 302}:
        assert "no-store" in response["Cache-Control"], address


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/accounts/register/", "/pay/"])
def test_no_page_holds_a_script_or_style_of_its_own(client: Client, biller: Biller, address: str):
    page = client.get(address, HTTP_HOST="localhost").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<script>" not in page


def test_a_refused_host_has_the_headers_too(client: Client, db: None):
    response = client.get("/", HTTP_HOST="evil.example")
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Request-ID"]


def test_requests_do_not_share_a_number(client: Client, biller: Biller):
    numbers = {client.get("/", HTTP_HOST="localhost")["X-Request-ID"] for _ in range(5)}
    assert len(numbers) == 5
