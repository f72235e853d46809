"""The number of cells in a line: files add empty ones, omit some, and split amounts."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from payments.models.reconciliation import Reconciliation

# The two parts of an amount that an unquoted comma splits.
HIGHER_DIGITS, LOWER_DIGITS = re.compile(r"\W*\d{1,3}"), re.compile(r"\d{3}(\.\d*)?\W*")
MOST_ARE = 2  # lines, at least


def fitted(cells: Sequence[str], width: int, *, is_ragged: bool, spare: int) -> list[str]:
    """Returns the cells without extra empty ones after the last column, if lines usually have as
    many; adds those that the file omits.

    In a line of text with more cells than the others, an unquoted comma, as in 1,061.30, has moved
    every cell after it.
    """
    line = list(cells)
    if is_ragged:
        while len(line) > width and not line[-1].strip():
            line.pop()
        return line + [""] * (width - len(line))
    return line[:width] if _has_spare_cells(line, width, spare) and not _is_cut(line) else line


def usual_spare_cells(reconciliation: Reconciliation) -> int:
    """Returns as many as the header row has, or else most of the first lines: at least two, because
    one line may contain an unquoted comma."""
    width = len(reconciliation.header)
    top = dict(reconciliation.top)
    names = top.get(reconciliation.header_number, [])
    if len(names) > width:
        return len(names) - width
    first = [cells for number, cells in top.items() if number > reconciliation.header_number]
    counts = Counter(len(cells) - width for cells in first)
    for spare, count in counts.most_common(1):
        fitting = sum(_has_spare_cells(cells, width, spare) for cells in first)
        return spare if count >= MOST_ARE and fitting * 2 > len(first) else 0
    return 0


def _has_spare_cells(cells: Sequence[str], width: int, spare: int) -> bool:
    return 0 < spare == len(cells) - width and not "".join(cells[width:]).strip()


def _is_cut(cells: Sequence[str]) -> bool:
    """Whether two cells may be the halves of an amount: 1 and 061.30."""
    return any(
        HIGHER_DIGITS.fullmatch(one) and LOWER_DIGITS.fullmatch(other)
        for one, other in pairwise(cells)
    )
