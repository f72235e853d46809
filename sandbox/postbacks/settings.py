"""The settings that say when, how often, and with which fields postbacks are sent."""

from typing import Any

from sandbox.models import Biller, PostbackSettings

PLACES = ["body", "query", "both"]
MOMENTS = ["before_return", "after_return", "never"]
RETURN_METHODS = ["GET", "POST"]
NAMES = ["when", "delay_seconds", "copies", "place", "return_method", "shuffle", "per_invoice"]
NAMES += ["per_account", "overrides", "retries"]
CHOICES = {"when": MOMENTS, "place": PLACES, "return_method": RETURN_METHODS}


def settings_for(biller: Biller) -> PostbackSettings:
    """Returns the biller's own settings, else those of all billers, else the defaults."""
    return PostbackSettings.objects.filter(biller=biller).first() or own_settings(None)


def own_settings(biller: Biller | None) -> PostbackSettings:
    """Returns what was saved for this biller, or for all billers (None), else the defaults."""
    return PostbackSettings.objects.filter(biller=biller).first() or PostbackSettings()


def change_settings(biller: Biller | None, changes: dict[str, Any]) -> None:
    """Changes the settings of one biller, or those of all billers that have none of their own.
    Raises ValueError for a value that is not among the choices."""
    for name, choices in CHOICES.items():
        if changes.get(name, choices[0]) not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}")
    PostbackSettings.objects.update_or_create(biller=biller, defaults=changes)


def as_dict(settings: PostbackSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in NAMES}
