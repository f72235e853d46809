"""Fresh emails go first: someone is waiting in front of the page for them.

After an outage, thousands of emails may be due at once. Workers take the highest priority first,
so whatever was retried or has waited for a minute gets a lower one than what was just queued.
"""

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone
from django_tasks.base import DEFAULT_TASK_PRIORITY
from django_tasks_db.models import DBTaskResult
from redis.exceptions import RedisError

# Emails have a queue and workers of their own, so that a mail server that hangs delays no import,
# and a long import delays no email.
QUEUE = "emails"
# Emails, and tasks that prepare them. By name, because the modules that send links import
# notifications, not the other way around.
TASKS = (
    "accounts.notifications.delivery.deliver",
    "accounts.credentials.links.send_reset_link_in_background",
    "accounts.staff.invitations.send_again_in_background",
)
BACKLOG = -50  # priority, below the default
FRESH = timedelta(minutes=1)
LOOKED = "notifications:backlog-looked-at"
LOOK_AGAIN = 15  # seconds


def let_fresh_emails_pass(age: timedelta) -> int:
    """If this email is late, puts all late emails behind the fresh ones. Returns how many; 0 if
    Redis is unavailable, because sending an email must not depend on it."""
    try:
        if age < FRESH or not cache.add(LOOKED, True, LOOK_AGAIN):
            return 0
    except RedisError:
        return 0
    late = DBTaskResult.objects.ready().filter(
        task_path__in=TASKS,
        priority=DEFAULT_TASK_PRIORITY,
        enqueued_at__lt=timezone.now() - FRESH,
    )
    return late.update(priority=BACKLOG)
