"""Writes an answer. It is made once, as the contract has it, and then goes through small steps that
the wire decides: names and values, the place of the payload, spelling."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse

from sandbox.variants.operations import OPERATIONS
from sandbox.variants.shapes.shape import Shape
from sandbox.variants.wire import Failure, Formats, OperationWire, Wire

from .fields import ApiError

PLACES = {"data": "Data", "result": "Result"}


def success_response(name: str, payload: dict[str, Any], wire: Wire) -> HttpResponse:
    operation = wire.operations[name]
    if operation.shape:
        return as_captured(operation.shape, payload, operation.status)
    rows = OPERATIONS[name].rows
    if operation.status_without_rows and rows and not payload.get(rows, True):
        return HttpResponse(status=operation.status_without_rows)
    written = write_values(payload, operation, wire)
    body = spell_names(place_payload(written, operation, rows), wire.spelling)
    return JsonResponse(json.dumps(body) if wire.json_in_text else body, safe=False)


def as_captured(shape: Shape, payload: dict[str, Any], status: int) -> HttpResponse:
    body = shape.fill(payload)
    if body == "":
        return HttpResponse(status=status)
    return JsonResponse(body, status=status, safe=False)


def failure_response(name: str, error: ApiError, wire: Wire) -> HttpResponse:
    failure = wire.operations[name].failures.get(error.kind)
    if failure:
        return reworded(failure, error, wire)
    code = {"Code": error.code} if error.code else {}
    body = spell_names({**code, "Message": error.message}, wire.spelling)
    response = JsonResponse(body, status=error.status)
    if error.status == 401 and not error.code:
        response["WWW-Authenticate"] = "Basic"
    return response


def reworded(failure: Failure, error: ApiError, wire: Wire) -> HttpResponse:
    body = with_reason(failure.body, failure.reason or error.message)
    if body is None or isinstance(body, str):
        kind = "text/html" if failure.body != "{message}" else "text/plain"
        return HttpResponse(body or "", status=failure.status, content_type=kind)
    return JsonResponse(spell_names(body, wire.spelling), status=failure.status, safe=False)


def with_reason(value: Any, reason: str) -> Any:
    if isinstance(value, dict):
        return {name: with_reason(item, reason) for name, item in value.items()}
    return reason if value == "{message}" else value


def write_values(
    payload: dict[str, Any], operation: OperationWire, wire: Wire, prefix: str = ""
) -> dict[str, Any]:
    written = {}
    for name, value in payload.items():
        if prefix + name in operation.left_out:
            continue
        other = operation.named.get(prefix + name, name)
        if isinstance(value, list):
            rows = [write_values(row, operation, wire, f"{name}.") for row in value]
            written[other] = None if not rows and wire.null_for_empty_lists else rows
        else:
            said = not value if other.startswith("!") else value
            written[other.removeprefix("!")] = write_value(name, said, wire.formats)
    return written


def write_value(name: str, value: Any, formats: Formats) -> Any:
    if value is None:
        return None
    if name == "AccountNumber":
        return formats.account_number(value)
    writers: list[tuple[type, Callable[[Any], Any]]] = [
        (bool, formats.boolean),  # before int, which a bool is as well
        (int, formats.integer),
        (UUID, formats.guid),
        (Decimal, formats.money),
        (date, formats.date),
    ]
    return next((write(value) for kind, write in writers if isinstance(value, kind)), value)


def place_payload(payload: dict[str, Any], operation: OperationWire, rows: str) -> Any:
    found = operation.named.get(rows, rows)
    if operation.place == "bare_list":
        return payload.get(found, payload)
    if operation.place == "data_list":
        return {**operation.announces, "Data": payload.get(found)}
    if operation.place == "data_value":
        return {**operation.announces, "Data": next(iter(payload.values()))}
    if operation.place in PLACES:
        return {**operation.announces, PLACES[operation.place]: payload or None}
    return {**operation.announces, **payload}


def spell_names(value: Any, spelling: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {spelling(name): spell_names(item, spelling) for name, item in value.items()}
    return [spell_names(item, spelling) for item in value] if isinstance(value, list) else value
