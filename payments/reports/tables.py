"""The parts of every report: a period of whole days and a table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Case, DateField, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from accounts.templatetags.balance_words import signed_dollars
from icsso.billers.models import Biller
from icsso.billers.time_zones import zone_named

Text = str | Promise
Value = Text | int | Decimal | date | None


@dataclass(frozen=True)
class Scope:
    """The billers, and the days from first through last, each in the biller's own time zone."""

    billers: QuerySet[Biller]
    first: date
    last: date

    @cached_property
    def zones(self) -> Mapping[ZoneInfo, list[int]]:
        """Returns the keys of the billers by their time zone."""
        found: dict[ZoneInfo, list[int]] = defaultdict(list)
        for key, name in self.billers.order_by("pk").values_list("pk", "time_zone"):
            found[zone_named(name)].append(key)
        return found

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def within(self, field: str, *, biller: str = "biller") -> Q:
        """Returns the condition for rows of these billers within the period.

        field: a datetime field. biller: lookup from a row to its biller.
        """
        end = self.last + timedelta(days=1)
        condition = Q(pk__in=())
        for zone, billers in self.zones.items():
            begins, ends = _midnight(self.first, zone), _midnight(end, zone)
            condition |= Q(
                **{f"{biller}__in": billers, f"{field}__gte": begins, f"{field}__lt": ends}
            )
        return condition

    def day(self, field: str, *, biller: str = "biller") -> Combinable:
        """Returns the expression for the day of a row, as its biller's clock has it."""
        if len(self.zones) == 1:
            return TruncDate(field, tzinfo=next(iter(self.zones)))
        days = [
            When(**{f"{biller}__in": billers}, then=TruncDate(field, tzinfo=zone))
            for zone, billers in self.zones.items()
        ]
        return Case(*days, output_field=DateField())

    def first_whole_day(self, kept: timedelta) -> date:
        """Returns every biller's first complete day, for data deleted before this time."""
        oldest = timezone.now() - kept
        days = [timezone.localdate(oldest, zone) for zone in self.zones]
        return max(days, default=timezone.localdate(oldest)) + timedelta(days=1)


@dataclass(frozen=True)
class Table:
    """A report.

    empty: what it says instead of the table when nothing happened. drawn: the column in its chart.
    by_day: whether it has one row for each day. note: since when it
    is complete, if not for the whole period.
    """

    title: Text
    headings: Sequence[Text]
    rows: Sequence[Sequence[Value]]
    empty: Text
    drawn: int = 1
    by_day: bool = False
    note: Text = ""

    def values(self) -> list[Decimal]:
        return [Decimal(str(row[self.drawn] or 0)) for row in self.rows]

    def shown(self) -> list[list[str]]:
        return [[in_words(value) for value in row] for row in self.rows]

    def has_figures(self) -> bool:
        """Reversals alone are figures, too, although the chart draws what was paid."""
        return any(any(row[1:]) for row in self.rows)


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
        return "–"
    if isinstance(value, Decimal):
        return signed_dollars(value)
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return number_format(value) if isinstance(value, int) else str(value)


def filled(scope: Scope, found: Mapping[date, Sequence[Any]], nothing: Sequence[Any]) -> list[Any]:
    """Returns a row for every day, including days without data."""
    return [(day, *found.get(day, nothing)) for day in scope.days()]


def whole_since(scope: Scope, what: str, kept: timedelta) -> str:
    day = scope.first_whole_day(kept)
    if scope.first >= day:
        return ""
    words = _("%(what)s: complete since %(day)s. Older data has been deleted.")
    return words % {"what": what, "day": in_words(day)}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
