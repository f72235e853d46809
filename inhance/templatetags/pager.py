"""`{% pager page %}`: links to the previous and next pages, which keep the search."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import Context

register = template.Library()


FEW = 3  # pages; with fewer, nobody needs to jump


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(
    context: Context, page: "Page[Any]", parameter: str = "page", *, jump: bool = False
) -> dict[str, Any]:
    """parameter: the query parameter for the page number, for URLs with two lists. jump: offers any
    page by its number."""
    asked = context["request"].GET

    def address(number: int) -> str:
        query = asked.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
        "jump": jump and page.paginator.num_pages > FEW,
        "parameter": parameter,
        "kept": [(name, value) for name, value in asked.items() if name != parameter],
    }
