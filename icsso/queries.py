"""Queries that differ in nothing but their values, made into SQL once in each process.

Django makes the SQL of a query anew each time it is asked, which takes longer than the database
takes to answer one by key. Only that text is kept: no row, no value, and no connection.
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

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def prepared(self, values: dict[str, Any], connection: Any) -> Any:
        value = values[self.name]
        value = value if self.place is None else value[self.place]
        return self.output_field.get_db_prep_value(value, connection)


class Made(NamedTuple):
    """compiler: knows what to do with the columns that this SQL reads."""

    rows: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class MadeOnce(Generic[Row]):
    """`MadeOnce(compose, name=field)(name=value)` returns the rows of `compose(name=value)`.

    compose: returns a query that depends on nothing but these values: not on the time, the
    language, or a setting. A value may be a list.
    """

    def __init__(
        self, compose: Callable[..., "QuerySet[Any, Row]"], **fields: "Field[Any, Any]"
    ) -> None:
        self.compose, self._fields = compose, fields
        self._made: dict[tuple[int | None, ...], Made] = {}  # by the lengths of lists

    def __call__(self, **values: Any) -> list[Row]:
        values = {name: values[name] for name in self._fields}
        if any(map(_needs_other_sql, values.values())):
            return list(self.compose(**values))
        rows, compiler, sql, params = self._made_for(values)
        connection = connections[rows.db]
        if rows.query.select_for_update and connection.get_autocommit():
            return list(self.compose(**values))  # Django refuses to lock for nothing
        given = tuple(
            param.prepared(values, connection) if isinstance(param, Given) else param
            for param in params
        )
        compiler, query = copy(compiler), copy(rows.query)  # of this request
        compiler.connection, compiler.as_sql = connection, lambda: (sql, given)
        query.get_compiler = lambda *_, **__: compiler
        asked = type(rows)(rows.model, query, rows.db)
        asked._iterable_class = rows._iterable_class
        return list(asked)

    def _made_for(self, values: dict[str, Any]) -> Made:
        lengths = tuple(
            len(value) if isinstance(value, list) else None for value in values.values()
        )
        if lengths not in self._made:
            stand_ins = zip(self._fields.items(), lengths, strict=True)
            rows = self.compose(**{name: _given(name, field, n) for (name, field), n in stand_ins})
            compiler = rows.query.get_compiler(rows.db)
            self._made[lengths] = Made(rows, compiler, *compiler.as_sql())
        return self._made[lengths]


def _given(name: str, field: "Field[Any, Any]", length: int | None) -> Given | list[Given]:
    if length is None:
        return Given(name, field)
    return [Given(name, field, place) for place in range(length)]


def _needs_other_sql(value: object) -> bool:
    """`= NULL` and `IN ()` find nothing, and a query in a query has parts of its own."""
    if isinstance(value, list):
        return not 0 < len(value) <= LONGEST
    return value is None or isinstance(value, QuerySet)
