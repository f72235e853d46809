"""What a file of the CIS would change, before anything is changed."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.cis_closing import find_missing
from accounts.cis_lines import FIELDS, Batch, Change, Refusal, examine
from accounts.models import UtilityAccount
from accounts.tables import Table, UnreadableFile
from icsso.billers.models import Biller

MOST_LINES = 50_000
SHOWN = 20  # of each kind


class Difference(NamedTuple):
    column: str
    old: str
    new: str


class Changed(NamedTuple):
    account: UtilityAccount
    differences: list[Difference]


@dataclass
class Preview:
    """How many of each kind, and the first of them. doubt: why closing had better be confirmed."""

    came: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    refused: int = 0
    doubt: str = ""
    first_came: list[UtilityAccount] = field(default_factory=list)
    first_changed: list[Changed] = field(default_factory=list)
    first_closed: list[UtilityAccount] = field(default_factory=list)
    first_refused: list[Refusal] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.came + self.changed + self.unchanged + self.refused

    @property
    def changes_nothing(self) -> bool:
        return not (self.came or self.changed or self.closed)


def preview(table: Table, biller: Biller, *, is_full: bool) -> Preview:
    """Writes nothing. Raises UnreadableFile, also when there are too many lines to look at."""
    seen = Preview()
    for batch in examine(table, biller):
        _add(batch, seen)
        if seen.lines > MOST_LINES:
            said = _(
                "The file has more than %d lines. Large files are for the command "
                "“manage.py import_accounts”."
            )
            raise UnreadableFile(said % MOST_LINES)
    if is_full:
        _add_missing(table, biller, seen)
    return seen


def _add(batch: Batch, seen: Preview) -> None:
    seen.came += len(batch.came)
    seen.changed += len(batch.changed)
    seen.unchanged += len(batch.unchanged)
    seen.refused += len(batch.refused)
    seen.first_came += batch.came[: SHOWN - len(seen.first_came)]
    seen.first_refused += batch.refused[: SHOWN - len(seen.first_refused)]
    few = batch.changed[: SHOWN - len(seen.first_changed)]
    seen.first_changed += [_changed(change, batch) for change in few]


def _changed(change: Change, batch: Batch) -> Changed:
    rows = zip(batch.columns, change.before.cells, strict=True)
    differences = [
        Difference(capfirst(str(FIELDS[name].verbose_name)), old, new)
        for name, old in rows
        if old != (new := getattr(change.account, name))
    ]
    if closed_at := change.before.closed_at:
        day = date_format(timezone.localtime(closed_at), "SHORT_DATE_FORMAT")
        differences.append(Difference(_("Closed"), day, _("open again")))
    return Changed(change.account, differences)


def _add_missing(table: Table, biller: Biller, seen: Preview) -> None:
    missing = find_missing(table, biller)
    seen.closed, seen.doubt = missing.count(), missing.doubt()
    first = next(iter(missing), [])[:SHOWN]
    seen.first_closed = list(biller.accounts.filter(pk__in=first))
