"""Charts as numbers for SVG attributes, so that templates do not compute anything.

A chart stretches to the width of its container, so its text is next to it and not in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from payments.reports.tables import Table, Value, in_words

HEIGHT = 100  # of a chart with columns, in its own units
STEP, WIDTH = 10, 8  # from one column to the next, and of a column itself
FULL = 100  # of a bar beside a row


class Column(NamedTuple):
    x: int
    y: int
    height: int
    width: int = WIDTH


class Row(NamedTuple):
    cells: Sequence[str]
    bar: int  # of 100
    is_empty: bool = False  # a run of days on which nothing happened


@dataclass(frozen=True)
class Drawing:
    """A table as shown: with a column chart above it, or a bar in each row."""

    name: str  # in URLs
    table: Table
    columns: Sequence[Column]
    rows: Sequence[Row]
    width: int
    drawn: str  # the heading of the charted column
    largest: str
    first: str  # the label of its first column
    last: str
    totals: Sequence[str]  # of a table by day, without its first column
    description: str


def draw(name: str, table: Table) -> Drawing:
    values = table.values()
    highest = max(values, default=Decimal(0))
    lengths = [_share(value, highest) for value in values]
    return Drawing(
        name=name,
        table=table,
        columns=_columns(lengths) if table.by_day else [],
        rows=_newest_first(table)
        if table.by_day
        else [Row(*each) for each in zip(table.shown(), lengths, strict=True)],
        width=len(values) * STEP,
        drawn=str(table.headings[table.drawn]),
        largest=in_words(_as_in(table, highest)),
        first=in_words(table.rows[0][0]) if table.rows else "",
        last=in_words(table.rows[-1][0]) if table.rows else "",
        totals=[in_words(total) for total in _totals(table)] if table.by_day else [],
        description=_described(table),
    )


def _columns(heights: Sequence[int]) -> list[Column]:
    return [
        Column(x=place * STEP + 1, y=HEIGHT - height, height=height)
        for place, height in enumerate(heights)
    ]


def _newest_first(table: Table) -> list[Row]:
    """Returns the days with figures, the latest first, and one row for each run of empty days."""
    shown: list[Row] = []
    for is_empty, run in groupby(reversed(table.rows), key=lambda row: not any(row[1:])):
        days = list(run)
        if is_empty and len(days) > 1:
            span = f"{in_words(days[-1][0])} – {in_words(days[0][0])}"
            shown.append(Row([span, *(in_words(value) for value in days[0][1:])], 0, is_empty=True))
        else:
            shown += [Row([in_words(value) for value in day], 0, is_empty) for day in days]
    return shown


def _totals(table: Table) -> Iterator[Value]:
    """Returns the sum of each column; None if some of its figures have been deleted."""
    for place in range(1, len(table.headings)):
        figures: list[Any] = [row[place] for row in table.rows]
        yield None if None in figures else sum(figures)


def _share(value: Decimal, highest: Decimal) -> int:
    """Returns a percentage. Anything above zero stays visible; a negative sum draws nothing."""
    return max(round(value / highest * FULL), 1) if value > 0 else 0


def _described(table: Table) -> str:
    """Returns the chart's description for screen readers. The table has the figures."""
    if not any(table.values()):
        return _("Nothing in this period.")
    row = max(table.rows, key=lambda each: Decimal(str(each[table.drawn] or 0)))
    return _("%(what)s: highest on %(day)s, %(value)s.") % {
        "what": table.headings[table.drawn],
        "day": in_words(row[0]),
        "value": in_words(row[table.drawn]),
    }


def _as_in(table: Table, value: Decimal) -> Decimal | int:
    is_money = any(isinstance(row[table.drawn], Decimal) for row in table.rows)
    return value if is_money else int(value)
