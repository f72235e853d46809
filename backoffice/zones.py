"""Days and times on staff pages: how they are entered, and in whose time zone they are shown.

A date that belongs to a biller is shown in that biller's zone.

Staff who work for billers of one zone use that zone everywhere (`inhance.middleware`). For others,
a page about one biller uses that biller's zone, and in a list of several billers each row has its
own, with its abbreviation.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField, Model, QuerySet
from django.utils import timezone
from django.utils.formats import date_format


class DayInput(forms.DateInput):
    """The browser's own date picker, which shows every reader the order of month and day that they
    are used to, and sends the ISO form."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and a time in one field. The zone is that of the page."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def zone_names(billers: QuerySet[Any]) -> list[str]:
    return list(billers.order_by("time_zone").values_list("time_zone", flat=True).distinct())


def have_several_zones(billers: QuerySet[Any]) -> bool:
    return len(zone_names(billers)) > 1


def use_zone_of(biller: Any) -> None:
    """Shows everything in the biller's zone until the end of the request."""
    timezone.activate(biller.zone)


def moment_in_words(moment: datetime, zone: tzinfo) -> str:
    """Returns “Nov 28, 2026, 11:00 PM PST”. A line can end after the day only."""
    local = timezone.localtime(moment, zone)
    day_and_time, abbreviation = (
        date_format(local, "SHORT_DATETIME_FORMAT"),
        date_format(local, "T"),
    )
    return f"{day_and_time}\N{NO-BREAK SPACE}{abbreviation}"


def moment_here(moment: datetime) -> str:
    """Returns “Nov 28, 2026, 11:00 PM” in the zone of the page, for headings."""
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def column_in_own_zone(
    field: DateTimeField[Any, Any], biller_of: Callable[[Any], Any]
) -> Callable[[Model], str | None]:
    """Returns a column of an admin list that shows the field in the zone of each row's biller."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Model) -> str | None:
        moment = getattr(row, field.name)
        return moment_in_words(moment, biller_of(row).zone) if moment else None

    shown.__name__ = field.name  # its class in the page's HTML
    return shown
