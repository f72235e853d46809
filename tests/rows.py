"""Rows that most tests begin with: their INSERT is composed once, and sent again for each test."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

Statement = tuple[str, list[Any]]


class Rows:
    """Many rows of one model, the same each time but for the columns that are named."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self._composed: dict[int, Statement] = {}

    def insert(self, objects: Callable[[], Sequence[Model]], **columns: Sequence[Any]) -> None:
        """objects: what is to be composed the first time. columns: by the names of fields, the
        values that differ from time to time, one for each row; all as many as `objects`."""
        number = len(next(iter(columns.values())))
        if number not in self._composed:
            sent = self._composing(objects())
            if len(sent) == 1:  # else too many for one statement
                self._composed[number] = sent[0]
            return
        sql, values = self._composed[number]
        with connection.cursor() as cursor:
            cursor.execute(sql, self._with(columns, sql, values, number))
            cursor.fetchall()  # the keys: SQLite inserts no row whose key is not asked for

    def _composing(self, objects: Sequence[Model]) -> list[Statement]:
        sent: list[Statement] = []

        def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
            if sql.startswith("INSERT"):
                sent.append((sql, list(values)))
            return execute(sql, values, many, context)

        with connection.execute_wrapper(note):
            self._model._default_manager.bulk_create(objects)
        return sent

    def _with(
        self, columns: dict[str, Sequence[Any]], sql: str, values: list[Any], number: int
    ) -> list[Any]:
        """The values row by row, or for PostgreSQL column by column (UNNEST)."""
        names = re.findall(r'"(\w+)"', sql[: sql.index(")")])[1:]
        changed, by_column = list(values), len(values) == len(names)
        for name, given in columns.items():
            field = self._model._meta.get_field(name)
            place = names.index(field.column)
            ready = [field.get_db_prep_save(value, connection) for value in given]
            if by_column and number > 1:
                changed[place] = ready
            else:
                changed[place :: len(names)] = ready
        return changed
