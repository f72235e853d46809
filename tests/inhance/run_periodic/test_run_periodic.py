"""`manage.py run_periodic` as one or two real processes, and the table of what it runs."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command, get_commands
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from inhance.periodic import leases
from inhance.periodic.models import PeriodicRun
from inhance.periodic.schedule import COMMANDS
from tests.portal_process import NOT_INHERITED, ROOT, database_url, is_running

WAITS = 120  # seconds, on a machine that may be busy
Outcome = PeriodicRun.Outcome


class Place:
    """Where one or two of them run, and what is heard of them."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.told, self.log = folder / "told", folder / "log"
        self.told.touch()
        self.environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED} | {
            "DJANGO_SETTINGS_MODULE": "tests.inhance.run_periodic.settings",
            "DATABASE_URL": database_url(),
            "TELL_FILE": str(self.told),
            "TELL_SECONDS": str(seconds),
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "manage.py", "run_periodic"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(WAITS)

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.told.read_text().splitlines()]

    def runners(self) -> set[str]:
        return {runner for runner, _pid, _what in self.lines()}


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAITS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alternates(lines: list[list[str]]) -> bool:
    """Whether each run that began had ended before the next one began."""
    begun, ended = lines[::2], lines[1::2]
    return [[*line[:2], "ends"] for line in begun[: len(ended)]] == ended


@pytest.mark.production  # two machines share a PostgreSQL
@pytest.mark.django_db(transaction=True)
def test_two_of_them_never_run_a_command_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path, seconds=0.2)
    with place.running(), place.running():
        wait_for(lambda: len(place.runners()) == 2 and len(place.lines()) > 12)
    assert alternates(place.lines())
    assert len(place.lines()) % 2 == 0  # both let it come to its end


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_and_one_that_hangs_stop_no_other(tmp_path: Path) -> None:
    place = Place(tmp_path, seconds=0)
    hung = PeriodicRun.objects.filter(command="hang", outcome=Outcome.HUNG)
    with place.running():
        wait_for(hung.exists)
        before = len(place.lines())
        wait_for(lambda: len(place.lines()) > before + 2)
        wait_for(PeriodicRun.objects.filter(command="break_down", outcome=Outcome.FAILED).exists)
    log = place.log.read_text()
    assert "periodic command failed: break_down" in log
    assert "broken down" in log
    said = [json.loads(line) for line in log.splitlines() if "nearly done" in line]
    assert {line["logger"] for line in said} == {"commands.break_down"}
    assert "periodic command hangs, ended after 0:00:01: hang" in log
    assert PeriodicRun.objects.get(command="tell").outcome == Outcome.SUCCEEDED


@pytest.mark.production  # two machines share a PostgreSQL
@pytest.mark.django_db(transaction=True)
def test_what_a_killed_one_was_running_ends_before_another_begins(tmp_path: Path) -> None:
    place = Place(tmp_path, seconds=30)
    with place.running() as first:
        wait_for(place.lines)
        [[_, orphan, _]] = place.lines()
        with place.running() as second:
            first.send_signal(signal.SIGKILL)
            wait_for(lambda: len(place.lines()) == 2)
            assert not is_running(orphan)
            assert place.lines()[1][0] == str(second.pid)
            second.kill()


@pytest.mark.django_db(transaction=True)
def test_what_is_running_ends_when_its_lease_is_lost(tmp_path: Path) -> None:
    """As if its machine had lost the database for longer than the lease."""
    place = Place(tmp_path, seconds=30)
    with place.running() as process:
        wait_for(place.lines)
        [[_, pid, _]] = place.lines()
        PeriodicRun.objects.filter(command="tell").update(
            holder="another", held_until=Now() + timedelta(minutes=5)
        )
        wait_for(lambda: not is_running(pid))
        wait_for(lambda: "its lease was not renewed: tell" in place.log.read_text())
        assert process.poll() is None
    assert PeriodicRun.objects.get(command="tell").holder == "another"


@pytest.mark.django_db
def test_only_one_gets_a_lease_and_only_when_it_is_due() -> None:
    command = COMMANDS[0]
    leases.plan()
    assert {each.name for each in COMMANDS} == leases.due()
    holder = leases.take(command)
    assert leases.take(command) == ""
    assert leases.renew(holder)
    leases.give_back(holder, Outcome.SUCCEEDED)
    assert command.name not in leases.due()
    assert leases.take(command) == ""
    PeriodicRun.objects.filter(command=command.name).update(due_at=Now())
    again = leases.take(command)
    assert again
    assert not leases.renew(holder)


@pytest.mark.django_db
def test_a_lease_that_was_not_renewed_is_anybodys() -> None:
    leases.plan()
    holder = leases.take(COMMANDS[0])
    PeriodicRun.objects.update(due_at=Now(), held_until=Now())
    assert COMMANDS[0].name in leases.due()
    assert not leases.renew(holder)
    assert leases.take(COMMANDS[0])


@pytest.mark.django_db
def test_what_is_late_is_said(settings: Settings) -> None:
    with pytest.raises(CommandError, match="Late: age_checkouts, settle_changes"):
        call_command("run_periodic", "--check")
    leases.plan()
    call_command("run_periodic", "--check")
    settings.PERIODIC_COMMANDS = COMMANDS[:2]
    rows = PeriodicRun.objects.filter(command="age_checkouts")
    rows.update(succeeded_at=Now() - timedelta(minutes=44))
    call_command("run_periodic", "--check")
    long_ago = Now() - timedelta(minutes=46)
    rows.update(succeeded_at=None, planned_at=long_ago)  # however often it was tried
    with pytest.raises(CommandError, match=r"Late: age_checkouts\."):
        call_command("run_periodic", "--check")
    rows.update(succeeded_at=long_ago)
    with pytest.raises(CommandError, match=r"Late: age_checkouts\."):
        call_command("run_periodic", "--check")


def test_the_document_has_the_same_commands_and_times() -> None:
    document = (Path(portal.BASE_DIR) / "docs/production.md").read_text()
    words = {60: "every hour", 1: "every minute"}
    for command in COMMANDS:
        minutes = command.every // timedelta(minutes=1)
        often = words.get(minutes, f"every {minutes} minutes")
        assert f"| `{command.name}` | {often} |" in document
    told = re.findall(r"^\| `(\w+)[^|]*\| every ", document, re.MULTILINE)
    assert set(told) == {command.name for command in COMMANDS} | {"watch_pages"}
    assert set(told) <= set(get_commands())
