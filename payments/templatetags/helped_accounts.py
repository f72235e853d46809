"""`{% helped_accounts as helped %}`: the dashboard's part about accounts of others."""

from typing import Any

from django import template

from accounts.helpers.rows import rows_of, shared_with

register = template.Library()
MOST_CARDS = 5  # more than these are on a page of their own


@register.simple_tag(takes_context=True)
def helped_accounts(context: template.Context) -> dict[str, Any]:
    """No query for members who help nobody; the same number for one account or thousands."""
    request = context["request"]
    if not request.member.has_helped:
        return {"rows": [], "is_cut": False}
    shared = list(shared_with(request.member)[: MOST_CARDS + 1])
    is_cut = len(shared) > MOST_CARDS
    return {"rows": rows_of(request, shared[:MOST_CARDS], request.biller), "is_cut": is_cut}
