"""Times of day within a sentence."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def at_time(moment: datetime) -> str:
    """Returns “at 1:05 PM” in the portal's zone. Spanish says “a la 1:05”, but “a las 2:05”."""
    local = timezone.localtime(moment)
    # Translators: the singular is for times from 1:00 to 1:59.
    words = ngettext("at %(time)s", "at %(time)s", local.hour % 12 or 12)
    return words % {"time": time_format(local, "TIME_FORMAT")}
