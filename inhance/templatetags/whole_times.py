"""`{{ cell|whole_times }}`: in a narrow column, a line ends between a date and its time, never
within the time, such as in front of "PM"."""

import re

from django import template
from django.utils.safestring import SafeString

register = template.Library()
NO_BREAK = "\N{NO-BREAK SPACE}"
TIME = re.compile(r"\b\d{1,2}:\d\d [AP]M\b(?: [A-Z]{2,5}\b)?")  # with its time zone


@register.filter
def whole_times(html: str) -> SafeString:
    """html: finished markup, such as a cell of a list."""
    return SafeString(TIME.sub(lambda time: time[0].replace(" ", NO_BREAK), html))
