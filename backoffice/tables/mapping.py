"""How a file is read: its header row and the column of each field, found or as staff chose them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from backoffice.tables.columns import (
    Columns,
    UsualNames,
    distinct_names,
    guess_columns,
    letters,
    repeated_names,
    still_fit,
)
from backoffice.tables.table import HEADER_WITHIN, Row, Table, UnreadableFile

SAMPLE = 5  # rows
TOTALS = re.compile(r"(?:[\w#]+[ -]){0,3}(?:sub[ -]?)?totals?\b.*", re.IGNORECASE | re.DOTALL)


class UnknownColumns(UnreadableFile):
    """The names don't show which column is which, but a person can choose."""


@dataclass(frozen=True)
class Fields:
    """The fields that a kind of file may have.

    labels: in the order in which they are chosen. usual: the usual names of their columns. ours:
    columns that we add to files ourselves, so it is not reported that they are ignored. advice:
    what else to do if the column of a field is missing.
    """

    labels: Mapping[Any, Any]
    usual: UsualNames
    required: Sequence[str]
    ours: frozenset[str] = frozenset()
    advice: Mapping[str, Any] = field(default_factory=dict)

    def guess(self, table: Table) -> dict[str, str]:
        """Returns the column of each field, as far as the names show."""
        return guess_columns(distinct_names(table.header), self.usual)


class Column(NamedTuple):
    """A column of the file. label: of its field; "" if the column is ignored."""

    name: str
    label: str


class ReadRow(NamedTuple):
    """A row as it was read: the text of each field, or why there is none."""

    number: int
    values: Sequence[str]
    problem: str = ""


class FirstRows(NamedTuple):
    """The first rows of a file, as they are in the file and as they are read."""

    names: Sequence[str]
    rows: Sequence[Row]
    labels: Sequence[str]
    read: Sequence[ReadRow]


def find_columns(
    table: Table,
    fields: Fields,
    remembered: Columns,
    *,
    chosen: Columns | None = None,
    header: int | None = None,
) -> dict[str, str]:
    """Finds the row with the column names and returns the column of each field.

    remembered: the columns of an earlier file, used again if this file has them all. If staff chose
    them, every field is in it, some with an empty name. chosen, header: columns and the number of
    the header row, as a person gave them for this file. Raises UnreadableFile, with what to do, if
    a required or chosen column is missing or a known one is repeated.
    """
    chosen = chosen or {}
    given = {name for name in chosen.values() if name}
    if header:
        table.choose_header(header)
        if not table.header:
            raise UnreadableFile(_("There is no text in row %d.") % header)
    elif given:
        table.find_header(lambda cells: given <= set(distinct_names(cells)))
    else:
        if not table.find_header(lambda cells: _is_header(cells, fields, remembered)):
            _use_likeliest_header(table, fields)
        if not still_fit(remembered, distinct_names(table.header)):
            _check_one_heading(table, fields)
    names = distinct_names(table.header)
    if missing := sorted(given.difference(names)):
        raise _unknown(table, fields, missing)
    earlier = remembered if still_fit(remembered, names) else {}
    kept = {field: name for field, name in earlier.items() if name not in given} | {**chosen}
    if {str(field) for field in fields.labels} <= set(kept):
        return kept
    return kept | _guessed(table, fields, kept)


def _guessed(table: Table, fields: Fields, kept: Columns) -> dict[str, str]:
    """Returns the columns of the other fields. Raises UnreadableFile: see `find_columns`."""
    others = [name for name in distinct_names(table.header) if name not in kept.values()]
    usual = {field: known for field, known in fields.usual.items() if field not in kept}
    guess = guess_columns(others, usual)
    if missing := [str(f) for f in fields.required if not (kept.get(f) or guess.get(f))]:
        raise _unknown(table, fields, missing)
    for name, places in repeated_names(table.header, list(guess.values())).items():
        said = _(
            "The row with the column names repeats a column name: it has “%(name)s” twice, in "
            "columns %(first)s and %(second)s. Choose the right one, or rename one of them in the "
            "file."
        )
        first, second = (letters(place - 1) for place in places[:2])
        raise UnknownColumns(said % {"name": name, "first": first, "second": second})
    return guess


def _is_header(cells: Sequence[str], fields: Fields, remembered: Columns) -> bool:
    names = distinct_names(cells)
    if still_fit(remembered, names):
        return True
    guess = guess_columns(names, fields.usual)
    return all(field in guess for field in fields.required)


def _use_likeliest_header(table: Table, fields: Fields) -> None:
    """Uses the row with the most usual names, so that a person can choose the others."""

    def known(cells: Sequence[str]) -> int:
        return len(guess_columns(distinct_names(cells), fields.usual))

    most = max((known(row.cells) for row in islice(table.rows(), HEADER_WITHIN)), default=0)
    if most:
        table.find_header(lambda cells: known(cells) == most)


