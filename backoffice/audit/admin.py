"""The audit log in the admin: who did what and when, for staff of the billers concerned."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.admin_base import ReadOnlyModelAdmin, Tool
from backoffice.audit.changes import changes_table, name_of
from backoffice.audit.events import ACTIONS, Event, what_happened
from backoffice.audit.registry import concerning
from backoffice.large_lists import LargeListModelAdmin

admin.site.unregister(LogEntry)
# auditlog's own texts, listed here so that they are collected for translation.
AUDITLOGS_WORDS = (
    *(_("Audit log"), _("timestamp"), _("action"), _("Correlation ID")),
    *(_("create"), _("update"), _("delete"), _("access")),
)


class ActionFilter(admin.SimpleListFilter):
    """In the words of the list."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(int(action)), label) for action, label in ACTIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {str(int(action)) for action in ACTIONS}
        return queryset.filter(action=self.value()) if self.value() in known else queryset


class EventFilter(admin.SimpleListFilter):
    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Event.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(additional_data__event=self.value()) if self.value() else queryset


@admin.register(LogEntry)
class LogEntryAdmin(LargeListModelAdmin[LogEntry], ReadOnlyModelAdmin[LogEntry]):
    filled_by = _("The portal adds an entry for each sign-in and for each change.")
    biller_path = ""
    tools = (Tool(_("Audit log"), "auditlog_logentry_changelist", "auditlog.view_logentry"),)
    list_display = ("timestamp", "what", "who", "about", "fields_changed", "place")
    list_filter = ("timestamp", ActionFilter, EventFilter)
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr__startswith", "actor_email")
    search_help_text = _("Beginning of the record name, or the user's full email")
    fields = (
        *("timestamp", "who", "what", "about", "reason", "details", "place", "cid"),
        "changes_table",
    )
    readonly_fields = fields

    def heading_of(self, record: LogEntry) -> str:
        return f"{capfirst(self.what(record))} · {self.about(record)}"

    def within(self, rows: QuerySet[LogEntry], billers: QuerySet[Any]) -> QuerySet[LogEntry]:
        return concerning(rows, billers.values_list("pk", flat=True))

    @admin.display(description=_("user"), ordering="actor_email")
    def who(self, entry: LogEntry) -> str:
        # The email at that time. It stays when the user is deleted.
        return str(entry.actor_email or entry.actor or _("not signed in"))

    @admin.display(description=_("action"))
    def what(self, entry: LogEntry) -> str:
        return what_happened((entry.additional_data or {}).get("event"), entry.action)

    @admin.display(description=_("record"))
    def about(self, entry: LogEntry) -> str:
        return f"{entry.content_type.name}: {entry.object_repr}"

    @admin.display(description=_("reason"))
    def reason(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("reason", "")) or "–"

    @admin.display(description=_("changed fields"))
    def fields_changed(self, entry: LogEntry) -> str:
        # When a record is added or deleted, every field changes.
        is_change = entry.action == LogEntry.Action.UPDATE
        names = [name_of(field, entry) for field in sorted(entry.changes or ())]
        return ", ".join(names) if is_change else ""

    @admin.display(description=_("details"))
    def details(self, entry: LogEntry) -> str:
        """As it stood then, and before what was changed."""
        data = entry.additional_data or {}
        named = (("", data.get("details")), (gettext("before:") + " ", data.get("before")))
        rows = [
            f"{when}{name} {value}"
            for when, facts in named
            for name, value in (facts or {}).items()
        ]
        return "; ".join(rows) or "–"

    @admin.display(description=_("device and network"))
    def place(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("from", ""))

    @admin.display(description=_("changes"))
    def changes_table(self, entry: LogEntry) -> str:
        return changes_table(entry)
