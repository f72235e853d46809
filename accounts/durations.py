"""How long something lasts, worded the same way on all pages and in all emails."""

from datetime import timedelta
from math import ceil

from django.utils.functional import lazy
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def in_words(span: timedelta) -> str:
    """Returns “15 minutes,” “24 hours,” or “7 days”: whole days from two on; hours if they are
    whole, or more than two; else minutes. Rounded up. Its space doesn't break."""
    return _worded(span).replace(" ", "\N{NO-BREAK SPACE}")


def _worded(span: timedelta) -> str:
    span = ceil(span / MINUTE) * MINUTE
    if span >= 2 * DAY and not span % DAY:
        return ngettext("%(number)d day", "%(number)d days", span.days) % {"number": span.days}
    if span > 2 * HOUR or not span % HOUR:
        hours = ceil(span / HOUR)
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    minutes = span // MINUTE
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


in_words_lazy = lazy(in_words, str)  # for texts that are defined at import time
