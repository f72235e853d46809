"""Customers' names and numbers side by side, whatever the script (see `backoffice.bidi`).

`{{ link.title|isolate }}` and `{{ account.account_number|isolate_number }}` in HTML;
`{{ link.title|isolate_text }}` in a title or an attribute, where no markup is possible.
`{{ helper.email|isolate_email }}` stays on one line, unless it is longer than that.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.bidi import isolated, isolated_in_html, isolated_number_in_html

register = template.Library()


@register.filter
def isolate(text: object) -> SafeString | str:
    return isolated_in_html(str(text))


@register.filter
def isolate_number(number: object) -> SafeString | str:
    return isolated_number_in_html(str(number))


@register.filter
def isolate_email(email: object) -> SafeString:
    return format_html('<bdi class="email">{}</bdi>', email)


@register.filter
def isolate_text(text: object) -> str:
    return isolated(str(text))
