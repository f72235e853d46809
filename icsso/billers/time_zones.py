"""A biller's time zone, in which all its dates are shown, and which decides what "today" is."""

import logging
from contextlib import AbstractContextManager
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icsso.client.wire.parts import known_zones

logger = logging.getLogger(__name__)

UNITED_STATES: dict[str, Promise] = {
    "America/New_York": _("Eastern (New York)"),
    "America/Chicago": _("Central (Chicago)"),
    "America/Denver": _("Mountain (Denver)"),
    "America/Phoenix": _("Arizona (Phoenix)"),
    "America/Los_Angeles": _("Pacific (Los Angeles)"),
    "America/Anchorage": _("Alaska (Anchorage)"),
    "Pacific/Honolulu": _("Hawaii (Honolulu)"),
    "America/Puerto_Rico": _("Puerto Rico (San Juan)"),
    "Pacific/Guam": _("Guam"),
}
NOT_PLACES = {"Factory", "localtime"}  # names without a distinct meaning

Choice = tuple[str, str | Promise]


def choices() -> list[tuple[Promise, list[Choice]]]:
    """Returns the zones to choose from: those of the United States first, then all others."""
    others = sorted(known_zones() - UNITED_STATES.keys() - NOT_PLACES)
    return [
        (_("United States"), list(UNITED_STATES.items())),
        (_("Other"), [(name, name.replace("_", " ")) for name in others]),
    ]


def zone_label(name: str) -> str:
    return str(UNITED_STATES.get(name, name.replace("_", " ")))


def default_name() -> str:
    return str(settings.TIME_ZONE)


def zone_named(name: str) -> ZoneInfo:
    """Returns the zone. If this server doesn't know it, returns the portal's: no page may fail."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        logger.exception("time zone not known on this server", extra={"time_zone": name})
        return ZoneInfo(settings.TIME_ZONE)


class HasTimeZone(models.Model):
    """Its zone is used in every request at its host names (`BillerMiddleware`) and in its emails.
    Other code that shows a date or needs today uses `in_zone` or `today`."""

    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        choices=choices,
        default=default_name,
        help_text=_(
            "Customers and staff see every date and time in this time zone. It also decides which "
            "bills are due today and which are overdue."
        ),
    )

    class Meta:
        abstract = True

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.time_zone)

    def in_zone(self) -> AbstractContextManager[None]:
        """Within this context, dates are shown in the zone."""
        return timezone.override(self.zone)

    def today(self) -> date:
        return timezone.localdate(timezone=self.zone)
