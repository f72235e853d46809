"""The process: SMTP, starting, refusing to start, stopping."""

import os
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests

from deploy.services import free_port
from tests.sandbox_process import MANAGE, SandboxProcess


def serve(folder: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Tries to start a sandbox that must refuse."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"ENVIRONMENT", "DEBUG"}}
    return subprocess.run(
        [sys.executable, str(MANAGE), "serve", *options],
        env={**inherited, "SANDBOX_DATABASE": str(folder / "sandbox.sqlite3"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_database_of_an_earlier_version_is_not_used(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox:
        shutil.copy(sandbox.database, tmp_path / "sandbox.sqlite3")
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as database:
        database.execute("DROP TABLE sandbox_switch")
    refused = serve(tmp_path, "--port", "0", "--smtp-port", str(free_port()))
    assert refused.returncode == 1
    assert "was made by an earlier version of the sandbox" in refused.stderr


def test_the_variants_are_listed(tmp_path: Path) -> None:
    environment = {**os.environ, "SANDBOX_DATABASE": str(tmp_path / "none.sqlite3")}
    command = [sys.executable, str(MANAGE), "variants"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "login_name (tolerant; one of the group login)" in listed.stdout
    assert "token_ends_early [60] (tolerant)" in listed.stdout


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield str(holder.getsockname()[1])


def test_mail_is_caught_with_its_links(sandbox: SandboxProcess) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Springfield Water <water@example.com>", "ana@example.com"
    mail["Subject"] = "Bestätigen Sie — confirm"
    mail.set_content("Open http://localhost:8000/accounts/verify/abc/. Thank you, Añá.")
    mail.add_alternative(
        '<p>Open <a href="http://localhost:8000/?a=1&amp;b=2">this</a></p>', subtype="html"
    )
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as server:
        server.send_message(mail)
        server.sendmail("water@example.com", ["other@example.com"], "Subject: second\r\n\r\nhello")
    [kept] = sandbox.control("GET", "/_control/api/inbox", {"to": "ana@example.com"})
    assert (kept["subject"], kept["from"]) == ("Bestätigen Sie — confirm", "water@example.com")
    assert "Thank you, Añá." in kept["text"]
    assert kept["links"] == [
        "http://localhost:8000/accounts/verify/abc/",
        "http://localhost:8000/?a=1&b=2",
    ]
    newest = sandbox.control("GET", "/_control/api/inbox")[0]
    assert newest["subject"] == "second"
    sandbox.control("DELETE", "/_control/api/inbox")
    assert sandbox.control("GET", "/_control/api/inbox") == []


@pytest.mark.parametrize(
    "environment", [{"ENVIRONMENT": "production"}, {"DEBUG": "false"}, {"DEBUG": "0"}]
)
def test_it_does_not_start_with_production_settings(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    ended = serve(tmp_path, "--port", "0", "--smtp-port", str(free_port()), **environment)
    assert ended.returncode == 1
    assert "does not start with production settings" in ended.stderr
    assert not (tmp_path / "sandbox.sqlite3").exists()


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "sandbox.example.com"])
def test_it_serves_this_machine_only(tmp_path: Path, host: str) -> None:
    ended = serve(tmp_path, "--host", host)
    assert ended.returncode == 1
    assert f"{host} is not a loopback address" in ended.stderr


def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path, taken: str) -> None:
    ended = serve(tmp_path, "--port", taken, "--smtp-port", str(free_port()))
    assert (ended.returncode, ended.stdout) == (1, "")
    expected = f"CommandError: Port {taken} is in use. Choose another with --port."
    assert ended.stderr.strip() == expected


def test_an_smtp_port_in_use_is_reported_in_one_line(tmp_path: Path, taken: str) -> None:
    ended = serve(tmp_path, "--port", "0", "--smtp-port", taken)
    assert (ended.returncode, ended.stdout) == (1, "")
    expected = f"CommandError: Port {taken} is in use. Choose another with --smtp-port."
    assert ended.stderr.strip() == expected


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_even_while_a_call_hangs(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, str(MANAGE), "serve", "--port", "0"]
    command += ["--smtp-port", str(free_port())]
    environment = {**os.environ, "SANDBOX_DATABASE": str(tmp_path / "sandbox.sqlite3")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().split()[3].rstrip(",")
        fault = {"operation": "biller_status", "kind": "hang", "seconds": 3600}
        requests.post(f"{url}/_control/api/faults", json=fault, timeout=60)
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{url}/api/v1/biller/status", timeout=0.5)
        process.send_signal(ending)
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_the_data_outlives_the_process(tmp_path: Path) -> None:
    environment = {**os.environ, "SANDBOX_DATABASE": str(tmp_path / "new" / "sandbox.sqlite3")}
    guids = []
    for _ in range(2):
        command = [sys.executable, str(MANAGE), "serve", "--port", "0"]
        command += ["--smtp-port", str(free_port())]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            url = process.stdout.readline().split()[3].rstrip(",")
            state = {"api_key": "demo-api-key-springfield-water"}
            answer = requests.get(f"{url}/_control/api/state", params=state, timeout=60).json()
            guids.append(answer["customers"][0]["guid"])
            process.terminate()
    assert guids[0] == guids[1]


def test_empty_means_without_the_demo() -> None:
    with SandboxProcess(demo=False) as empty, pytest.raises(RuntimeError, match="404"):
        empty.state()
