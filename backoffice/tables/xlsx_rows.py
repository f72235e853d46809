"""The cells of a sheet as rows of text."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _

from backoffice.tables.columns import letters
from backoffice.tables.invisible import visible
from backoffice.tables.number_formats import NumberFormats
from backoffice.tables.table import Row, UnreadableFile
from backoffice.tables.xlsx_markup import YES, Attributes, TextHandler
from backoffice.tables.xlsx_strings import SharedStrings

MOST_COLUMNS = 200
CELL_COST = 64  # characters
# How XLSX escapes characters that XML can't hold or would change.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
TEXT = "str"  # kind of a formula whose value is text; only that may be empty
TRUTH = {"1": "TRUE", "0": "FALSE"}


class RowsHandler(TextHandler):
    """Finds the rows with text.

    budget: characters in all cells together, plus some for each cell. A few kilobytes can contain
    millions of empty cells, or refer to one long string a million times.
    """

    def __init__(self, strings: SharedStrings, formats: NumberFormats, *, budget: int) -> None:
        super().__init__()
        self.strings, self.formats = strings, formats
        self.budget = budget
        self.number = self.hidden_rows = 0
        self.is_hidden = False
        self.hidden_columns: set[int] = set()
        self.cells: list[str] = []
        self.problem = ""
        self.bad_cells: dict[int, str] = {}
        self.column = -1
        self.kind = self.style = ""
        self.is_formula = self.has_value = False

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            place = attributes.get("r")
            self.column = _column(place) if place else self.column + 1
            self.kind = attributes.get("t", "n")
            self.style = attributes.get("s", "0")
            self.is_formula = self.has_value = False
            self.forget_text()
            self._spend(CELL_COST)
        elif name == "v":
            self.has_value = True
        elif name == "f":
            self.is_formula = True
        elif name == "col" and attributes.get("hidden") in YES:
            last = min(int(attributes["max"]), MOST_COLUMNS)
            self.hidden_columns.update(range(int(attributes["min"]) - 1, last))
        elif name == "row":
            # Rows that repeat a number are rows all the same.
            self.number = max(int(attributes.get("r", 0)), self.number + 1)
            self.is_hidden = attributes.get("hidden") in YES
            self.cells, self.problem, self.column, self.bad_cells = [], "", -1, {}

    def finish(self, name: str) -> None:
        if name == "c":
            if self.pieces:
                self._keep(self._meaning("".join(self.pieces)))
            elif self.is_formula and not (self.has_value and self.kind == TEXT):
                self._complain(
                    _("it has a formula without a value: open the file in Excel and save it")
                )
        elif name == "row":
            if self.problem or any(cell.strip() for cell in self.cells):
                self.found.append(Row(self.number, self.cells, self.problem, self.bad_cells))
                self.hidden_rows += self.is_hidden
        elif name == "sheetData":
            self.is_done = True

    def _keep(self, cell: str) -> None:
        """Adds the cell in its column. The file omits most empty cells, or they are only
        colored."""
        missing = self.column - len(self.cells)
        if self.column >= MOST_COLUMNS:
            said = _("The sheet has text beyond column %d. Remove it, or save the table alone.")
            raise UnreadableFile(said % MOST_COLUMNS)
        if missing < 0:
            raise ValueError("a column twice")
        if missing:
            self.cells.extend([""] * missing)
        self.cells.append(cell)
        self._spend(len(cell))

    def _spend(self, cost: int) -> None:
        self.budget -= cost
        if self.budget < 0:
            raise UnreadableFile(_("The spreadsheet is too large. Save it as “CSV UTF-8.”"))

    def _meaning(self, text: str) -> str:
        kind = self.kind
        if kind == "n":
            return self._number(text)
        if kind == "s":
            return _text(self.strings[int(text)])
        if kind == "b":
            return TRUTH.get(text, text)
        if kind == "e":
            self._complain(_("it has a formula with an error (%s)") % text)
        return _text(text)

    def _number(self, text: str) -> str:
        try:
            return self.formats.shown(text, self.style)
        except ValueError:
            said = _("the cell in column %s has the format of a number but isn't one")
            self._complain(said % letters(self.column))
            return _text(text)

    def _complain(self, problem: str) -> None:
        self.problem = problem
        self.bad_cells[self.column] = problem


def _text(text: str) -> str:
    return visible(ESCAPED.sub(_unescaped, text) if "_x" in text else text)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)


@lru_cache(maxsize=1024)
def _column_of(letters: str) -> int:
    if not letters.isalpha() or not letters.isascii() or len(letters) > 3:
        raise ValueError("no column of a spreadsheet")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _column(place: str) -> int:
    """Returns 0 for A1, 27 for AB12."""
    return _column_of(place.rstrip("0123456789"))
