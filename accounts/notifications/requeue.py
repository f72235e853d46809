"""Requeues emails, and tasks that prepare them, whose worker was killed."""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

# Both can safely run twice. An email that was just sent is sent again, and of two links only the
# newest works; a link that never arrives would be worse. By name, because the modules that send
# links import notifications, not the other way around.
TASKS = (
    "accounts.notifications.delivery.deliver",
    "accounts.credentials.links.send_reset_link_in_background",
)
# Each takes seconds: after this long, its worker must be dead.
AFTER = timedelta(minutes=5)


def take_up(now: datetime | None = None) -> int:
    """Puts them back in the queue. Returns how many there were."""
    abandoned = DBTaskResult.objects.running().filter(
        task_path__in=TASKS,
        started_at__lt=(now or timezone.now()) - AFTER,
    )
    return abandoned.update(status=TaskResultStatus.READY)
