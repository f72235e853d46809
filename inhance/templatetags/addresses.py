"""{% own_address %}: the URL of this page, as it is given to others.

`{{ payment.pk|page_of:"payments_payment_change" }}`: the address of a staff page about a record.
"""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from backoffice.navigation import address_of_record
from icsso.billers.absolute_urls import own_address as address_of

register = template.Library()


@register.simple_tag(takes_context=True)
def own_address(context: dict[str, Any]) -> str:
    return address_of(context["request"])


@register.filter
def page_of(key: int | str, view: str) -> SafeString:
    """key: the record's primary key. view: the URL name under `admin:`."""
    return SafeString(address_of_record(view, key))
