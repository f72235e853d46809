"""The remedy for an operation that is not where the contract has it: a small documented list."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from icsso.client.contract import OPERATIONS
from icsso.client.probe.exchanges import NOT_JSON, Exchange
from icsso.client.probe.steps.remedies import Tried, learn, neighbors
from icsso.client.probe.walk import Attempt, Call, Walk

NO_SUCH_PLACE = {404, 405, 410, 501}
WRITES = {"register_accounts", "update_password", "update_email_address"}


class Place(NamedTuple):
    """host: empty for the base URL."""

    host: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"


def elsewhere(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Tries other servers, methods, and paths, if there is nothing where it was called.

    Safe for operations that write as well: nothing was carried out.
    """
    if not is_nowhere(attempt):
        return Tried(attempt)
    name, tried, before = attempt.operation, [], walk.profile
    for place in _places(walk, name):
        tried.append(str(place))
        if not learn(walk, name, **_as_profile(name, place)):
            continue
        other = walk.attempt(name, call)
        if other.main is not None and _is_there(other.main):
            _same_for_neighbors(walk, name, place)
            return Tried(other, tuple(tried), (f"Found at {place}.",))
        walk.profile = before
    return Tried(attempt, tuple(tried))


def is_nowhere(attempt: Attempt) -> bool:
    return is_no_place(attempt.status)


def is_no_place(status: int | None) -> bool:
    return status in NO_SUCH_PLACE


def _as_profile(name: str, place: Place) -> dict[str, Any]:
    known = OPERATIONS[name]
    other = {
        "host": place.host,
        "method": place.method if place.method != known.method else "",
        "path": place.path if place.path != known.path else "",
    }
    return {part: value for part, value in other.items() if value}


def _places(walk: Walk, name: str) -> Iterator[Place]:
    """The contract's own place, the other servers of the biller, the other methods, lower case,
    and other versions."""
    now, known = walk.operation(name), OPERATIONS[name]
    seen = {(now.host or "", now.method or known.method, now.path or known.path)}
    for place in (*_servers(walk, name), *_paths(walk, name)):
        if place not in seen:
            seen.add(place)
            yield place


def _servers(walk: Walk, name: str) -> Iterator[Place]:
    known = OPERATIONS[name]
    for host in ("", *walk.target.hosts):
        for path in dict.fromkeys((walk.operation(name).path or known.path, known.path)):
            yield Place(host, known.method, path)


def _paths(walk: Walk, name: str) -> Iterator[Place]:
    known = OPERATIONS[name]
    path, bare = known.path, known.path.removeprefix("/api/v1")
    lower = re.sub(r"\{\w+\}|[^{]+", _lowered, path)
    others = [path, lower, f"/api/v2{bare}", bare, f"/api{bare}", f"/v1{bare}", f"/v2{bare}"]
    for host in ("", *walk.target.hosts):
        for other in others:
            yield from (Place(host, method, other) for method in _methods(name))


def _lowered(part: re.Match[str]) -> str:
    return part[0] if part[0].startswith("{") else part[0].lower()


def _methods(name: str) -> tuple[str, str]:
    """Never GET for what is posted: an account number or email would stand in an address."""
    return ("GET", "POST") if OPERATIONS[name].method == "GET" else ("POST", "PUT")


def _is_there(exchange: Exchange) -> bool:
    is_there = exchange.status is not None and exchange.status not in {*NO_SUCH_PLACE, 500, 502}
    return is_there and exchange.body is not NOT_JSON


def _same_for_neighbors(walk: Walk, name: str, place: Place) -> None:
    """Assumes the same change for the operations beside this one that have not answered yet, and
    the same server for all operations."""
    known = OPERATIONS[name]
    for other, neighbor in neighbors(walk, name).items():
        moved = _moved(known.path, place.path, neighbor.path)
        if moved and moved != neighbor.path:
            learn(walk, other, path=moved)
        if place.method != known.method and {name, other} <= WRITES:
            learn(walk, other, method=place.method)
    for other in OPERATIONS if place.host else ():
        if other not in walk.answered:
            learn(walk, other, host=place.host)


def _moved(was: str, now: str, path: str) -> str:
    """Returns the neighbor's path with the same change."""
    if now == was.lower():
        return path.lower()
    old, new = was.rpartition("/")[0], now.rpartition("/")[0]
    return new + path.removeprefix(old) if path.startswith(old) else ""
