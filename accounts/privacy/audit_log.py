"""Takes a person out of the audit log: what was done, by whom, and when stays."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from accounts.models import Member
from accounts.privacy.addresses import own_objects
from backoffice.exports.files import in_batches, one_by_one

ERASED = "erased"
BATCH = 500


def erase_from_log(member: Member) -> None:
    """Call it before the member is deleted."""
    objects = own_objects(member)
    about = ["object_repr", "changes_text", "serialized_data", "changes", "additional_data"]
    for kind, keys in objects.items():
        for some in in_batches(keys, BATCH):
            of_these = LogEntry.objects.filter(content_type=kind, object_pk__in=some)
            for entries in _in_batches(of_these):
                for entry in entries:
                    _take_out(entry)
                LogEntry.objects.bulk_update(entries, about)
            # Django's own log of changes made in the admin.
            history = AdminEntry.objects.filter(content_type=kind, object_id__in=some)
            history.update(object_repr=ERASED, change_message="")
    _erase_actor(member)


def _erase_actor(member: Member) -> None:
    by = ["actor_email", "remote_addr", "remote_port", "additional_data"]
    for entries in _in_batches(LogEntry.objects.filter(actor=member.pk)):
        for entry in entries:
            entry.actor_email, entry.remote_addr, entry.remote_port = ERASED, None, None
            data = entry.additional_data or {}
            entry.additional_data = {name: data[name] for name in data if name != "from"}
        LogEntry.objects.bulk_update(entries, by)


def _in_batches(entries: QuerySet[LogEntry]) -> Iterator[list[LogEntry]]:
    return in_batches(one_by_one(entries), BATCH)


def _take_out(entry: LogEntry) -> None:
    entry.object_repr, entry.changes_text, entry.serialized_data = ERASED, "", None
    entry.changes = {name: [ERASED, ERASED] for name in entry.changes or ()} or None
    if entry.additional_data and "reason" in entry.additional_data:
        entry.additional_data["reason"] = ERASED  # somebody's words about the person


def clean_entries(model: type[Model], keys: Iterable[int], clean: Callable[[str], str]) -> None:
    """Takes words out of the entries about records that stay. clean: returns a text without."""
    kind = ContentType.objects.get_for_model(model)
    for some in in_batches(map(str, keys), BATCH):
        entries = LogEntry.objects.filter(content_type=kind, object_pk__in=some)
        for batch in _in_batches(entries):
            for entry in batch:
                entry.object_repr = clean(entry.object_repr)
                entry.changes_text, entry.serialized_data = "", None
                entry.changes = _cleaned(entry.changes, clean)
                entry.additional_data = _cleaned(entry.additional_data, clean)
            names = ["object_repr", "changes_text", "serialized_data", "changes", "additional_data"]
            LogEntry.objects.bulk_update(batch, names)


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Returns JSON with its texts cleaned, and its keys as they are."""
    if isinstance(value, dict):
        return {name: _cleaned(each, clean) for name, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each, clean) for each in value]
    return clean(value) if isinstance(value, str) else value
