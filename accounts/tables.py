"""Tables that people give us, CSV or XLSX: read line by line in flat memory, nothing trusted."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from backoffice.exports.files import FORMULA, HARMLESS_BEHIND


class UnreadableFile(Exception):
    """The file as a whole is not what we can read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line's cells, as they stand in the file; or its text and why that cannot be read."""

    number: int
    cells: list[str]
    problem: str = ""


class Table(ABC):
    """The lines after the header, as often as one wants to go through them; not the empty ones.

    header: the cells of the first line. progress: how much of the file has been read, from 0 to 1.
    Numbers of a spreadsheet come as text without exponent, its dates as the day's number.
    """

    header: list[str]
    progress: float = 0.0

    @abstractmethod
    def __iter__(self) -> Iterator[Line]:
        """Raises UnreadableFile where that shows only on the way."""


def unharmed(cell: str) -> str:
    """What `backoffice.exports.files.safe_in_csv` was given, so that our own files can be given back to us."""
    cell = HARMLESS_BEHIND.sub(r"\1\2", cell)
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell[1:].lstrip()) else cell
