"""Which billers an audit log entry concerns: only their staff read it."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet


class Audited:
    """Comes before `models.Model` among the bases of a model registered with auditlog. Entries
    about a model without it are read by superusers only."""

    path_to_biller = "biller_id"

    def get_additional_data(self) -> dict[str, Any]:
        """Returns what auditlog adds to each of its entries: the marks of the biller."""
        return marks([attrgetter(self.path_to_biller)(self)])


def keep_log_of(model: type[Model], *, exclude: Iterable[str] = (), **options: Any) -> None:
    """Registers the model with auditlog, without the relations that point to it."""
    from auditlog.registry import auditlog  # noqa: PLC0415  (has models of its own)

    pointing = [field.name for field in model._meta.get_fields() if not field.concrete]
    auditlog.register(model, exclude_fields=[*exclude, *pointing], **options)


def marks(billers: Iterable[int | None]) -> dict[str, Any]:
    """Returns the marks of these billers (primary keys), for an entry's `additional_data`."""
    return {_mark(pk): True for pk in billers if pk is not None}


def concerning(entries: QuerySet[Any], billers: Iterable[int]) -> QuerySet[Any]:
    """Returns the entries that concern at least one of these billers (primary keys)."""
    keys = [_mark(pk) for pk in billers]
    return entries.filter(additional_data__has_any_keys=keys) if keys else entries.none()


def hidden(value: str) -> str:
    """Returns what stands for a secret in the log, which says that it was changed and no more."""
    return "•••" if value and value != "None" else ""


def _mark(pk: int) -> str:
    return f"biller:{pk}"
