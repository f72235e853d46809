"""Admin lists that stay fast with millions of rows: an index answers every query."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from backoffice.admin_base import M, ScopedModelAdmin

MOST_COUNTED = 10_000  # rows: nobody pages through more, and counting all of millions takes long
MOST_RELATED = 200  # rows of another table that one search leads through


class BoundedPaginator(Paginator[Any]):
    """Counts no further than anybody would page. For a later row, staff narrow the list."""

    most_counted = MOST_COUNTED

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class LargeListModelAdmin(ScopedModelAdmin[M]):
    """Counts and searches only as far as an index carries.

    search_fields: lookups as `filter` takes them, whole or from the beginning, each with an index.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    change_list_template = "admin/large_list.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        term = term.lower() if "@" in term else term  # as members' addresses are kept
        if not term:
            return queryset, False
        found = Q(pk__in=())
        for lookup in self.get_search_fields(request):
            found |= matching(queryset.model, lookup, term)
        return queryset.filter(found), False


def matching(model: type[Model], lookup: str, term: str) -> Q:
    """Returns the condition for one search field. Another table is asked first, by itself: no
    index helps a condition that spans two tables."""
    name, _, rest = lookup.partition("__")
    field = model._meta.get_field(name)
    if field.is_relation and rest:
        related: Any = field.related_model
        known = related._base_manager.filter(matching(related, rest, term))
        return Q(**{f"{name}__in": list(known.values_list("pk", flat=True)[:MOST_RELATED])})
    try:
        field.to_python(term)  # type: ignore[union-attr]
    except ValidationError:
        return Q(pk__in=())  # not a value of this field: an account number is no GUID
    return Q(**{lookup: term})
