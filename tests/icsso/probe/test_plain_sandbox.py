"""The probe against the sandbox as the contract has it, and against what is no Invoice Cloud."""

import json
import socket
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from icsso.billers.models import Biller
from icsso.billers.probe_runs.probing import probe_of
from icsso.client.probe.results import StepResult
from icsso.client.probe.walk import Arguments
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD
from tests.icsso.probe.servers import Said, serving
from tests.leaks import watching
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
ACCOUNT = "10000101"
ASK = "icsso.billers.management.commands.probe_invoice_cloud.getpass"
COLUMNS = 80


def probe(monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    monkeypatch.setattr(ASK, lambda prompt: LAUNDRY_PASSWORD)
    out, code = StringIO(), 0
    try:
        call_command(
            "probe_invoice_cloud",
            "springfield-water",
            "--account",
            ACCOUNT,
            "--email",
            LAUNDRY_EMAIL,
            *options,
            stdout=out,
        )
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


def records(sandbox: SandboxProcess) -> list[Any]:
    """Users and customers, without the tokens of sign-ins."""
    users = [
        {name: value for name, value in user.items() if not name.startswith("token")}
        for user in sandbox.state("users")
    ]
    return [*users, *sandbox.state("customers")]


def test_nothing_differs(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = probe(monkeypatch, "--ask-password", "--guest-page", "--write")
    assert code == 0, said
    assert "Nothing differs from the contract." in said
    assert said.rstrip().endswith("{}")
    assert "Differs:" not in said
    assert "Tolerated:" not in said
    assert max(map(len, said.splitlines())) <= COLUMNS


def test_without_a_password_what_needs_one_is_left_out(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = probe(monkeypatch)
    assert code == 0, said
    assert said.count("Not asked: no password was given.") == 1
    assert said.count("Not asked: there is no token.") == 3


def test_it_only_reads(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = records(sandbox)
    probe(monkeypatch, "--ask-password", "--guest-page")
    assert records(sandbox) == before


def test_one_wrong_password_is_announced_before_it_is_sent(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, said = probe(monkeypatch, "--ask-password")
    note = said.index("Note: One wrong password is sent next")
    assert said.index("Remote Authentication, unknown address") < note
    assert note < said.index("Remote Authentication, wrong password")


def test_no_value_of_the_wire_is_printed_logged_or_captured(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    customer = sandbox.customer(ACCOUNT)
    file = tmp_path / "capture.json"
    with watching() as watch:
        _, said = probe(
            monkeypatch, "--ask-password", "--guest-page", "--write", "--capture", str(file)
        )
    canaries = {
        ACCOUNT,
        LAUNDRY_EMAIL,
        "Willows",
        "Springfield Water",
        customer["guid"],
        str(biller.biller_guid),
        "84.2",
        *watch.secrets,  # passwords, the key, tokens
    }
    assert "a token of Invoice Cloud" in watch.secrets.values()
    for place in (said, file.read_text(), "\n".join(watch.lines)):
        assert [one for one in canaries if one.lower() in place.lower()] == []


def test_a_capture_has_names_and_kinds(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "capture.json"
    probe(monkeypatch, "--ask-password", "--capture", str(file))
    captured = json.loads(file.read_text())
    assert captured["format"] == 1
    by_step = {one["step"]: one for one in captured["exchanges"]}
    assert by_step["retrieve_users_by_email"]["request"] == {
        "method": "POST",
        "path": "/api/v1/remoteauth/RetrieveUsers",
        "body": {"EmailAddress": "email"},
    }
    assert by_step["retrieve_users_by_email"]["response"]["body"] == {
        "Users": [
            {
                "CustomerGuid": "guid",
                "AccountNumber": "digits:8",
                "EmailAddress": "email",
                "Registered": "boolean",
            }
        ]
    }
    assert by_step["account"]["request"]["path"] == "/api/v1/cp/{CustomerGuid}/account"
    assert by_step["account"]["response"]["body"]["DueDate"] == "date:M/d/yyyy"
    assert by_step["remote_authentication_wrong"]["response"]["status"] == 401
    assert by_step["sso_post"]["request"]["body"]["RemoteAuthenticationToken"] == "text:43"


def test_a_wrong_key_ends_the_walk(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    Biller.objects.filter(pk=biller.pk).update(api_key="another-key")
    code, said = probe(monkeypatch, "--ask-password")
    assert code == 2
    assert "does not accept the API key (401)" in said
    assert "What to do: Enter the API key again" in said
    assert "Retrieve Users" not in said


def test_a_host_that_is_away(biller: Biller, monkeypatch: pytest.MonkeyPatch) -> None:
    Biller.objects.filter(pk=biller.pk).update(base_url="http://127.0.0.1:9")
    code, said = probe(monkeypatch)
    assert code == 2
    assert "Invoice Cloud does not respond" in said
    assert "What to do: Check the address" in said


def test_web_pages_are_no_answers(biller: Biller, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Said("<html><body><h1>We are down for maintenance</h1></body></html>")
    with serving(lambda path, sent: page) as url:
        Biller.objects.filter(pk=biller.pk).update(base_url=url)
        code, said = probe(monkeypatch)
    assert code == 2
    assert "The answer is a web page and not data (200)." in said
    assert "What to do: Check the address" in said


def test_a_server_that_says_nothing_takes_no_longer_than_its_limit(
    biller: Biller, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.INVOICE_CLOUD_TIMEOUT = 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        Biller.objects.filter(pk=biller.pk).update(base_url=url)
        code, said = probe(monkeypatch)
    assert code == 2
    assert "timed out" in said


def test_an_unknown_biller_is_named(biller: Biller) -> None:
    with pytest.raises(CommandError, match="There are: springfield-water"):
        call_command("probe_invoice_cloud", "shelbyville", "--account", "1", "--email", "a@b.c")


def test_a_result_can_be_stored_and_read_again(
    biller: Biller, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = Arguments(account_number=ACCOUNT, email=LAUNDRY_EMAIL)
    for result in probe_of(biller, arguments).results():
        stored = json.loads(json.dumps(result.to_json()))
        assert StepResult.from_json(stored) == result
