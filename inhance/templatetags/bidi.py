"""Customers' names and numbers side by side, whatever the script (see `backoffice.bidi`).

`{{ link.title|isolate }}` and `{{ account.account_number|isolate_number }}` in HTML;
`{{ link.title|isolate_text }}` in a title or an attribute, where no markup is possible.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.bidi import isolated, reorders

register = template.Library()


@register.filter
def isolate(text: object) -> SafeString | str:
    words = str(text)
    return format_html("<bdi>{}</bdi>", words) if reorders(words) else words


@register.filter
def isolate_number(number: object) -> SafeString | str:
    """A number of letters and digits alone has only one order."""
    said = str(number)
    return said if said.isalnum() else format_html('<bdi dir="ltr">{}</bdi>', said)


@register.filter
def isolate_text(text: object) -> str:
    return isolated(str(text))
