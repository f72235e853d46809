"""Charts as numbers for SVG attributes, so that templates do not compute anything.

A chart stretches to the width of its container, so its text is next to it and not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from payments.reports.tables import Table, in_words

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


@dataclass(frozen=True)
class Drawing:
    """A table as shown: with a column chart above it, or with a bar in each row."""

    name: str  # in URLs
    table: Table
    columns: Sequence[Column]
    rows: Sequence[Row]
    width: int
    drawn: str  # the heading of the charted column
    largest: str
    last: str  # the label of its last row
    description: str


def draw(name: str, table: Table) -> Drawing:
    values = table.values()
    highest = max(values, default=Decimal(0))
    lengths = [_share(value, highest) for value in values]
    return Drawing(
        name=name,
        table=table,
        columns=_columns(lengths) if table.by_day else [],
        rows=[Row(*each) for each in zip(table.shown(), lengths, strict=True)],
        width=len(values) * STEP,
        drawn=str(table.headings[table.drawn]),
        largest=in_words(_as_in(table, highest)),
        last=in_words(table.rows[-1][0]) if table.rows else "",
        description=_described(table),
    )


def _columns(heights: Sequence[int]) -> list[Column]:
    return [
        Column(x=place * STEP + 1, y=HEIGHT - height, height=height)
        for place, height in enumerate(heights)
    ]


def _share(value: Decimal, highest: Decimal) -> int:
    """Returns a share of 100. Anything above zero stays visible."""
    return max(round(value / highest * FULL), 1) if value else 0


def _described(table: Table) -> str:
    """Returns the chart's description for screen readers. The table has the figures."""
    if not table.has_figures():
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
