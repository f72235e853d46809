"""The fields that an audit log entry says were changed, in the reader's language and
time zone. A record that a field points to is its primary key."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField, DateTimeField
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from backoffice.roles import name_of as name_of_role
from backoffice.zones import moment_in_words

NOTHING = "–"


class Change(NamedTuple):
    name: str
    before: str
    after: str


def name_of(field: str, entry: LogEntry) -> str:
    """Returns the field's name in the reader's language; as it is stored, if it is gone."""
    return str(getattr(_field(field, entry), "verbose_name", field))


def changes_of(entry: LogEntry) -> Iterator[Change]:
    for name, change in sorted((entry.changes or {}).items()):
        field = _field(name, entry)
        before, after = _both(change, field)
        yield Change(name_of(name, entry), _in_words(before, field), _in_words(after, field))


def changes_table(entry: LogEntry) -> str:
    """Not auditlog's own table: it writes “Api key” for API key, since it puts all but the first
    letter of a name in lower case, and the names of its columns are no headers."""
    changes = list(changes_of(entry))
    return (
        render_to_string("admin/audit/changes.html", {"changes": changes}) if changes else NOTHING
    )


def _field(name: str, entry: LogEntry) -> Any:
    model = entry.content_type.model_class()
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _both(change: Any, field: Any) -> tuple[Any, Any]:
    """Returns what stood there before and after. Of several records, only those that came or went
    are kept."""
    if isinstance(change, dict):
        names = [str(each) for each in change.get("objects", ())]
        if getattr(field, "related_model", None) is Group:
            names = [name_of_role(Group(name=name)) for name in names]
        records = ", ".join(names)
        return ("", records) if change.get("operation") == "add" else (records, "")
    before, after = change
    return before, after


def _in_words(value: Any, field: Any) -> str:
    if value in {None, "None", ""}:
        return NOTHING
    if isinstance(field, BooleanField):
        return {"True": gettext("Yes"), "False": gettext("No")}.get(value, str(value))
    if field is not None and getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, DateField):
        return _day_in_words(value, field)
    return str(value)


def _day_in_words(value: Any, field: DateField[Any, Any]) -> str:
    """The entry has a time in UTC without saying so."""
    try:
        if not isinstance(field, DateTimeField):
            return date_format(date.fromisoformat(value))
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    except (TypeError, ValueError, AttributeError):
        return str(value)
    return moment_in_words(moment, timezone.get_current_timezone())
