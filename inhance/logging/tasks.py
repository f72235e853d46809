"""Every line that is logged while a worker runs a task has the task's ID."""

from typing import Any

from django.dispatch import receiver
from django_tasks import TaskResult
from django_tasks.signals import task_finished, task_started

from inhance.logging.json_lines import task_id


@receiver(task_started)
def _begin(sender: Any, task_result: "TaskResult[Any]", **kwargs: Any) -> None:
    task_id.set(str(task_result.id))


@receiver(task_finished)
def _end(sender: Any, **kwargs: Any) -> None:
    task_id.set("")
