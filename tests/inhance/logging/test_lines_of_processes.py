"""Workers and periodic commands write the same lines as web processes; so does what ends one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from icsso.billers.models import Biller
from tests.portal_process import NOT_INHERITED, database_url

ROOT = Path(__file__).resolve().parents[3]
ENDS = """
import os, threading, warnings
os.environ["DJANGO_SETTINGS_MODULE"] = "inhance.settings"
import django
django.setup()
from inhance.logging.uncaught import log_what_is_uncaught
log_what_is_uncaught()
warnings.warn("old habit", UserWarning)
thread = threading.Thread(target=lambda: {}["thread"])
thread.start()
thread.join()
raise ValueError("laundry@example.com is taken")
"""


def lines_of(*command: str) -> list[dict[str, Any]]:
    """Runs it on the test's database. Both streams, whose every line has to be JSON."""
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    own = {"DATABASE_URL": database_url(), "TASKS_BACKEND": "django_tasks_db.DatabaseBackend"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=inherited | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(line["time"].endswith("+00:00") for line in lines)
    return lines


@pytest.mark.django_db(transaction=True)
def test_the_id_of_a_task_can_be_read(biller: Biller):
    queued = DBTaskResult.objects.create(
        args_kwargs={"args": ["not sealed"], "kwargs": {}},
        task_path="accounts.notifications.delivery.deliver",
        backend_name="default",
        run_after=timezone.now(),
        exception_class_path="",
        traceback="",
    )
    lines = lines_of("manage.py", "db_worker", "--batch", "--no-reload", "--no-startup-delay")
    told = [line for line in lines if line.get("task")]
    assert {line["task"].replace("-", "") for line in told} == {queued.pk.hex}
    path = "path=accounts.notifications.delivery.deliver"
    assert [line["message"] for line in told] == [
        f"Task {path} state=RUNNING",
        f"Task {path} state=FAILED",
    ]
    assert "not sealed" not in json.dumps(lines)


@pytest.mark.django_db(transaction=True)
def test_what_a_periodic_command_says_is_a_line(biller: Biller):
    (line,) = lines_of("manage.py", "take_up_mails")
    assert (line["logger"], line["level"]) == ("commands.take_up_mails", "INFO")
    assert line["message"] == "0 tasks requeued."


@pytest.mark.django_db(transaction=True)
def test_what_ends_a_process_is_a_line(biller: Biller):
    warned, thread, ended = lines_of("-c", ENDS)
    assert "old habit" in warned["message"]
    assert (thread["level"], thread["message"]) == ("ERROR", "a thread has ended")
    assert (ended["level"], ended["message"]) == ("CRITICAL", "the process ends")
    assert "ValueError" in ended["exception"]
    assert "laundry@example.com" not in ended["exception"]
