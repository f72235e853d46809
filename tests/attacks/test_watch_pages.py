"""Headers and scripts of pages that lead to payments are watched: what changes is told."""

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from icsso.models import Biller
from inhance.templatetags.integrity import digest_of


def test_as_shipped_it_says_so(
    live_server: LiveServer, biller: Biller, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("watch_pages", live_server.url, "--page", "/accounts/register/")
    assert "5 pages and all scripts as shipped" in capsys.readouterr().out


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
