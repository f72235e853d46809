"""The columns of an account file."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.exports.safe_text import unguarded
from backoffice.tables.table import Row, Table, UnreadableFile

COLUMNS = ("account_number", "name", "address", "city", "state", "zip", "email", "phone")
REQUIRED = ("account_number", "name")
FIELDS = {field.name: field for field in UtilityAccount._meta.fields if field.name in COLUMNS}
# How a spreadsheet writes an account number of 12 or more digits after rounding it.
ROUNDED = re.compile(r"\d(\.\d+)?e\+\d+", re.IGNORECASE)


def columns_of(table: Table) -> list[str]:
    """Returns the names of the file's columns, written like ours and including unknown ones.

    Raises UnreadableFile if a required column is missing or a known one is repeated.
    """
    columns = [re.sub(r"[\s_-]+", "_", name.strip().lower()) for name in table.header]
    if not set(REQUIRED) <= set(columns):
        said = _("The first row must contain the column names, including at least: %s.")
        raise UnreadableFile(said % ", ".join(REQUIRED))
    for name in COLUMNS:
        if columns.count(name) > 1:
            raise UnreadableFile(_("The first row repeats a column name: %s.") % name)
    return columns


def clean(cell: str) -> str:
    """Returns the text of a cell with single spaces."""
    return unguarded(" ".join(cell.split()))


def account_number_of(row: Row, columns: Sequence[str]) -> str:
    """Returns the account number of any row, or "" if it cannot be read."""
    place = columns.index("account_number")
    if row.problem or len(row.cells) <= place:
        return ""
    number = clean(row.cells[place])
    return "" if ROUNDED.fullmatch(number) or not number.isprintable() else number
