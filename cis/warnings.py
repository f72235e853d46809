"""What was left out of imported rows: counted by cause, with the first rows of each."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SHOWN = 20  # rows of each cause


class Warned(NamedTuple):
    """A row that was imported without something, and why."""

    number: int
    cause: str


class Warnings:
    """Takes the same little memory for any number of rows: there are few causes."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, int] = defaultdict(int)
        self.first: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, warned: Iterable[Warned]) -> None:
        for number, cause in warned:
            self.counts[cause] += 1
            if len(self.first[cause]) < SHOWN:
                self.first[cause].append(number)

    def __len__(self) -> int:
        return sum(self.counts.values())

    def lines(self) -> list[str]:
        """Returns a line for each cause, the most frequent one first."""
        often = sorted(self.counts, key=lambda cause: (-self.counts[cause], cause))
        return [f"{cause}: {self.counts[cause]:,} ({self._rows(cause)})" for cause in often]

    def _rows(self, cause: str) -> str:
        first = self.first[cause]
        numbers = ", ".join(map(str, first))
        more = ", …" if self.counts[cause] > len(first) else ""
        return ngettext("row %s", "rows %s", len(first)) % f"{numbers}{more}"


def ignored_line(names: list[str]) -> str:
    return _("Ignored columns: %s.") % ", ".join(names) if names else ""
