"""{% own_address %}: the URL of this page, as it is given to others."""

from typing import Any

from django import template

from icsso.billers.absolute_urls import own_address as address_of

register = template.Library()


@register.simple_tag(takes_context=True)
def own_address(context: dict[str, Any]) -> str:
    return address_of(context["request"])
