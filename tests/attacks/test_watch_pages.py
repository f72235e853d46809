"""Headers and scripts of pages that lead to payments are watched, and operators are told of
changes."""

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from icsso.billers.models import Biller
from inhance.management.commands.watch_pages import POLICY, STRICT, changes_of_headers
from inhance.templatetags.integrity import digest_of
from tests.cast import Cast
from tests.payments.paying import opened


def test_as_shipped_it_says_so(
    live_server: LiveServer, biller: Biller, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("watch_pages", live_server.url, "--page", "/accounts/register/")
    assert "5 pages and all scripts match this release" in capsys.readouterr().out


def test_a_script_or_header_that_changed_is_told(
    live_server: LiveServer, biller: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inhance.pages.render", lambda *args: HttpResponse(SKIMMED))
    with pytest.raises(CommandError) as told:
        call_command("watch_pages", live_server.url)
    assert str(told.value).splitlines()[1:] == [
        "- /: a script of https://evil.example/skim.js",
        "- /: a script of its own",
        "- /: a script of /static/js/portal.js",
    ]


SKIMMED = """<script src="https://evil.example/skim.js"></script><script>skim()</script>
<script src="/static/js/portal.js"></script>"""


WEAKENED = {
    "X-Content-Type-Options": "",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "unsafe-url",
    "Permissions-Policy": "camera=*",
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cache-Control": "no-store, public",
}


@pytest.mark.parametrize("name", WEAKENED)
@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "weakened"])
def test_each_header_is_missed(biller: Biller, client: Client, name: str, is_gone: bool) -> None:
    headers = dict(client.get("/pay/").headers)
    assert changes_of_headers(headers, STRICT, is_secure=False) == []
    said = {} if is_gone else {name: WEAKENED[name]}
    headers = {known: text for known, text in headers.items() if known != name} | said
    assert changes_of_headers(headers, STRICT, is_secure=False) == [name]


@pytest.mark.parametrize("name", POLICY)
@pytest.mark.parametrize("to", ["*", "'self' https://evil.example", None])
def test_each_directive_is_missed(
    biller: Biller, client: Client, name: str, to: str | None
) -> None:
    headers = dict(client.get("/pay/").headers)
    parts = headers["Content-Security-Policy"].split("; ")
    others = [part for part in parts if part.split()[0] != name]
    assert len(others) == len(parts) - 1
    headers["Content-Security-Policy"] = "; ".join(others + ([f"{name} {to}"] if to else []))
    assert changes_of_headers(headers, STRICT, is_secure=False) == [name]


@pytest.mark.parametrize("sent", ["", "max-age=0", "max-age=31536000; preload"])
def test_https_that_is_not_demanded_for_a_year_is_told(
    biller: Biller, client: Client, settings: Settings, sent: str
) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    headers = {**client.get("/pay/").headers, "Strict-Transport-Security": sent}
    assert changes_of_headers(headers, STRICT, is_secure=True) == ["Strict-Transport-Security"]
    headers["Strict-Transport-Security"] = "max-age=31536000"
    assert changes_of_headers(headers, STRICT, is_secure=True) == []


def test_a_page_that_frames_a_payment_is_open_to_invoice_cloud_alone(
    live_server: LiveServer, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.biller.base_url = "https://pay.example"
    cast.biller.save()
    page = f"/pay/{opened(cast).address}/"
    call_command("watch_pages", live_server.url, "--page", page, "--frames", "https://pay.example")
    assert "5 pages" in capsys.readouterr().out
    with pytest.raises(CommandError) as told:
        call_command(
            "watch_pages", live_server.url, "--page", page, "--frames", "https://a.example"
        )
    assert str(told.value).splitlines()[1:] == [f"- {page}: frame-src", f"- {page}: form-action"]


def test_a_policy_that_was_opened_is_told(
    live_server: LiveServer, biller: Biller, settings: Settings
) -> None:
    opened = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "script-src": ["*"]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": opened}
    settings.SECURE_CONTENT_TYPE_NOSNIFF = False
    with pytest.raises(CommandError, match="/pay/: script-src"):
        call_command("watch_pages", live_server.url)


def test_a_script_that_was_tampered_with_is_told(
    live_server: LiveServer, biller: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shipped(name: str) -> str:
        return "another" if name == "js/checkout.js" else digest_of(name)

    monkeypatch.setattr("inhance.management.commands.watch_pages.digest_of", shipped)
    with pytest.raises(CommandError) as told:
        call_command("watch_pages", live_server.url)
    assert str(told.value).splitlines()[1:] == ["- static/js/checkout.js"]


def test_a_portal_that_does_not_answer_is_told() -> None:
    with pytest.raises(CommandError, match="does not answer"):
        call_command("watch_pages", "http://127.0.0.1:9")
    with pytest.raises(CommandError, match="https://"):
        call_command("watch_pages", "file:///etc/passwd")
