"""The tables of values as other systems write them (tests/cases/text)."""

import csv
from pathlib import Path

CASES = Path(__file__).parents[3] / "cases" / "text"


def cases(name: str) -> list[tuple[str, str]]:
    """Returns the text and what it is read as, of each row."""
    with (CASES / name).open(newline="", encoding="utf-8") as file:
        return [(row[0], row[1]) for row in list(csv.reader(file))[1:]]
