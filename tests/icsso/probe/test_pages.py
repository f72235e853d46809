"""What the probe says of pages that refuse a frame, need a cookie, or only ask to sign in."""

import logging
from contextlib import AbstractContextManager

import pytest

from icsso.client.client import InvoiceCloudClient
from icsso.client.probe.exchanges import RecordingClient
from icsso.client.probe.steps.pages import Page, Request, framing, headers_of, opened
from tests.icsso.probe.servers import Said, serving

PORTAL = "https://pay.springfield.example"
SIGN_IN = '<form><input name="p" type="password"></form>'


def site(headers: dict[str, str], page: str = "<h1>Your bills</h1>") -> AbstractContextManager[str]:
    said = Said(page, headers={"Content-Type": "text/html", **headers})
    return serving(lambda path, sent: said)


def page_of(headers: dict[str, str], page: str = "<h1>Your bills</h1>") -> Page:
    with site(headers, page) as url:
        client = RecordingClient.like(InvoiceCloudClient(base_url=url, api_key="key-of-nobody"))
        return opened(client, "cloudssoconnect", Request("POST", url, {"Token": "t"}))


def keys(headers: dict[str, str], *, without_frame: bool = False) -> list[str]:
    found = framing(page_of(headers), portal=PORTAL, without_frame=without_frame)
    return [one.key for one in found if not one.tolerated or one.key == "cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Frame-Options": "DENY"},
        {"X-Frame-Options": "SAMEORIGIN"},
        {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"},
        {"Content-Security-Policy": "frame-ancestors 'self' https://other.example"},
    ],
)
def test_a_page_that_refuses_the_frame_is_named(headers: dict[str, str]) -> None:
    assert keys(headers) == ["frame"]
    assert keys(headers, without_frame=True) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Frame-Options": "ALLOWALL"},
        {"Content-Security-Policy": "frame-ancestors *"},
        {"Content-Security-Policy": "frame-ancestors https://*.springfield.example"},
        # The policy counts, and not the older header.
        {
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "frame-ancestors https://pay.springfield.example:443",
        },
    ],
)
def test_a_page_that_allows_the_frame_is_fine(headers: dict[str, str]) -> None:
    assert keys(headers) == []


@pytest.mark.parametrize(
    ("cookie", "wanted"),
    [
        ("s=1; Path=/; Secure; SameSite=None", []),
        ("s=1; Path=/; SameSite=Lax", ["cookie"]),
        ("s=1; Path=/", ["cookie"]),
    ],
)
def test_a_cookie_that_no_frame_sends_is_named(cookie: str, wanted: list[str]) -> None:
    assert keys({"Set-Cookie": cookie}) == wanted


@pytest.mark.parametrize("page", [SIGN_IN, "<p>Your session has expired.</p>"])
def test_a_page_that_asks_to_sign_in_does_not_count_as_open(page: str) -> None:
    assert page_of({}).is_shown
    assert not page_of({}, page).is_shown


def test_the_headers_are_described_without_their_values() -> None:
    page = page_of(
        {
            "X-Frame-Options": "ALLOW-FROM https://other.example",
            "Content-Security-Policy": "frame-ancestors 'self' https://other.example",
            "Set-Cookie": "session=secret-of-the-session; SameSite=lax",
        }
    )
    assert headers_of(page) == {
        "X-Frame-Options": "other",
        "frame-ancestors": "'self' servers",
        "Set-Cookie SameSite": "Lax",
    }


def test_a_token_in_an_address_is_not_logged_even_for_debugging(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with site({}) as url:
        client = RecordingClient.like(InvoiceCloudClient(base_url=url, api_key="key-of-nobody"))
        page = opened(client, "cloudssoconnect", Request("GET", url, {"Token": "canary-token"}))
    assert page.status == 200
    assert "canary-token" not in caplog.text


def test_a_page_is_never_sent_the_key() -> None:
    page = page_of({})
    assert page.first is not None
    assert page.first.response is not None
    assert "Authorization" not in page.first.response.request.headers
