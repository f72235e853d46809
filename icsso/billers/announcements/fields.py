"""Times that staff enter in local time. Once a year an hour is skipped, and once an hour occurs
twice."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import get_current_timezone, override
from django.utils.translation import gettext as _

# Parsed in this zone, a time stays as it was entered.
WALL = timezone(timedelta(0), "wall")


class Beginning(forms.DateTimeField):
    """In an hour that occurs twice, takes the first: better to announce too long than too
    short."""

    fold = 0

    def to_python(self, value: Any) -> datetime | None:
        with override(WALL):
            typed = super().to_python(value)
        if typed is None or typed.tzinfo is not WALL:
            return typed
        moment = typed.replace(tzinfo=get_current_timezone(), fold=self.fold).astimezone(UTC)
        shown = moment.astimezone(get_current_timezone())
        if shown.replace(tzinfo=None) != typed.replace(tzinfo=None):
            raise ValidationError(_("This time doesn't exist because the clocks spring forward."))
        return moment


class End(Beginning):
    """In an hour that occurs twice, takes the second."""

    fold = 1
