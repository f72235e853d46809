"""`{% helped_accounts as helped %}`: what the dashboard shows of accounts that the member helps
with."""

from typing import Any

from django import template

from accounts.helpers.rows import rows_of, shared_with

register = template.Library()
MOST_CARDS = 5  # with more, they have a list of their own


@register.simple_tag(takes_context=True)
def helped_accounts(context: template.Context) -> dict[str, Any]:
    """No query for members who help nobody, and as many for one account as for thousands."""
    request = context["request"]
    if not request.member.has_helped:
        return {"rows": [], "is_cut": False}
    shared = list(shared_with(request.member)[: MOST_CARDS + 1])
    is_cut = len(shared) > MOST_CARDS
    return {"rows": rows_of(request, shared[:MOST_CARDS], request.biller), "is_cut": is_cut}
