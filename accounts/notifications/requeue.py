"""Requeues emails, and tasks that prepare them, whose worker was killed.

Both can safely run twice. If the worker was killed between the mail server's acceptance and its own
record of it, the email is sent again with the same Message-ID, and of two links only the newest
works; a link that never arrives would be worse.
"""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.notifications.backlog import TASKS

# Each takes seconds: after this long, its worker must be dead.
AFTER = timedelta(minutes=5)


def take_up(now: datetime | None = None) -> int:
    """Puts them back in the queue. Returns how many there were."""
    abandoned = DBTaskResult.objects.running().filter(
        task_path__in=TASKS,
        started_at__lt=(now or timezone.now()) - AFTER,
    )
    return abandoned.update(status=TaskResultStatus.READY)