def _check_one_heading(table: Table, fields: Fields) -> None:
    """Raises UnknownColumns if the names are in two rows: Service above Address."""
    below = next(iter(table), None)
    if not below or any(sign.isdigit() for cell in below.cells for sign in cell):
        return
    pairs = zip_longest(table.header, below.cells, fillvalue="")
    joined = distinct_names([f"{above} {name}" for above, name in pairs])
    found = len(guess_columns(joined, fields.usual))
    alone = [
        len(guess_columns(distinct_names(row), fields.usual)) for row in (table.header, below.cells)
    ]
    if found > max(*alone, 1):
        said = _(
            "The column names seem to be in two rows, %(first)d and %(second)d. Join them into one "
            "row, as in “%(name)s.”"
        )
        two = {"first": table.header_number, "second": below.number}
        raise UnknownColumns(said % {**two, "name": joined[0]})


def _unknown(table: Table, fields: Fields, missing: Sequence[str]) -> UnreadableFile:
    if not table.header:
        return UnreadableFile(
            _("The file is empty. The first row must contain the column names: %s.")
            % ", ".join(fields.labels)
        )
    if len(table.header) == 1 and not table.unread_sheets:
        return UnreadableFile(
            _(
                "The file has only one column. The columns must be separated by commas, "
                "semicolons, tabs, bars (|), carets (^), or tildes (~), and the first row must "
                "contain the column names."
            )
        )
    said = _(
        "The first row must contain the column names, including at least: %(required)s. Not "
        "found: %(missing)s. Row %(number)d has: %(names)s. Rename the columns in the file, or "
        "upload it in the admin and choose the columns there."
    )
    words = {
        "required": ", ".join(fields.required),
        "missing": ", ".join(missing),
        "number": table.header_number,
        "names": ", ".join(name[:50] for name in distinct_names(table.header)[:30]),
    }
    sheets = _("The other sheets with tables are: %s.") % ", ".join(table.unread_sheets)
    further = [str(fields.advice[name]) for name in missing if name in fields.advice]
    further += [sheets] if table.unread_sheets else []
    return UnknownColumns(" ".join([said % words, *further]))


def fields_of(header: Sequence[str], columns: Columns) -> list[str]:
    """Returns the field of each column of the file; "" for a column that is ignored."""
    field_of = {name: field for field, name in columns.items() if name}
    return [field_of.get(name, "") for name in distinct_names(header)]


def ignored_columns(table: Table, fields: Fields, columns: Columns) -> list[str]:
    """Returns the names of the columns that are not read."""
    taken = {*columns.values(), *fields.ours}
    return [
        name
        for name, cell in zip(distinct_names(table.header), table.header, strict=True)
        if name not in taken and cell.strip()
    ]


def hidden_line(table: Table) -> str:
    """Returns how many hidden rows, and which hidden columns, were read; "" if there are none."""
    rows = table.hidden_rows
    hidden = (name for place, name in enumerate(table.header) if place in table.hidden_columns)
    names = list(filter(str.strip, hidden))
    said = [_("Hidden rows that were read too: %d.") % rows] if rows else []
    said += [_("Hidden columns of the file: %s.") % ", ".join(names)] if names else []
    return " ".join(said)


def described(table: Table, fields: Fields, columns: Columns) -> list[Column]:
    """Returns what each column of the file is read as."""
    labels = {str(field): capfirst(str(label)) for field, label in fields.labels.items()}
    pairs = zip(distinct_names(table.header), fields_of(table.header, columns), strict=True)
    return [Column(name, labels.get(field, "")) for name, field in pairs]


def first_rows(
    table: Table,
    fields: Fields,
    columns: Columns,
    read: Callable[[Row, Columns], tuple[Mapping[str, str], str]],
) -> FirstRows:
    """Returns the first rows below the header.

    read: returns a row's fields as text and what is wrong with it. Raises UnreadableFile.
    """
    rows = list(islice(table, SAMPLE))
    shown = [field for field in map(str, fields.labels) if columns.get(field)]
    labels = [capfirst(str(label)) for field, label in fields.labels.items() if field in shown]
    complete = all(columns.get(field) for field in fields.required)
    as_read = [_as_read(row, shown, *read(row, columns)) for row in rows if complete]
    return FirstRows(distinct_names(table.header), rows, labels, as_read)


def _as_read(row: Row, shown: Iterable[str], values: Mapping[str, str], problem: str) -> ReadRow:
    return ReadRow(row.number, [values.get(field, "") for field in shown], problem)


def is_total(text: str) -> bool:
    """Whether a row that begins with this text contains totals."""
    return bool(TOTALS.match(text.strip()))
