"""What grows with the rows that are kept: plans, sizes, and the work of a night, on PostgreSQL.

    python deploy/services.py python -m bench.growth          # CHECKOUTS="100000 1000000"

Fills two volumes, one after the other, each spread over four years. Prints how many 8 kB pages each
query reads at both volumes: if the numbers are equal, the query does not depend on the number of
rows. Also prints the size of a row at both, and the size extrapolated to 100 million postbacks.
Exits with 1 if something that is done all day reads a large table from end to end.
"""

import os
import sys

from bench.setup import on_postgresql

on_postgresql(STAFF_SECOND_FACTOR="false")

from django.core.management import call_command
from django.db import connection

from bench.growth.measuring import Blocks, Read, Size, blocks, sizes
from bench.growth.rows import STATEMENTS, fill, settle
from bench.growth.stories import Stories
from icsso.billers.models import Biller
from inhance.retention.rules import RULES
from inhance.retention.services import _applied
from tests.posting.paying import layout_of

VOLUMES = tuple(map(int, os.environ.get("CHECKOUTS", "100000 1000000").split()))
GOAL = 100_000_000  # postbacks
TABLES = tuple(table for table, _statements in STATEMENTS)
Told = dict[str, list[Read]]


class Volume:
    """All that is found out at one volume."""

    def __init__(self, checkouts: int, named: dict[str, int]) -> None:
        print(f"\n{checkouts:,} checkouts", flush=True)
        fill(checkouts, named)
        self.sizes = sizes(TABLES)
        stories = Stories()
        self.day: Told = dict(stories.of_the_day())
        self.night: Told = dict(stories.of_the_night())
        self.nights = [nights_work(), nights_work()]


def nights_work() -> dict[str, tuple[int, Blocks]]:
    """Applies retention: how many rows each rule deleted, and what that took."""
    found: dict[str, tuple[int, Blocks]] = {}
    for rule in RULES:
        numbers: list[int] = []
        took = blocks(lambda rule=rule, into=numbers: into.append(_applied(rule).number))  # type: ignore[misc]
        found[f"{rule.kind} ({rule.model._meta.label})"] = (numbers[0], took)
    return found


def main() -> int:
    assert connection.vendor == "postgresql", "Start it by deploy/services.py."
    call_command("migrate", verbosity=0)
    named = settle()
    layout_of(Biller.objects.get(pk=1))
    volumes = [Volume(number, named) for number in VOLUMES]
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    show_sizes([volume.sizes for volume in volumes])
    is_whole = show_reads("all day", [volume.day for volume in volumes])
    show_reads("every night", [volume.night for volume in volumes])
    for volume, number in zip(volumes, VOLUMES, strict=True):
        show_nights(number, volume.nights)
    return int(is_whole)


def show_sizes(found: list[dict[str, Size]]) -> None:
    print(f"\n{'bytes of a row, with its indexes':34}{'':>12}" + "of which indexes".rjust(18))
    total = 0.0
    last = found[-1]
    scale = GOAL / last["payments_postback"].rows
    for table in TABLES:
        cells = "".join(f"{each[table].each:10.0f}" for each in found)
        size = last[table]
        at_goal = (size.heap + size.indexes) * scale / 1e9
        total += at_goal
        share = size.indexes / (size.heap + size.indexes)
        print(f"{table:28}{size.rows:>12,}{cells}{share:10.0%}{at_goal:10.1f} GB")
    print(f"{'altogether (extrapolated)':28}{'':42}{total:10.1f} GB, for {GOAL:,} postbacks")


def show_reads(title: str, found: list[Told]) -> bool:
    """Whether a large table is read from end to end."""
    heads = "".join(f"{number:>12,}" for number in VOLUMES)
    print(f"\npages looked at, {title:30}{heads}   the query that looks at most")
    is_whole = False
    for name, asked in found[-1].items():
        cells = "".join(f"{sum(r.buffers for r in each[name]):12,}" for each in found)
        worst = max(asked, key=lambda read: read.buffers, default=None)
        plan = " < ".join(worst.plan) if worst else ""
        whole = sorted({table for read in asked for table in read.whole})
        is_whole |= bool(whole)
        print(f"{name:47}{cells}   {plan[:150]}" + f"   WHOLE: {', '.join(whole)}" * bool(whole))
    return is_whole


def show_nights(number: int, nights: list[dict[str, tuple[int, Blocks]]]) -> None:
    print(f"\nretention, {number:,} checkouts: rows, pages, seconds; and again, with nothing left")
    for name, (rows, took) in nights[0].items():
        _none, again = nights[1][name]
        print(
            f"{name:47}{rows:>10,}{took.buffers:>12,}{took.seconds:8.1f} s"
            f"{again.buffers:>12,}{again.seconds:8.1f} s"
        )


if __name__ == "__main__":
    sys.exit(main())
