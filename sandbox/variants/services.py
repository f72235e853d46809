"""Switches variants on and off, and says how the sandbox talks now."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from sandbox.models import Capture, Switch

from . import captures, registry
from .operations import OPERATIONS
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
    """Returns the wire with the variants that are on and the captures that are loaded."""
    wire = registry.wire_of(switched_on())
    for capture in Capture.objects.all():
        wire = captures.imitate(wire, capture.operation, capture.exchanges, capture.profile)
    return wire


@transaction.atomic
def load_capture(content: Any, profile: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """Lets each captured operation answer as it did there. With the wire profile that reads the
    capture, names that the contract does not have are understood as well. Returns the operations
    that are imitated, and those that are not. Raises ValueError if it is not a capture."""
    exchanges = captures.by_operation(content)
    operations = (profile or {}).get("operations") or {}
    known = [name for name in exchanges if name in OPERATIONS]
    forget_captures()
    for name in known:
        Capture.objects.create(
            operation=name, exchanges=exchanges[name], profile=operations.get(name) or {}
        )
    current_wire()  # raises for what cannot be imitated
    return {"imitated": known, "ignored": [name for name in exchanges if name not in known]}


def forget_captures() -> None:
    Capture.objects.all().delete()
