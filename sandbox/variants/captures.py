"""Captures: what a portal's probe recorded of another Invoice Cloud, without its values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .shapes.shape import FAILED, Shape, failed, last, leaves, list_paths
from .wire import Failure, OperationWire, Wire

Exchange = dict[str, Any]
FORMAT = 1


def by_operation(capture: Any) -> dict[str, list[Exchange]]:
    """Returns the exchanges of each operation. Raises ValueError if it is not a capture."""
    if not isinstance(capture, dict) or capture.get("format") != FORMAT:
        raise ValueError(f"This is not a capture of format {FORMAT}.")
    grouped: dict[str, list[Exchange]] = {}
    for exchange in capture.get("exchanges") or []:
        if not isinstance(exchange, dict) or "status" not in (exchange.get("response") or {}):
            raise ValueError("Each exchange needs a response with a status.")
        if exchange["response"]["status"] is None:
            continue  # no answer came
        grouped.setdefault(str(exchange.get("operation")), []).append(exchange)
    return grouped


def imitate(wire: Wire, name: str, exchanges: list[Exchange], profile: Mapping[str, Any]) -> Wire:
    """Returns a wire on which this operation answers as it did in the capture. `profile` is the
    operation's part of a wire profile, if the capture came with one."""
    operation = wire.operations[name]
    best = best_success(name, exchanges, profile)
    if best is not None:
        operation = with_request(operation, best, profile)
        operation = with_success(operation, name, best, exchanges, profile)
    for exchange in exchanges:
        kind = kind_of_failure(name, exchange, best, profile)
        if kind:
            operation = with_failure(operation, kind, exchange["response"])
    failures = operation.failures
    if "rejected" in failures:
        # What exists already may be refused like anything else.
        operation = replace(operation, failures={"conflict": failures["rejected"], **failures})
    return replace(wire, operations={**wire.operations, name: operation})


def best_success(
    name: str, exchanges: list[Exchange], profile: Mapping[str, Any]
) -> Exchange | None:
    """Returns the answer with status 2xx that says most of what the contract promises."""
    good = [exchange for exchange in exchanges if is_json_success(exchange)]
    return max(good, key=lambda exchange: how_much(name, exchange, profile), default=None)


def is_json_success(exchange: Exchange) -> bool:
    response = exchange["response"]
    body = response.get("body")
    return 200 <= response["status"] < 300 and not str(body).startswith("html")


def how_much(name: str, exchange: Exchange, profile: Mapping[str, Any]) -> tuple[int, int, int]:
    shape = shape_of(name, exchange, profile)
    return len(shape.known), -len(reasons(shape)), len(str(shape.body))


def reasons(shape: Shape) -> set[str]:
    """Returns the names in it under which a failure says that it is one, and why."""
    return {last(path) for path, kind in leaves(shape.body) if kind != "null"} & set(FAILED)


def shape_of(name: str, exchange: Exchange, profile: Mapping[str, Any]) -> Shape:
    body = exchange["response"].get("body")
    return Shape(name, body, profile.get("read") or {}, profile.get("succeeded") or {})


def with_request(
    operation: OperationWire, exchange: Exchange, profile: Mapping[str, Any]
) -> OperationWire:
    request = exchange.get("request") or {}
    sent = {name: other for name, other in (profile.get("send") or {}).items() if other}
    return replace(
        operation,
        method=request.get("method") or operation.method,
        path=path_of(request) or operation.path,
        sent=sent,
    )


def path_of(request: Mapping[str, Any]) -> str:
    """Returns the path; nothing if the capture had to hide a part that could be a value."""
    path = str(request.get("path") or "")
    unknown = "{" in path.replace("{CustomerGuid}", "")
    return "" if unknown else path


def with_success(
    operation: OperationWire,
    name: str,
    best: Exchange,
    exchanges: list[Exchange],
    profile: Mapping[str, Any],
) -> OperationWire:
    shape = shape_of(name, best, profile)
    others = [shape_of(name, each, profile) for each in exchanges if is_json_success(each)]
    null_lists = any(other.body == "null" or null_at(other, shape) for other in others)
    without = {shape.rows} if shape.rows and shape.rows_path is None else set()
    return replace(
        operation,
        status=best["response"]["status"],
        shape=replace(shape, null_lists=null_lists),
        left_out=frozenset(without),
    )


def null_at(shape: Shape, known: Shape) -> bool:
    """Says whether the list that `known` has is null in `shape`."""
    path = (known.rows_path or "").lower()
    return bool(known.rows) and (path, "null") in [(p.lower(), k) for p, k in leaves(shape.body)]


def is_success(shape: Shape, best: Shape) -> bool:
    """Says whether an answer with status 2xx is as good as the best one: it has the promised list,
    or something else that was promised, or, if the best one has nothing, gives no reason either."""
    if best.rows and best.rows_path is not None:
        has_list = best.rows_path.lower() in map(str.lower, list_paths(shape.body))
        return has_list or null_at(shape, best) or shape.body == "null"
    return bool(shape.known) if best.known else reasons(shape) <= reasons(best)


def kind_of_failure(
    name: str, exchange: Exchange, best: Exchange | None, profile: Mapping[str, Any]
) -> str:
    """Returns credentials, conflict, or rejected; empty for a success, and for what is not about
    the request: a wrong key, and an outage."""
    if best and is_json_success(exchange):
        said, known = (shape_of(name, each, profile) for each in (exchange, best))
        if is_success(said, known):
            return ""
    status = exchange["response"]["status"]
    if status >= 500 or status == 429:
        return ""
    if name == "remote_authentication":
        return "credentials"
    if status == 409:
        return "conflict"
    return "" if status == 401 else "rejected"


def with_failure(operation: OperationWire, kind: str, response: Mapping[str, Any]) -> OperationWire:
    body = response.get("body")
    said = None if body in ("", "empty", "null", None) else failed(body)
    failure = Failure(response["status"], said)
    return replace(operation, failures={**operation.failures, kind: failure})
