"""Emails have a queue and workers of their own."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.credentials.links import send_reset_link
from accounts.notifications import backlog, requeue
from icsso.billers.models import Biller
from payments.postbacks.tasks import read_all_again
from tests.accounts.notifications.mail_server import SILENT, MailServer
from tests.accounts.notifications.test_queue import make_older, notify
from tests.workers import WORKERS


@pytest.fixture(autouse=True)
def queue(settings: Settings) -> None:
    settings.TASKS = WORKERS


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_hangs_holds_up_no_other_work(
    biller: Biller, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer({"connect": SILENT}) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.2
        email = notify(biller, "ana@example.com")
        send_reset_link(RequestFactory().get("/"), biller=biller, email="ana@example.com")
        read_all_again.enqueue(biller.pk)
        work_off("default")
        left = DBTaskResult.objects.filter(status="READY")
        assert {task.queue_name for task in left} == {"emails"}
        assert (left.count(), DBTaskResult.objects.filter(status="SUCCESSFUL").count()) == (2, 1)
        work_off("emails")
        email.refresh_from_db()
        assert email.status == "FAILED"  # for now: its next attempt waits


def work_off(queue: str) -> None:
    """What `manage.py db_worker --batch` does, apart from catching signals."""
    Worker(
        queue_names=[queue],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    ).run()


@pytest.mark.parametrize("path", backlog.TASKS)
def test_whatever_sends_emails_is_in_their_queue(path: str) -> None:
    assert import_string(path).queue_name == backlog.QUEUE


def test_emails_that_no_worker_takes_are_reported(
    biller: Biller, caplog: pytest.LogCaptureFixture
) -> None:
    task = notify(biller, "ana@example.com")
    call_command("take_up_mails")
    assert caplog.records == []
    make_older(task, by=2 * requeue.SERVED_WITHIN)
    call_command("take_up_mails")
    assert "1 emails wait" in caplog.text
    caplog.clear()
    DBTaskResult.objects.update(run_after=timezone.now() + timedelta(hours=1))  # a retry
    call_command("take_up_mails")
    assert caplog.records == []
