"""Queries that differ only in their values, turned into SQL once in each process.

Django generates the SQL of a query each time it is run, which takes longer than the database takes
to look up a key. This keeps the SQL and how Django reads its rows, but no row, no connection, and
no values except those that `compose` itself puts in.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import Expression, Field, QuerySet

Row = TypeVar("Row")
LONGEST = 50  # values in a list: each length has SQL of its own


class Given(Expression):
    """Stands for a value that is given when the query is asked. place: its own in a list."""

    def __init__(self, name: str, field: "Field[Any, Any]", place: int | None = None) -> None:
        super().__init__(output_field=field)
        self.name, self.place = name, place

    @property
    def key(self) -> tuple[str, int | None]:
        return self.name, self.place

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def prepared(self, values: dict[str, Any], connection: Any) -> Any:
        value = values[self.name]
        value = value if self.place is None else value[self.place]
        return self.output_field.get_db_prep_value(value, connection)


class Made(NamedTuple):
    """compiler: knows what to do with the columns that this SQL reads. converted: by place, those
    whose values are changed after they are read."""

    rows: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    converted: dict[int, Any]


class MadeOnce(Generic[Row]):
    """`MadeOnce(compose, name=field)(name=value)` returns the rows of `compose(name=value)`.

    compose: returns a query that depends on nothing but these values: not on the time, the
    language, or a setting. It compares each with the field given for it, by `=`, `<`, `>`, or `IN`
    (a list).
    Raises TypeError for other names, and for a query that uses values or rows in another way.
    """

    def __init__(
        self, compose: Callable[..., "QuerySet[Any, Row]"], **fields: "Field[Any, Any]"
    ) -> None:
        self.compose, self._fields = compose, fields
        self._made: dict[tuple[int | None, ...], Made] = {}  # by the lengths of lists

    def __call__(self, **values: Any) -> list[Row]:
        if values.keys() != self._fields.keys():
            raise TypeError(f"Expects {[*self._fields]}, was given {[*values]}.")
        values = {name: values[name] for name in self._fields}
        if any(map(_needs_other_sql, values.values())):
            return list(self.compose(**values))
        rows, compiler, sql, params, converted = self._made_for(values)
        connection = connections[rows.db]
        if rows.query.select_for_update and connection.get_autocommit():
            return list(self.compose(**values))  # Django refuses to lock for nothing
        given = tuple(
            param.prepared(values, connection) if isinstance(param, Given) else param
            for param in params
        )
        compiler, query = copy(compiler), copy(rows.query)  # of this request
        compiler.connection, compiler.as_sql = connection, lambda: (sql, given)
        compiler.get_converters = lambda _: _converters(compiler, converted)
        query.get_compiler = lambda *_, **__: compiler
        asked = type(rows)(rows.model, query, rows.db)
        asked._iterable_class = rows._iterable_class
        return list(asked)

    def _made_for(self, values: dict[str, Any]) -> Made:
        lengths = tuple(
            len(value) if isinstance(value, list) else None for value in values.values()
        )
        if lengths not in self._made:
            self._made[lengths] = self._make(dict(zip(self._fields, lengths, strict=True)))
        return self._made[lengths]

    def _make(self, lengths: dict[str, int | None]) -> Made:
        given = {name: _given(name, self._fields[name], n) for name, n in lengths.items()}
        rows: Any = self.compose(
            **{n: each if lengths[n] else each[0] for n, each in given.items()}
        )
        if rows._prefetch_related_lookups or rows._known_related_objects:
            raise TypeError("These rows have others fetched for them, or a related manager's row.")
        compiler = rows.query.get_compiler(rows.db)
        sql, params = compiler.as_sql()
        used = {param.key for param in params if isinstance(param, Given)}
        if used != {each.key for many in given.values() for each in many}:
            raise TypeError("The query changes a value, so the first one would be kept.")
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        converted = {place: columns[place] for place in compiler.get_converters(columns)}
        compiler.connection = None  # each request has its own
        return Made(rows, compiler, sql, params, converted)


def _converters(compiler: Any, converted: dict[int, Any]) -> dict[int, Any]:
    make = type(compiler).get_converters
    return {place: make(compiler, [column])[0] for place, column in converted.items()}


def _given(name: str, field: "Field[Any, Any]", length: int | None) -> list[Given]:
    return [Given(name, field, place) for place in (range(length) if length else [None])]


def _needs_other_sql(value: object) -> bool:
    """`= NULL` and `IN ()` find nothing, and a query in a query has parts of its own."""
    if isinstance(value, list):
        return not 0 < len(value) <= LONGEST or None in value
    return value is None or hasattr(value, "resolve_expression")
