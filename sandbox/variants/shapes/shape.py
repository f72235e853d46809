"""The shape of a captured answer, filled with the sandbox's own data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..operations import OPERATIONS
from .kinds import AS_IT_IS, made_up, write

ALIASES = {"loginname": "EmailAddress", "paperinvoices": "!Paperless"}
# What the names around a payload say of a success, and of a failure.
SUCCEEDED = {"message": "SUCCESS", "success": True, "errormessage": ""}
FAILED = {"message": "{message}", "success": False, "errormessage": "{message}"}


@dataclass(frozen=True)
class Shape:
    """`body` is an answer with kinds instead of values. `read` says where a value of the contract
    stands, as in a wire profile, and `fixed` which text stands at a path."""

    operation: str
    body: Any
    read: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    null_lists: bool = False

    @property
    def rows(self) -> str:
        return OPERATIONS[self.operation].rows

    @property
    def known(self) -> set[str]:
        """The names of the contract, outside of rows, whose values have a place in the shape."""
        rows = {self.rows} if self.rows and self.rows_path is not None else set()
        places = {self.name_at(path) for path, kind in leaves(self.body) if kind != "null"}
        return rows | {name.removeprefix("!") for name in places if name}

    @property
    def rows_path(self) -> str | None:
        """Where the promised list stands: as `read` says, under its own name, or where the only
        list is; None if there is no list."""
        said = self.read.get(self.rows)
        if said is not None:
            return said
        lists = list_paths(self.body)
        named = [path for path in lists if last(path) == self.rows.lower()]
        return next(iter(named or lists), None)

    def name_at(self, path: str, prefix: str = "") -> str:
        """Returns the name of the contract whose value stands at a path; `!` before a negated one,
        empty for none. In a row, paths and names start at the row."""
        for name, place in self.read.items():
            here = name.rpartition(".")[0] == prefix.rstrip(".")
            if here and place.removeprefix("!").lower() == path.lower():
                negated = "!" if place.startswith("!") else ""
                return negated + name.removeprefix(prefix)
        promised = [name.removeprefix(prefix) for name in OPERATIONS[self.operation].answers]
        promised = [name for name in promised if "." not in name and prefix + name not in self.read]
        same = {name.lower(): name for name in promised}
        alias = ALIASES.get(last(path), "")
        return same.get(last(path)) or (alias if alias.removeprefix("!") in promised else "")

    def fill(self, payload: dict[str, Any]) -> Any:
        return self._fill(self.body, payload, "", "")

    def _fill(self, shape: Any, values: dict[str, Any], path: str, prefix: str) -> Any:
        is_list = isinstance(shape, list) or shape == "null"
        if self.rows and not prefix and is_list and path.lower() == (self.rows_path or "").lower():
            return self._fill_rows(shape, values)
        if isinstance(shape, dict):
            return {
                name: self._fill(item, values, f"{path}.{name}".lstrip("."), prefix)
                for name, item in shape.items()
            }
        if isinstance(shape, list):
            return [self._fill(item, values, path, prefix) for item in shape[:1]]
        return self._value(shape, values, path, prefix)

    def _fill_rows(self, shape: Any, values: dict[str, Any]) -> Any:
        rows = values.get(self.rows) or []
        if not rows and self.null_lists:
            return None
        row = merged(shape if isinstance(shape, list) else []) or self._contract_row()
        return [self._fill(row, each, "", f"{self.rows}.") for each in rows]

    def _contract_row(self) -> dict[str, str]:
        names = [name for name in OPERATIONS[self.operation].answers if "." in name]
        return {name.partition(".")[2]: AS_IT_IS for name in names}

    def _value(self, kind: str, values: dict[str, Any], path: str, prefix: str) -> Any:
        fixed = {place.lower(): text for place, text in self.fixed.items()}
        if not prefix and path.lower() in fixed:
            return fixed[path.lower()]
        name = self.name_at(path, prefix)
        if name.startswith("!") and values.get(name[1:]) is not None:
            return write(kind, not values[name[1:]])
        if name.removeprefix("!") in values:
            return write(kind, values[name.removeprefix("!")])
        if not prefix and last(path) in SUCCEEDED and kind not in {"null", "empty"}:
            return write(kind, SUCCEEDED[last(path)])
        return made_up(kind)


def failed(shape: Any, path: str = "") -> Any:
    """Returns the body of a failure, where `{message}` stands for the reason."""
    if isinstance(shape, dict):
        return {name: failed(item, name) for name, item in shape.items()}
    if isinstance(shape, list):
        return [failed(item, path) for item in shape[:1]]
    if path.lower() in FAILED and shape not in {"null", "empty"}:
        value = FAILED[path.lower()]
        return write(shape, value) if isinstance(value, bool) else value
    return made_up(shape)


def merged(rows: list[Any]) -> dict[str, Any]:
    """Returns one row with all names; a name that was null in one of the rows has the kind that it
    has in another."""
    row: dict[str, Any] = {}
    for each in rows:
        for name, kind in each.items() if isinstance(each, dict) else ():
            row[name] = kind if row.get(name, "null") == "null" else row[name]
    return row


def leaves(shape: Any, path: str = "") -> list[tuple[str, str]]:
    """Returns the paths of the values outside of lists, with their kinds."""
    if isinstance(shape, dict):
        return [
            leaf
            for name, item in shape.items()
            for leaf in leaves(item, f"{path}.{name}".lstrip("."))
        ]
    return [] if isinstance(shape, list) else [(path, str(shape))]


def list_paths(shape: Any, path: str = "") -> list[str]:
    if isinstance(shape, list):
        return [path]
    if not isinstance(shape, dict):
        return []
    return [
        found
        for name, item in shape.items()
        for found in list_paths(item, f"{path}.{name}".lstrip("."))
    ]


def last(path: str) -> str:
    return path.rpartition(".")[2].lower()
