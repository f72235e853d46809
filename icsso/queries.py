"""Queries that differ in nothing but their values, made into SQL once in each process.

Django makes the SQL of a query anew each time it is asked, which takes longer than the database
takes to answer one by key. Only that text is kept: no row, no value, and no connection.
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import Expression, Field, QuerySet

Row = TypeVar("Row")


class Given(Expression):
    """Stands for a value that is given when the query is asked."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list["Given"]]:
        return "%s", [self]


class Made(NamedTuple):
    """compiler: knows what to do with the columns that this SQL reads."""

    rows: QuerySet[Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class MadeOnce(Generic[Row]):
    """`MadeOnce(compose, name=field)(name=value)` returns the rows of `compose(name=value)`.

    compose: returns a query that depends on nothing but these values: not on the time, the
    language, or a setting. It must not lock rows, because whether it may is checked only once.
    """

    def __init__(
        self, compose: Callable[..., "QuerySet[Any, Row]"], **fields: "Field[Any, Any]"
    ) -> None:
        self.compose, self._fields = compose, fields

    def __call__(self, **values: Any) -> list[Row]:
        if None in values.values():  # other SQL: `= NULL` finds nothing
            return list(self.compose(**values))
        rows, compiler, sql, params = self._made
        connection = connections[rows.db]
        given = tuple(
            param.output_field.get_db_prep_value(values[param.name], connection)
            if isinstance(param, Given)
            else param
            for param in params
        )
        query: Any = copy(rows.query)
        query.get_compiler = lambda *_, **__: compiler
        compiler = copy(compiler)  # what is asked now, on the connection of this thread
        compiler.connection, compiler.as_sql = connection, lambda: (sql, given)
        asked = type(rows)(rows.model, query, rows.db)
        asked._iterable_class = rows._iterable_class
        return list(asked)

    @cached_property
    def _made(self) -> Made:
        rows = self.compose(**{name: Given(name, field) for name, field in self._fields.items()})
        compiler = rows.query.get_compiler(rows.db)
        return Made(rows, compiler, *compiler.as_sql())
