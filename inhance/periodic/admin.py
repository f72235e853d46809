"""Background tasks, for superusers: which is due, and what became of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from backoffice.admin_base import ReadOnlyModelAdmin
from backoffice.large_lists import LargeListModelAdmin

admin.site.unregister(DBTaskResult)
# The library's own texts, listed here so that they are collected for translation.
LIBRARYS_WORDS = (
    *(_("status"), _("enqueued at"), _("started at"), _("finished at"), _("priority")),
    *(_("args kwargs"), _("task path"), _("worker id"), _("queue name"), _("backend name")),
    *(_("run after"), _("return value"), _("exception class path"), _("traceback")),
    *(pgettext_lazy("Task", "Ready"), pgettext_lazy("Task", "Running")),
    *(pgettext_lazy("Task", "Failed"), pgettext_lazy("Task", "Successful")),
)


@admin.register(DBTaskResult)
class BackgroundTaskAdmin(  # type: ignore[misc]  # the library may ask about a record, too
    LargeListModelAdmin[Any],
    ReadOnlyModelAdmin[Any],
    DBTaskResultAdmin,
):
    """What it is and what became of it stand first; the library's list begins with a GUID."""

    filled_by = _(
        "The portal adds a task for whatever it does in the background, such as sending an email."
    )
    biller_path = ""
    list_display = (  # type: ignore[assignment]
        *("task", "status", "enqueued_at", "started_at", "finished_at"),
    )
    list_filter = ("status", "enqueued_at")  # type: ignore[assignment]

    @admin.display(description=_("task"))
    def task(self, result: Any) -> str:
        return str(result.task_name)

    def heading_of(self, record: Any) -> str:
        return str(record.task_name)

    def within(self, rows: QuerySet[Any], billers: QuerySet[Any]) -> QuerySet[Any]:
        return rows.none()  # of no biller
