"""Two faults in one line. They must neither make up for each other nor hide each other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from bench.planted.faults import FAULTS, Account, Cell, Fault, Line, Planted, line


@dataclass(frozen=True)
class Both:
    cells: tuple[Cell, ...]
    lines: tuple[Line, ...]

    def __call__(self, account: Account) -> Planted:
        truth = wrong = account
        for each in self.cells:
            truth, wrong = each.truth(truth), each.wrong(wrong)
        text = line(*wrong.cells())
        for change in self.lines:
            text = change.change(text, wrong)
        comes = all(each.comes for each in (*self.cells, *self.lines))
        return Planted(text, truth if comes else None)


def combined() -> list[Fault]:
    """Returns every pair of faults that fits into one line: of two cells, of a cell and the line,
    or of the line twice."""
    return list(_combined())


def _combined() -> Iterator[Fault]:
    for one, other in combinations(FAULTS, 2):
        plants = (one.plant, other.plant)
        cells = tuple(plant for plant in plants if isinstance(plant, Cell))
        lines = tuple(plant for plant in plants if isinstance(plant, Line) and not plant.comes)
        if len(cells) + len(lines) < 2 or len({each.column for each in cells}) < len(cells):
            continue
        if any(_is_quoted(each, fault.name) for each in cells for fault in (one, other)):
            continue
        name = f"{one.name} + {other.name}"
        said = "; ".join(fault.said for fault in (one, other) if fault.fate == "refused")
        is_sure = not lines and ";" not in said  # else one of several reasons
        fates = {one.fate, other.fate}
        fate = "refused" if "refused" in fates else "told" if "told" in fates else "taken"
        both = Both(cells, lines)
        yield Fault(name, fate, both, said if is_sure and fate == "refused" else "", lines=3)


def _is_quoted(cell: Cell, fault: str) -> bool:
    """Returns whether a comma or line break in this cell does not separate cells."""
    is_inside = fault.startswith(("comma in", "name: broken")) and cell.column in fault
    return is_inside and bool({"\n", '"'} & {*cell.written})


def for_longer_lines() -> list[Fault]:
    """Returns the faults of single lines for a file whose lines have more delimiters: the reasons
    are different, and a missing delimiter is no fault."""
    kept = [fault for fault in FAULTS if fault.name != "one delimiter too few"]
    return [replace(fault, said="") if fault.fate == "refused" else fault for fault in kept]
