"""What is tried when an answer cannot be used: another path, other names sent, other names read.

Each remedy is tried once, in a small documented list, and kept only if the answer becomes better.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from icsso.client.contract import OPERATIONS
from icsso.client.errors import InvoiceCloudRejected
from icsso.client.probe.exchanges import NOT_JSON, Exchange
from icsso.client.probe.reading.inference import inferred, resembles
from icsso.client.probe.reading.search import find
from icsso.client.probe.reading.wordings import reason_of
from icsso.client.probe.walk import Attempt, Call, Walk

NO_SUCH_PLACE = {404, 405, 410, 501}
SECRET_SENT = {"Password", "NewPassword", "RemoteAuthenticationToken"}
NAME_IN_REASON = re.compile(r"\b[A-Za-z][A-Za-z_]{2,40}\b")
# Names that other services send for the contract's; tried when a refusal names none.
ALSO_SENT: Mapping[str, tuple[str, ...]] = {
    "EmailAddress": ("Email", "LoginName", "UserName"),
    "AccountNumber": ("AccountNo", "Account"),
}


class Tried(NamedTuple):
    """An attempt, and what was tried to make it one: for the words of the report."""

    attempt: Attempt
    paths: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()


def is_nowhere(attempt: Attempt) -> bool:
    """Whether there seems to be nothing at the operation's path."""
    main = attempt.main
    return main is not None and main.status in NO_SUCH_PLACE and not is_answered(attempt)


def is_answered(attempt: Attempt) -> bool:
    main = attempt.main
    return main is not None and main.status is not None and 200 <= main.status < 300


def elsewhere(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Tries other paths and methods."""
    name, tried = attempt.operation, []
    before = walk.profile
    for method, path in _places(walk, name):
        tried.append(f"{method} {path}")
        if not walk.learn({"operations": {name: {"method": method, "path": path}}}):
            continue
        other = walk.attempt(name, call)
        if other.main is not None and _is_place(other.main):
            _same_for_neighbors(walk, name, method, path)
            return Tried(other, tuple(tried), (f"It answers at {method} {path}.",))
        walk.profile = before
    return Tried(attempt, tuple(tried))


def _places(walk: Walk, name: str) -> Iterator[tuple[str, str]]:
    """The small list: the contract's own place, the other method, lower case, other versions."""
    known, now = OPERATIONS[name], walk.operation(name)
    method, path = known.method, known.path
    other = "POST" if method == "GET" else "GET"
    methods = [method] if SECRET_SENT & set(known.sends) else [method, other]
    lower = re.sub(r"(?<![{\w])[A-Za-z/0-9]+", lambda part: part[0].lower(), path)
    bare = path.removeprefix("/api/v1")
    paths = [path, lower, bare, f"/api{bare}", f"/api/v2{bare}", f"/v1{bare}", f"/api/v1.0{bare}"]
    seen = {(now.method or method, now.path or path)}
    for place in ((one, where) for where in paths for one in methods):
        if place not in seen:
            seen.add(place)
            yield place


def _is_place(exchange: Exchange) -> bool:
    is_there = exchange.status is not None and exchange.status not in {*NO_SUCH_PLACE, 500, 502}
    return is_there and exchange.body is not NOT_JSON


def _same_for_neighbors(walk: Walk, name: str, method: str, path: str) -> None:
    """What holds for one path holds for those beside it: they are tried at the same place first,
    and those that only `--write` calls are assumed to be there."""
    known = OPERATIONS[name]
    for other, neighbor in OPERATIONS.items():
        if other == name or _folder(neighbor.path) != _folder(known.path):
            continue
        if walk.operation(other).path is None and path != known.path:
            moved = _moved(known.path, path, neighbor.path)
            if moved:
                walk.learn({"operations": {other: {"path": moved}}})


def _moved(was: str, now: str, path: str) -> str:
    """Returns the neighbor's path with the same change."""
    if now == was.lower():
        return path.lower()
    old, new = was.rpartition("/")[0], now.rpartition("/")[0]
    return new + path.removeprefix(old) if path.startswith(old) else ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def otherwise_sent(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Tries other names for what is sent, as a refusal's reason names them."""
    if not isinstance(attempt.error, InvoiceCloudRejected) or attempt.main is None:
        return Tried(attempt)
    before = walk.profile
    for name, sent in _other_names(walk, attempt):
        walk.learn({"operations": {attempt.operation: {"send": {name: sent}}}})
        other = walk.attempt(attempt.operation, call)
        if other.error is None:
            _same_names_for_neighbors(walk, attempt.operation, name, sent)
            return Tried(other, learned=(f"{name} is sent as {sent}.",))
        walk.profile = before
    return Tried(attempt)


def _other_names(walk: Walk, attempt: Attempt) -> Iterator[tuple[str, str]]:
    body = attempt.main.sent if attempt.main else None
    sent = [name for name in OPERATIONS[attempt.operation].sends if isinstance(body, Mapping)]
    sent = [name for name in sent if name in (body or {})]
    named = _named_in(reason_of(attempt.body), walk)
    for name in sent:
        for word in named:
            if word.lower() != name.lower() and resembles(name, word):
                yield name, word
    if not named and attempt.operation != "remote_authentication":  # would count as failures
        for name in sent:
            yield from ((name, other) for other in ALSO_SENT.get(name, ()))


def _named_in(reason: str, walk: Walk) -> list[str]:
    """Words of a reason that could be names of fields: no words of what was asked."""
    private = walk.private_words()
    words = NAME_IN_REASON.findall(reason)
    return [word for word in dict.fromkeys(words) if word.lower() not in private]


def _same_names_for_neighbors(walk: Walk, operation: str, name: str, sent: str) -> None:
    folder = _folder(OPERATIONS[operation].path)
    for other, neighbor in OPERATIONS.items():
        if other != operation and _folder(neighbor.path) == folder and name in neighbor.sends:
            walk.learn({"operations": {other: {"send": {name: sent}}}})


def otherwise_read(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Finds promised values under other names, and reads the same answer again."""
    if not is_answered(attempt) or attempt.body is None:
        return Tried(attempt)
    name, before = attempt.operation, walk.profile
    found = find(name, attempt.body, walk.operation(name))
    reads = inferred(name, attempt.body, walk.operation(name), found, walk.asked())
    kept: dict[str, str] = {}
    for wanted, path in reads.items():
        if walk.learn({"operations": {name: {"read": {wanted: path}}}}):
            kept[wanted] = path
    again = walk.replay(attempt, call) if kept else attempt
    if attempt.error is None and again.error is not None:
        walk.profile = before
        return Tried(attempt)
    words = tuple(f"{wanted} stands at {path}." for wanted, path in kept.items())
    return Tried(again, learned=words)


def map_refusals(walk: Walk, operation: str, entries: list[dict[str, Any]]) -> bool:
    """Adds to the profile what refusals mean. Returns whether that is valid."""
    before = walk.operation(operation).refused
    kept = [one.model_dump(mode="json", exclude_unset=True) for one in before]
    new = [entry for entry in entries if entry not in kept]
    return walk.learn({"operations": {operation: {"refused": [*new, *kept]}}})
