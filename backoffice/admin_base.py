"""Base classes for model admin pages: who can do what, and with which rows."""

from collections.abc import Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_permission_codename
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.text import capfirst

from backoffice.navigation import Job, Tool
from backoffice.scope import billers_of
from backoffice.zones import (
    DayInput,
    MomentInput,
    column_in_own_zone,
    have_several_zones,
    use_zone_of,
)

__all__ = ["OPERATIONS", "Job", "M", "ReadOnlyModelAdmin", "ScopedModelAdmin", "Tool"]
M = TypeVar("M", bound=Model)
OPERATIONS = ("view", "add", "change", "delete")
FEW = 20  # of the records to delete, how many a page names


class ScopedModelAdmin(admin.ModelAdmin[M]):
    """Shows staff users the rows of the billers they work for, and superusers all rows.

    biller_path: lookup from a row to its biller; empty if a row can belong to several, or to none.
    operations: what can be done here at all, given the permission for it.
    permission: required for all operations, instead of Django's own permission for each.
    job: where the navigation shows the list, if not with the rest of its app.
    add_label: the button above the list, and the page to which it leads; “Add …” if empty.
    filled_by: what fills the list, which it says while it is empty. Where records can be added by
    hand, it asks the reader to do so, and only those who can add them read it.
    """

    # Not Django's text fields, whose dates a reader of the other language could turn around.
    formfield_overrides: ClassVar[Mapping[type[Any], Mapping[str, Any]]] = {
        DateField: {"widget": DayInput},
        DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
    }
    biller_path = "biller"
    operations: Collection[str] = OPERATIONS
    permission = ""
    tools: tuple[Tool, ...] = ()
    job: Job | None = None
    add_label: str | Promise = ""
    filled_by: str | Promise = ""

    def permission_for(self, operation: str) -> str | None:
        """Returns `app.codename`, or None for what no one can do here."""
        if operation not in self.operations:
            return None
        codename = get_permission_codename(operation, self.opts)
        return self.permission or f"{self.opts.app_label}.{codename}"

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._may(request, "view") or self._may(request, "change")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._may(request, "delete")

    def _may(self, request: HttpRequest, operation: str) -> bool:
        permission = self.permission_for(operation)
        return permission is not None and request.user.has_perm(permission)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else self.within(rows, billers_of(request))

    def within(self, rows: QuerySet[M], billers: QuerySet[Any]) -> QuerySet[M]:
        """Returns the rows that belong to these billers."""
        # Their keys, not a subquery: only then does the database choose the right index.
        keys = list(billers.values_list("pk", flat=True))
        return rows.filter(**{f"{self.biller_path}__in": keys})

    def biller_of(self, row: M) -> Any:
        """Returns the row's biller, or None."""
        if self.biller_path == "pk":
            return row
        return attrgetter(self.biller_path.replace("__", "."))(row) if self.biller_path else None

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> M | None:
        """Every page about one row starts here: from now on, dates are in its biller's zone."""
        row: M | None = super().get_object(request, object_id, from_field)
        if row and (biller := self.biller_of(row)):
            use_zone_of(biller)
        return row

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Returns the columns, without the biller if it is the same in every row, and with dates in
        each row's own time zone if there are several."""
        columns = super().get_list_display(request)
        billers = billers_of(request)
        if billers[:2].count() < 2:
            return [name for name in columns if name != "biller"]
        if not self.biller_path or not have_several_zones(billers):
            return list(columns)
        return [self._in_own_zone(name) for name in columns]

    def _in_own_zone(self, column: Any) -> Any:
        try:
            field = self.opts.get_field(column)
        except FieldDoesNotExist:
            return column
        if not isinstance(field, DateTimeField):
            return column
        return column_in_own_zone(field, self.biller_of)

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Each row's zone is its biller's, so the biller is always loaded with the row."""
        related = super().get_list_select_related(request)
        if isinstance(related, bool) or self.biller_path in {"", "pk"}:
            return related
        return [*related, self.biller_path]

    def heading_of(self, record: M) -> str:
        """Returns what its page is called."""
        return str(record)

    def heading_of_list(self) -> str:
        """Returns what the navigation calls the list."""
        own = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        names = [tool.label for tool in self.tools if tool.view == own]
        return str(names[0] if names else capfirst(self.opts.verbose_name_plural))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The heading is the record itself, and what it is stands below."""
        context["list_heading"] = self.heading_of_list()
        if record := kwargs.get("obj"):
            kind = capfirst(self.opts.verbose_name)
            names = {"title": self.heading_of(record), "subtitle": kind}
            context.update(names)
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context.update(self._names_of(context["object"]))
        return super().render_delete_form(request, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse):
            context = response.context_data or {}
            context.update(self._names_of(context["object"]))
        return response

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[M], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """The page of an action, such as the one that deletes, names the records as others do."""
        response = super().response_action(request, queryset, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        if records := context.get("queryset"):
            context["headings"] = [self.heading_of(record) for record in records[:FEW]]
            context["list_heading"] = self.heading_of_list()
            context["preserved_filters"] = self.get_preserved_filters(request)
        return response

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Returns the records in one list, not nested, because only the first ones are shown, and
        without those that only tie two others together: Django has no words for them."""
        nested, numbers, *others = super().get_deleted_objects(objs, request)
        ties = [model._meta for model in apps.get_models(include_auto_created=True)]
        ties = [tie for tie in ties if tie.auto_created]
        without = tuple(f"{capfirst(tie.verbose_name)}: " for tie in ties)
        records = [record for record in _flat(nested) if not record.startswith(without)]
        plurals = {tie.verbose_name_plural for tie in ties}
        counted = {name: number for name, number in numbers.items() if name not in plurals}
        return (records, counted, *others)

    def _names_of(self, record: M) -> dict[str, str]:
        return {"heading": self.heading_of(record), "list_heading": self.heading_of_list()}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The heading is what the navigation calls the list, not “Select … to view”."""
        heading = self.heading_of_list()
        context = {"title": heading, "heading": heading, "add_label": self.add_label}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found: Any = super().get_changelist_instance(request)
        is_for_reader = not self.permission_for("add") or self.has_add_permission(request)
        found.filled_by = self.filled_by if is_for_reader else ""
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": self.add_label} if self.add_label else {}
        return super().add_view(request, form_url, {**title, **(extra_context or {})})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Hidden fields can't be filtered, or they could be guessed letter by letter."""
        if lookup.split("__", maxsplit=1)[0] in (self.exclude or ()):
            return False
        return super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without Django's icons that add or change the other record in a window of its own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model._meta.label == "icsso.Biller":
            kwargs.setdefault("queryset", billers_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """For rows that belong to a biller, offers only those that the staff user can list."""
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(related, ScopedModelAdmin):
            return related.get_queryset(request)
        return super().get_field_queryset(db, db_field, request)


def _flat(nested: list[Any]) -> Iterator[Any]:
    for each in nested:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


class ReadOnlyModelAdmin(ScopedModelAdmin[M]):
    """For records of past events: they can't be added, changed, or deleted here."""

    operations = ("view",)
