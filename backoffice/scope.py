"""What a utility's staff see and do in the admin: only what belongs to the billers they are given.

Staff belong to no biller of their own; `User.billers` are those they work for. Superusers work for
all. Every ModelAdmin whose rows belong to a biller begins with `BillerScoped`.
"""

from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise


class Tool(NamedTuple):
    """A page of operators that is no list of a model; `admin.site` shows it on its first page.

    view: a name under `admin:`. permission: `app.codename`, which who may open it must have.
    """

    label: str | Promise
    view: str
    permission: str


def billers_of(request: HttpRequest) -> QuerySet[Any]:
    """Those this operator works for."""
    user: Any = request.user
    billers: QuerySet[Any] = user.managed_billers()
    return billers


class OwnBillersFilter(admin.RelatedFieldListFilter):
    """Offers no biller but the operator's own: the names of the others are none of theirs. Not
    there at all for who has one."""

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [(biller.pk, str(biller)) for biller in billers_of(request)]


class BillerScoped:
    """Before `admin.ModelAdmin` among the bases. `biller_path` leads from a row to its biller."""

    biller_path = "biller"
    tools: tuple[Tool, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if request.user.is_superuser:
            return rows
        return self.within(rows, billers_of(request))

    def within(self, rows: QuerySet[Any], billers: QuerySet[Any]) -> QuerySet[Any]:
        # Their keys, not a subquery: only so does a database know which index is the right one.
        keys = list(billers.values_list("pk", flat=True))
        return rows.filter(**{f"{self.biller_path}__in": keys})

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without a column that says the same in every row."""
        columns = super().get_list_display(request)  # type: ignore[misc]
        several = billers_of(request)[:2].count() > 1
        return [name for name in columns if several or name != "biller"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model._meta.label == "icsso.Biller":
            kwargs.setdefault("queryset", billers_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """Of what belongs to a biller, those rows alone can be chosen that have a list here."""
        related = self.admin_site._registry.get(db_field.remote_field.model)  # type: ignore[attr-defined]
        if isinstance(related, BillerScoped):
            return related.get_queryset(request)
        return super().get_field_queryset(db, db_field, request)  # type: ignore[misc]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What is not shown cannot be guessed by filtering for it either, letter by letter."""
        if lookup.split("__", maxsplit=1)[0] in (self.exclude or ()):  # type: ignore[attr-defined]
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]
