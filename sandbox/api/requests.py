"""Reads a request under the names of the contract, whatever names the wire has for them."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from sandbox.variants.wire import OperationWire

from .fields import ApiError


def read_values(request: HttpRequest, operation: OperationWire) -> Any:
    """Returns the JSON of the body or, for a GET, the query. Raises ApiError."""
    if request.method == "GET":
        values: Any = request.GET.dict()
    else:
        try:
            values = json.loads(request.body)
        except ValueError:
            raise ApiError("The request is not valid JSON.") from None
    sent = {name.lower(): other.lower() for name, other in operation.sent.items()}
    return by_contract_names(values, sent) if sent else values


def by_contract_names(value: Any, sent: Mapping[str, str], prefix: str = "") -> Any:
    """Returns the value with names in lower case. A name that was replaced is not known any more:
    its value is left out."""
    if isinstance(value, list):
        return [by_contract_names(row, sent, prefix) for row in value]
    if not isinstance(value, dict):
        return value
    names = {other: name for name, other in sent.items() if name.rpartition(".")[0] == prefix}
    replaced = {name.rpartition(".")[2] for name in names.values()}
    known = {}
    for said, item in value.items():
        name = names.get(said.lower(), "").rpartition(".")[2]
        if name or said.lower() not in replaced:
            name = name or said.lower()
            known[name] = by_contract_names(item, sent, f"{prefix}.{name}".lstrip("."))
    return known


def check_values(value: Any) -> None:
    """Raises ApiError if a text has `<` in it, as ASP.NET's request validation may do."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            check_values(item)
    elif isinstance(value, str) and "<" in value:
        raise ApiError("A potentially dangerous request value was detected from the client.")
