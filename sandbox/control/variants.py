"""The part of the control API that makes the sandbox another Invoice Cloud than the contract's."""

from typing import Any

from sandbox.models import Capture
from sandbox.records import InvalidRow
from sandbox.variants import registry, services
from sandbox.variants.profile import wire_profile

from .endpoint import Row


def list_variants(row: Row) -> Row:
    """Returns the registry and what is on."""
    described = [
        {
            "name": variant.name,
            "summary": variant.summary,
            "contract": variant.contract,
            "copes": variant.copes,
            "group": variant.group,
            "value": variant.value,
            "contrary": variant.contrary,
        }
        for variant in registry.VARIANTS.values()
    ]
    return {"variants": described, "on": services.switched_on()}


def switch_variants(row: Row) -> Row:
    """`on`: names, or names with values; `off`: names. Returns what is on then."""
    if row.keys() - {"on", "off"}:
        raise InvalidRow("The body may contain on and off.")
    services.switch_on(named(row, "on"))
    return {"on": services.switch_off(named(row, "off"))}


def named(row: Row, key: str) -> Any:
    names = row.get(key) or []
    if not isinstance(names, list | dict):
        raise InvalidRow(f"{key} must be a list of names, or an object of names and values.")
    return names


def clear_variants(row: Row) -> None:
    services.replace_all({})


def load_capture(row: Row) -> Row:
    """The body is a capture, or `capture` together with the `profile` that reads it."""
    capture = row.get("capture", row)
    return {**services.load_capture(capture, row.get("profile"))}


def list_captures(row: Row) -> list[Row]:
    captures = Capture.objects.order_by("pk")
    return [{"operation": each.operation, "exchanges": len(each.exchanges)} for each in captures]


def forget_captures(row: Row) -> None:
    services.forget_captures()


def show_wire_profile(row: Row, *, other_origin: str) -> Row:
    """Returns the wire profile that copes with what is on or, with `?variants=a,b`, with those."""
    names = row.get("variants")
    chosen = registry.expand(names.split(",")) if names else services.switched_on()
    return wire_profile(registry.wire_of(chosen), other_origin=other_origin)
