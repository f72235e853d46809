"""What a remedy returns, and the remedy that needs no further call: other names read."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from icsso.client.contract import OPERATIONS
from icsso.client.probe.reading.inference import inferred
from icsso.client.probe.reading.search import find, says_success
from icsso.client.probe.walk import Attempt, Call, Walk


class Tried(NamedTuple):
    """An attempt, where else it was tried, and what was learned, in plain sentences."""

    attempt: Attempt
    places: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()


Remedy = Callable[[Walk, Attempt, Call], Tried]


def otherwise_read(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Finds promised values under other names, and reads the same answer again."""
    if not attempt.is_answered or attempt.body is None:
        return Tried(attempt)
    name, before = attempt.operation, walk.profile
    found = find(name, attempt.body, walk.operation(name))
    reads = inferred(name, attempt.body, walk.operation(name), found, walk.asked())
    kept = {
        wanted: path for wanted, path in reads.items() if learn(walk, name, read={wanted: path})
    }
    words = [f"{wanted} is found at {path}." for wanted, path in kept.items()]
    again = walk.replay(attempt, call) if kept else attempt
    if attempt.error is None and again.error is not None:
        walk.profile = before
        return Tried(attempt)
    if again.error is None:
        words += _recognized_success(walk, attempt)
    return Tried(again, learned=tuple(words))


def _recognized_success(walk: Walk, attempt: Attempt) -> list[str]:
    """Where every answer says in a name of its own how it ended, the profile names it."""
    succeeded = says_success(attempt.body, walk.operation(attempt.operation))
    if succeeded and learn(walk, attempt.operation, succeeded=succeeded):
        return [f"Success is shown by {name}." for name in succeeded]
    return []


def learn(walk: Walk, operation: str, **parts: Any) -> bool:
    """Adds to the profile of an operation. Returns whether that is valid."""
    return walk.learn({"operations": {operation: parts}})


def map_refusals(walk: Walk, operation: str, entries: list[dict[str, Any]]) -> bool:
    """Adds to the profile what refusals mean. Returns whether that is valid."""
    before = walk.operation(operation).refused
    kept = [one.model_dump(mode="json", exclude_unset=True) for one in before]
    new = [entry for entry in entries if entry not in kept]
    return learn(walk, operation, refused=[*new, *kept])


def neighbors(walk: Walk, name: str) -> Mapping[str, Any]:
    """Returns the operations in the same folder that have not answered yet."""
    folder = OPERATIONS[name].path.rpartition("/")[0]
    return {
        other: known
        for other, known in OPERATIONS.items()
        if other != name and other not in walk.answered and known.path.rpartition("/")[0] == folder
    }
