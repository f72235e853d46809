"""The parts of every report: a period of whole days and a table."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.templatetags.balance_words import dollars
from icsso.billers.models import Biller

Text = str | Promise
Value = Text | int | Decimal | date | None


@dataclass(frozen=True)
class Scope:
    """The billers, and the days from first through last in the portal's time zone."""

    billers: QuerySet[Biller]
    first: date
    last: date

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def within(self, field: str) -> dict[str, datetime]:
        """Returns the arguments of `filter` for a datetime field within the period."""
        end = self.last + timedelta(days=1)
        return {f"{field}__gte": _midnight(self.first), f"{field}__lt": _midnight(end)}


@dataclass(frozen=True)
class Table:
    """A report.

    drawn: the column in its chart. by_day: whether it has one row for each day. note: since when it
    is complete, if not for the whole period.
    """

    title: Text
    headings: Sequence[Text]
    rows: Sequence[Sequence[Value]]
    drawn: int = 1
    by_day: bool = False
    note: Text = ""

    def values(self) -> list[Decimal]:
        return [Decimal(str(row[self.drawn] or 0)) for row in self.rows]

    def shown(self) -> list[list[str]]:
        return [[in_words(value) for value in row] for row in self.rows]

    def has_figures(self) -> bool:
        return any(self.values())


@contextmanager
def without_compiling() -> Iterator[None]:
    """Turns off PostgreSQL's JIT, which takes longer than these queries."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        yield


def in_words(value: Value) -> str:
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        return dollars(value)
    if isinstance(value, date):
        return date_format(value, "M j, Y")
    return number_format(value) if isinstance(value, int) else str(value)


def filled(scope: Scope, found: Mapping[date, Sequence[Any]], nothing: Sequence[Any]) -> list[Any]:
    """Returns a row for every day, including days without data."""
    return [(day, *found.get(day, nothing)) for day in scope.days()]


def first_whole_day(kept: timedelta) -> date:
    """Returns the first complete day of data that is deleted after this time."""
    return timezone.localdate(timezone.now() - kept) + timedelta(days=1)


def whole_since(scope: Scope, what: str, kept: timedelta) -> str:
    day = first_whole_day(kept)
    if scope.first >= day:
        return ""
    words = _("%(what)s: complete since %(day)s. Older data has been deleted.")
    return words % {"what": what, "day": in_words(day)}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
