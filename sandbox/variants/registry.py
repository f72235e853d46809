"""All variants, in the order in which they change the wire."""

from collections.abc import Iterable, Mapping
from typing import Any

from . import answers, behavior, failures, postbacks, requests, values
from .wire import Variant, Wire, contract

VARIANTS: Mapping[str, Variant] = {
    variant.name: variant
    for module in (requests, answers, values, failures, behavior, postbacks)
    for variant in module.VARIANTS
}
CONTRARY = "contrary"


def contrary() -> dict[str, Any]:
    """Returns the set that turns everything around, with the values: of each group one."""
    return {name: variant.value for name, variant in VARIANTS.items() if variant.contrary}


def expand(names: Iterable[str] | Mapping[str, Any]) -> dict[str, Any]:
    """Returns the variants with their values: those given, or the default ones. The name `contrary`
    stands for its set, from which another variant takes its place in a group, and a name with a
    minus sign is left out. Raises ValueError for an unknown name, and for two of a group."""
    given = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names)
    left_out = {name[1:]: given.pop(name) for name in [*given] if name.startswith("-")}
    unknown = (given.keys() | left_out.keys()) - {CONTRARY, *VARIANTS}
    if unknown:
        known = ", ".join([CONTRARY, *VARIANTS])
        raise ValueError(f"unknown variants: {', '.join(sorted(unknown))}; there are {known}")
    chosen = contrary() if CONTRARY in given else {}
    given.pop(CONTRARY, None)
    groups = [VARIANTS[name].group for name in given if VARIANTS[name].group]
    if len(groups) > len(set(groups)):
        raise ValueError("only one variant of a group can be on")
    for name, value in given.items():
        chosen = without_rivals(chosen, name)
        chosen[name] = VARIANTS[name].value if value is None else value
    return {name: value for name, value in chosen.items() if name not in left_out}


def without_rivals(chosen: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns the variants without those of the same group."""
    group = VARIANTS[name].group
    return {n: v for n, v in chosen.items() if not group or VARIANTS[n].group != group}


def wire_of(chosen: Mapping[str, Any]) -> Wire:
    wire = contract()
    for name, variant in VARIANTS.items():
        if name in chosen:
            wire = variant.change(wire, chosen[name])
    return wire
