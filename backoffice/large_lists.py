"""Admin lists that stay fast with millions of rows: an index answers every query."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from backoffice.admin_base import M, ScopedModelAdmin

MOST_COUNTED = 10_000  # rows: no one pages through more, and counting millions is slow
MOST_RELATED = 200  # rows of a related table that one search follows


class BoundedPaginator(Paginator[Any]):
    """Counts only as many rows as anyone would page through. For the rest, staff narrow the
    list."""

    most_counted = MOST_COUNTED

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class LargeListModelAdmin(ScopedModelAdmin[M]):
    """Counts and searches only as far as an index allows.

    search_fields: lookups for `filter`, exact or by prefix, each with an index.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    change_list_template = "admin/large_list.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        term = term.lower() if "@" in term else term  # as members' emails are stored
        if not term:
            return queryset, False
        found = Q(pk__in=())
        for lookup in self.get_search_fields(request):
            found |= matching(queryset.model, lookup, term)
        return queryset.filter(found), False


def matching(model: type[Model], lookup: str, term: str) -> Q:
    """Returns the condition for one search field. Related tables are queried first, separately: no
    index helps with a condition that spans two tables. A field that stores a normal form has a
    method `searched`, which returns that of the term, or "" if it has none."""
    name, _, rest = lookup.partition("__")
    field = model._meta.get_field(name)
    if field.is_relation and rest:
        related: Any = field.related_model
        known = related._base_manager.filter(matching(related, rest, term))
        if field.one_to_many:
            owners = known.order_by("-pk").values_list(field.remote_field.attname, flat=True)  # type: ignore[union-attr]
            return Q(pk__in=list(owners[:MOST_RELATED]))
        return Q(**{f"{name}__in": list(known.values_list("pk", flat=True)[:MOST_RELATED])})
    try:
        field.to_python(term)  # type: ignore[union-attr]
    except ValidationError:
        return Q(pk__in=())  # not a value of this field: an account number is not a GUID
    if searched := getattr(field, "searched", None):
        term = searched(term, is_prefix=rest == "startswith")
    return Q(**{lookup: term}) if term else Q(pk__in=())
