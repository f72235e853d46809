"""A worker finds what is due, however many emails wait to be tried again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.notifications.backlog import BACKLOG, TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.production]
WAITING = 5_000


def test_what_waits_is_not_read_to_find_what_is_due() -> None:
    later = timezone.now() + timedelta(hours=1)
    DBTaskResult.objects.bulk_create(
        DBTaskResult(
            args_kwargs={},
            priority=BACKLOG,
            task_path=TASKS[0],
            backend_name="default",
            run_after=later,
        )
        for _ in range(WAITING)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE django_tasks_database_dbtaskresult")
    plan = DBTaskResult.objects.ready()[:1].explain(analyze=True)
    assert "tasks_due" in plan
    assert "Rows Removed by Filter" not in plan
