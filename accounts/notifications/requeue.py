"""Requeues emails, tasks that prepare them, and other tasks whose worker was killed or whose
database was unavailable.

All can safely run twice. If the worker was killed between the mail server's acceptance and its own
record of it, the email is sent again with the same Message-ID, and of two links only the newest
works; a link that never arrives would be worse.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.notifications.backlog import QUEUE, TASKS

# A task that failed so has queued no retry (`delivery.deliver`).
DATABASE_AWAY = ("django.db.utils.OperationalError", "django.db.utils.InterfaceError")
AWAY_FOR = timedelta(days=2)  # an older one is of no use to anybody

# Each takes seconds: after this long, its worker must be dead.
AFTER = timedelta(minutes=5)
# By name, as `TASKS`. A list that is being matched is claimed for ten minutes.
OTHERS = (
    "posting.webhooks.tasks.send_soon",
    "payments.reconciliation.matching.match_in_background",
)
OTHERS_AFTER = timedelta(minutes=15)
SERVED_WITHIN = timedelta(minutes=15)


def take_up(now: datetime | None = None) -> int:
    """Puts these tasks back in the queue. Returns how many there were."""
    now = now or timezone.now()
    abandoned = DBTaskResult.objects.running().filter(
        Q(task_path__in=TASKS, started_at__lt=now - AFTER)
        | Q(task_path__in=OTHERS, started_at__lt=now - OTHERS_AFTER)
    )
    failed = DBTaskResult.objects.filter(
        # Others are claimed for a while, and would do nothing.
        Q(task_path__in=TASKS) | Q(task_path__in=OTHERS, finished_at__lt=now - OTHERS_AFTER),
        status=TaskResultStatus.FAILED,
        exception_class_path__in=DATABASE_AWAY,
        finished_at__gt=now - AWAY_FOR,
    )
    again = failed.update(
        status=TaskResultStatus.READY, finished_at=None, exception_class_path="", traceback=""
    )
    return again + abandoned.update(status=TaskResultStatus.READY)


def late_emails() -> int:
    """Returns how many have been due for so long that no worker seems to serve their queue."""
    long_ago = timezone.now() - SERVED_WITHIN
    at_once = Q(run_after=get_date_max(), enqueued_at__lt=long_ago)
    due = at_once | Q(run_after__lt=long_ago)
    return DBTaskResult.objects.ready().filter(due, queue_name=QUEUE).count()
