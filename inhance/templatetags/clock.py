"""Times of day within a sentence, and times of several billers on one page."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import ngettext

from backoffice.zones import moment_in_words

register = template.Library()


@register.filter
def at_time(moment: datetime) -> str:
    """Returns “at 1:05 PM” in the current zone. Spanish says “a la 1:05”, but “a las 2:05”."""
    local = timezone.localtime(moment)
    # Translators: the singular is for times from 1:00 to 1:59.
    words = ngettext("at %(time)s", "at %(time)s", local.hour % 12 or 12)
    return words % {"time": time_format(local, "TIME_FORMAT")}


@register.filter
def with_zone(words: str, moment: datetime) -> str:
    """words: the moment, or its time of day, as the page writes it. Returns “Nov 28, 2026, 11:00 PM
    PST”; the space before the zone doesn't break."""
    return f"{words}\N{NO-BREAK SPACE}{date_format(timezone.localtime(moment), 'T')}"


@register.filter
def in_zone_of(moment: datetime | None, biller: Any) -> str:
    """In the biller's zone; empty without a moment."""
    return moment_in_words(moment, biller.zone) if moment else ""
