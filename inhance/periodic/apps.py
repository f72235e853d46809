from typing import Any

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class PeriodicConfig(AppConfig):
    name = "inhance.periodic"
    label = "periodic"

    def ready(self) -> None:
        # Named like all other lists, and in both languages.
        tasks: Any = apps.get_model("django_tasks_database", "DBTaskResult")._meta
        tasks.verbose_name, tasks.verbose_name_plural = _("background task"), _("background tasks")
