"""Which billers an entry of the audit log concerns: their operators read it, and no others."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet


class Audited:
    """Before `models.Model` among the bases of what is registered with auditlog. The entries of a
    model without it are read by superusers alone."""

    path_to_biller = "biller_id"

    def get_additional_data(self) -> dict[str, Any]:
        """auditlog asks for this whenever it writes an entry."""
        return marks([attrgetter(self.path_to_biller)(self)])


def keep_log_of(model: type[Model], *, exclude: Iterable[str] = (), **options: Any) -> None:
    """Registers it with auditlog: its own fields, and not what others have that point to it."""
    from auditlog.registry import auditlog  # noqa: PLC0415  (has models of its own)

    pointing = [field.name for field in model._meta.get_fields() if not field.concrete]
    auditlog.register(model, exclude_fields=[*exclude, *pointing], **options)


def marks(billers: Iterable[int | None]) -> dict[str, Any]:
    return {_mark(pk): True for pk in billers if pk is not None}


def concerning(entries: QuerySet[Any], billers: Iterable[int]) -> QuerySet[Any]:
    keys = [_mark(pk) for pk in billers]
    return entries.filter(additional_data__has_any_keys=keys) if keys else entries.none()


def hidden(value: str) -> str:
    """In the place of a secret: that it was changed is told, and what it is or was is not."""
    return "•••" if value and value != "None" else ""


def _mark(pk: int) -> str:
    return f"biller:{pk}"
