"""How often the processes of the portal collect garbage."""

import gc

# Number of new objects between two runs. With Python's default of 700, collecting would take a
# third of the time of an import, and a page would trigger dozens of runs that find next to nothing.
GARBAGE = 20_000


def collect_seldom() -> None:
    gc.set_threshold(GARBAGE, 10, 10)
