"""What the contract promises of each answer: names, kinds, and how values are written."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, get_args
from uuid import UUID

from pydantic import BaseModel

from icsso.client import moments, parsing
from icsso.client.answers import Answer
from icsso.client.contract import OPERATIONS
from icsso.client.probe.kinds import kind_of

KINDS: Mapping[type, str] = {
    UUID: "guid",
    bool: "boolean",
    Decimal: "money",
    date: "date",
    int: "integer",
    str: "text",
}
BY_NAME = {
    "AccountNumber": "account number",
    "EmailAddress": "email",
    "RemoteAuthenticationToken": "token",
    "CloudPaymentURL": "url",
}
AS_PROMISED: Mapping[str, Callable[[str], bool]] = {
    "guid": lambda kind: kind == "guid",
    "boolean": lambda kind: kind == "boolean",
    "money": lambda kind: kind in {"integer", *(f"money:number:{digits}" for digits in range(3))},
    "date": lambda kind: kind == "date:M/d/yyyy",
    "integer": lambda kind: kind == "integer",
    "account number": lambda kind: kind != "integer",
    "email": lambda kind: kind == "email",
    "url": lambda kind: kind == "url",
}


def _guid(value: object) -> None:
    UUID(str(value))


def _integer(value: object) -> None:
    int(str(value))


def _url(value: object) -> None:
    if kind_of(value) != "url":
        raise ValueError("no address")


def _text(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError("no text")


READERS: Mapping[str, Callable[[object], object]] = {
    "guid": _guid,
    "boolean": parsing.boolean,
    "money": parsing.money,
    "date": moments.day,
    "integer": _integer,
    "account number": parsing.account_number,
    "url": _url,
    "token": _text,
}


class Promise(NamedTuple):
    """One name of the contract; inside a list it is `Users.Registered`."""

    name: str
    kind: str

    @property
    def rows(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    def is_readable(self, value: object) -> bool:
        try:
            READERS.get(self.kind, str)(value)
        except (ValueError, ArithmeticError):
            return False
        return True

    def is_as_written(self, value: object) -> bool:
        """Whether the value is written as the contract has it."""
        as_promised = AS_PROMISED.get(self.kind)
        return as_promised is None or as_promised(kind_of(value))


def promises_of(operation: str) -> tuple[Promise, ...]:
    return tuple(_promises(OPERATIONS[operation].reads))


def _promises(model: type[BaseModel], before: str = "") -> Iterator[Promise]:
    for one in model.model_fields.values():
        name, types = f"{before}{one.alias}", set(_types(one.annotation))
        inner = next((kind for kind in types if issubclass(kind, Answer)), None)
        if inner is not None:
            yield Promise(name, "rows")
            yield from _promises(inner, f"{name}.")
            continue
        kind = next((KINDS[kind] for kind in KINDS if kind in types), "text")
        yield Promise(name, BY_NAME.get(str(one.alias), kind))


def _types(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


def inner_model(model: type[Answer]) -> type[Answer] | None:
    """Returns the model of the rows that the answer promises."""
    kinds = (kind for one in model.model_fields.values() for kind in _types(one.annotation))
    return next((kind for kind in kinds if issubclass(kind, Answer)), None)
