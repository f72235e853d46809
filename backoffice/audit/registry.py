"""Which billers an audit log entry concerns: only their staff can read it."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet


class Audited:
    """Put it before `models.Model` in the bases of a model registered with auditlog. Without it,
    only superusers can read entries about the model.

    The log keeps `str(record)` and finds records by it, so it must be the same in every language.
    What pages show is the admin's `heading_of`.
    """

    path_to_biller = "biller_id"

    def get_additional_data(self) -> dict[str, Any]:
        """Returns what auditlog adds to each entry: the marks of the biller."""
        return marks([attrgetter(self.path_to_biller)(self)])


def keep_log_of(model: type[Model], *, exclude: Iterable[str] = (), **options: Any) -> None:
    """Registers the model with auditlog, without relations pointing to it."""
    from auditlog.registry import auditlog  # noqa: PLC0415  (has its own models)

    pointing = [field.name for field in model._meta.get_fields() if not field.concrete]
    auditlog.register(model, exclude_fields=[*exclude, *pointing], **options)


def marks(billers: Iterable[int | None]) -> dict[str, Any]:
    """Returns the marks of these billers (primary keys), for an entry's `additional_data`."""
    return {_mark(pk): True for pk in billers if pk is not None}


def concerning(entries: QuerySet[Any], billers: Iterable[int | None]) -> QuerySet[Any]:
    """Returns the entries that concern at least one of these billers (primary keys)."""
    keys = [_mark(pk) for pk in billers if pk is not None]
    return entries.filter(additional_data__has_any_keys=keys) if keys else entries.none()


def hidden(value: str) -> str:
    """Returns a placeholder for a secret in the log, which shows only that it changed."""
    return "•••" if value and value != "None" else ""


def _mark(pk: int) -> str:
    return f"biller:{pk}"
