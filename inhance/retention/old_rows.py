"""The rows that are older than their days (`RETENTION_DAYS`), kind by kind."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import PROTECT, Exists, ManyToOneRel, Model, OuterRef, Q, QuerySet
from django_tasks_db.models import DBTaskResult

from accounts.models import (
    CredentialChange,
    StaffInvitation,
)
from backoffice.audit.events import Event
from backoffice.retention import kept_since
from payments.models import Checkout
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine


def before(model: type[Model], kind: str, field: str, **further: Any) -> QuerySet[Any]:
    return model._default_manager.filter(**{f"{field}__lt": kept_since(kind)}, **further)


def finished_tasks() -> QuerySet[Any]:
    return before(DBTaskResult, "background_tasks", "finished_at")


def ended_changes() -> QuerySet[Any]:
    return before(CredentialChange, "credential_changes", "ended_at")


def over_invitations() -> QuerySet[Any]:
    """Invitations that wait for a superuser are not over."""
    waiting = Q(revoked_at=None, confirmed_at=None) & ~Q(accepted_at=None)
    return before(StaffInvitation, "staff_invitations", "invited_at").exclude(waiting)


def old_lists() -> QuerySet[Any]:
    """Lists that are matched or withdrawn: their cells are not read again."""
    return before(Reconciliation, "list_cells", "uploaded_at").exclude(
        matched_at=None, withdrawn_at=None
    )


def old_cells() -> QuerySet[Any]:
    return ReconciliationLine.objects.filter(reconciliation__in=old_lists()).exclude(cells=[])


def about_money() -> Q:
    """Entries that record who added, withdrew, decided, or posted something that is kept."""
    return Q(content_type__in=ContentType.objects.filter(app_label__in=("payments", "posting")))


def old_entries() -> QuerySet[Any]:
    """Entries that are the only proof that data was exported or erased."""
    proving = Q(additional_data__event__in=[Event.EXPORTED, Event.ERASED, Event.CLOSED])
    others = Q(additional_data__event__isnull=True) | ~proving  # no event: it is not `~proving`
    return before(LogEntry, "audit_log", "timestamp").filter(others).exclude(about_money())


def never_paid() -> QuerySet[Any]:
    """Checkouts that nothing kept refers to: no payment, no postback, no line of a list."""
    return unreferenced(before(Checkout, "checkouts_never_paid", "created_at"))


def unreferenced(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Returns the rows that no other row refers to, so that deleting them deletes nothing else."""
    for relation in rows.model._meta.related_objects:
        if isinstance(relation, ManyToOneRel) and relation.on_delete is PROTECT:
            pointing = relation.related_model._base_manager
            here = pointing.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(here))
    return rows
