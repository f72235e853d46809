"""Switches variants on and off, and says how the sandbox talks now."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from sandbox.models import Switch

from . import registry
from .wire import Wire


def switched_on() -> dict[str, Any]:
    """Returns the variants that are on, with their values."""
    return dict(Switch.objects.order_by("pk").values_list("name", "value"))


@transaction.atomic
def switch_on(names: Iterable[str] | Mapping[str, Any]) -> dict[str, Any]:
    """Switches variants on in addition to others, except those of the same group. Returns all that
    are on. Raises ValueError for a name or value that is not known."""
    chosen = switched_on()
    for name, value in registry.expand(names).items():
        chosen = registry.without_rivals(chosen, name) | {name: value}
    return replace_all(chosen)


def switch_off(names: Iterable[str]) -> dict[str, Any]:
    Switch.objects.filter(name__in=[*names]).delete()
    return switched_on()


@transaction.atomic
def replace_all(chosen: Mapping[str, Any]) -> dict[str, Any]:
    registry.wire_of(chosen)  # raises for a value that cannot be used
    Switch.objects.all().delete()
    Switch.objects.bulk_create([Switch(name=name, value=value) for name, value in chosen.items()])
    return switched_on()


def current_wire() -> Wire:
    return registry.wire_of(switched_on())
