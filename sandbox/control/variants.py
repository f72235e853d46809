"""The part of the control API that makes the sandbox another Invoice Cloud than the contract's."""

from typing import Any

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


def show_wire_profile(row: Row, *, other_origin: str) -> Row:
    """Returns the wire profile that copes with what is on or, with `?variants=a,b`, with those."""
    names = row.get("variants")
    chosen = registry.expand(names.split(",")) if names else services.switched_on()
    return wire_profile(registry.wire_of(chosen), other_origin=other_origin)
