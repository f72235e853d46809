"""A variant: one way in which Invoice Cloud may differ from the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .wire import Wire

# Whether the contract expects the portal to cope: by reading tolerantly, by asking further (which a
# wire profile can make shorter), or only with a wire profile.
Copes = Literal["tolerant", "derived", "profile"]


@dataclass(frozen=True)
class Variant:
    name: str
    summary: str  # one sentence
    contract: str  # the line of the contract that it is about
    copes: Copes
    change: Callable[[Wire, Any], Wire]
    group: str = ""  # of the variants of a group, one can be on
    value: Any = None  # the default of what can be set
    contrary: bool = True  # part of the set that turns everything around


def always(change: Callable[[Wire], Wire]) -> Callable[[Wire, Any], Wire]:
    """Turns a change without a value into one that ignores it."""
    return lambda wire, value: change(wire)
