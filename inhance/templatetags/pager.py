"""`{% pager page %}`: links to the pages before and after this one, which keep the search."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import Context

register = template.Library()


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: Context, page: "Page[Any]", parameter: str = "page") -> dict[str, Any]:
    """parameter: the query parameter for the page number, for URLs with two lists."""

    def address(number: int) -> str:
        query = context["request"].GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }
