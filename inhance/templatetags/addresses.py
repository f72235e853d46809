"""{% own_address %}: the address of this page, as it is told to others."""

from typing import Any

from django import template

from icsso.billers.absolute_urls import own_address as address_of

register = template.Library()


@register.simple_tag(takes_context=True)
def own_address(context: dict[str, Any]) -> str:
    return address_of(context["request"])
