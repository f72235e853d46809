"""Bodies of requests and rows of answers under other names than the contract's (see `profile`)."""

from collections.abc import Mapping
from typing import Any

from icsso.client.answers import value_at

Names = Mapping[str, str | None]
LISTS = {"Accounts", "Customers"}  # in the bodies of the contract


def renamed(body: Mapping[str, Any], names: Names, before: str = "") -> dict[str, Any]:
    """Returns the body under other names; names inside lists and objects are given with a dot. What
    has no name is left out."""
    sent: dict[str, Any] = {}
    for name, value in body.items():
        new = names.get(before + name, name)
        if new is not None:
            put(sent, new, _renamed_within(value, names, f"{before}{name}."))
    return sent


def _renamed_within(value: Any, names: Names, before: str) -> Any:
    if isinstance(value, Mapping):
        return renamed(value, names, before)
    if isinstance(value, list):
        return [_renamed_within(row, names, before) for row in value]
    return value


def put(body: dict[str, Any], name: str, value: object) -> None:
    """Sets a value under a dotted name, in every row of a list on the way. Raises TypeError if
    something else than an object or a list stands there."""
    parent, _, rest = name.partition(".")
    if not rest:
        body[parent] = value
        return
    inner = body.setdefault(parent, {})
    for one in inner if isinstance(inner, list) else [inner]:
        put(one, rest, value)


def rows_with(rows: object, name: str, path: str) -> object:
    """Returns the rows with the value at this path of each under another name."""
    if not isinstance(rows, list):
        return rows
    return [{**row, name: value_at(row, path)} if isinstance(row, Mapping) else row for row in rows]


def sample(names: tuple[str, ...]) -> dict[str, Any]:
    """Returns an empty body with these names."""
    body: dict[str, Any] = {}
    for name in names:
        if any(other.startswith(f"{name}.") for other in names):
            continue
        *parents, last = name.split(".")
        place = body
        for parent in parents:
            inner = place.setdefault(parent, [{}] if parent in LISTS else {})
            place = inner[0] if isinstance(inner, list) else inner
        place[last] = ""
    return body
