"""Emails, and what is done before one goes out, whose worker was killed over them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

# Both may be done twice. An email that had just gone out goes out again, and of two links the
# newest counts; a link that never comes would be worse.
# By name: those who send a link import notifications, not the other way round.
TASKS = (
    "accounts.notifications.delivery.deliver",
    "accounts.credentials.links.send_reset_link_in_background",
)
# Each takes seconds: after so long, the worker that was at it is dead.
AFTER = timedelta(minutes=5)


def take_up(now: datetime | None = None) -> int:
    """Gives them back to the queue. Gives their number."""
    abandoned = DBTaskResult.objects.running().filter(
        task_path__in=TASKS,
        started_at__lt=(now or timezone.now()) - AFTER,
    )
    return abandoned.update(status=TaskResultStatus.READY)
