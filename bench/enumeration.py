"""Whether response times reveal who is known: requests for known and unknown people in turns.

A rank test (Mann and Whitney) and the difference of the medians, page by page. Exits with 1 if
known and unknown can be told apart on a page: if the ranks differ (|z| above 4) and the medians
differ by half a millisecond. Only `ROUNDS=2000` on an otherwise idle machine is conclusive; at 150,
or beside other work, a difference of that size is easily missed.
"""

import os
import sys
import time
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import on_sqlite

on_sqlite(
    LOG_LEVEL="CRITICAL",
    TASKS_BACKEND="django_tasks_db.DatabaseBackend",  # as in production: emails go out later
    SIGN_IN_FAILURES="1000000",
)

from django.core.management import call_command
from django.test import Client

from accounts.ratelimit import forget_attempts
from icsso.billers.models import Biller
from tests.attacks.accounts.test_enumeration import PAIRS, Pair
from tests.cast import assemble, springfield

ROUNDS = int(os.environ.get("ROUNDS", "150"))
WARMING_UP = 10
TOLD_APART = 4.0  # of the normal distribution: by chance once in fifteen thousand
DIFFERENCE = 0.5  # milliseconds, of the medians: repeated tries see through a network to about that


def main() -> int:
    call_command("migrate", verbosity=0)
    cast = assemble(springfield())
    Biller.objects.update(guests_prove=True)
    found = [told_apart(name, pair, cast.laundry) for name, pair in PAIRS.items()]
    return 1 if any(found) else 0


def told_apart(name: str, pair: Pair, member: object) -> bool:
    there: list[float] = []
    not_there: list[float] = []
    for turn in range(ROUNDS + WARMING_UP):
        # Each goes first in turn, so that what comes first costs neither of them more.
        sides = [(pair.there, there), (pair.not_there, not_there)]
        for form, times in sides[:: 1 if turn % 2 else -1]:
            took = seconds(pair, form, member)
            if turn >= WARMING_UP:
                times.append(took)
    z, apart = standing(there, not_there), (median(there) - median(not_there)) * 1000
    is_told = abs(z) > TOLD_APART and abs(apart) > DIFFERENCE
    verdict = "TOLD APART" if is_told else "alike"
    print(f"{name:38} {median(there) * 1000:7.2f} {median(not_there) * 1000:7.2f} ms  "
          f"apart {apart:+6.2f} ms  z {z:+5.2f}  {verdict}")  # fmt: skip
    return is_told


def seconds(pair: Pair, form: Mapping[str, str], member: object) -> float:
    forget_attempts()
    client = Client(SERVER_NAME="localhost")
    if pair.is_member:
        client.force_login(member, "accounts.login.backends.BillerBackend")  # type: ignore[arg-type]
    client.get(pair.address)
    started = time.perf_counter()
    client.post(pair.address, form)
    return time.perf_counter() - started


def standing(first: list[float], second: list[float]) -> float:
    """How far the ranks of the first are from chance, in standard deviations."""
    everything = sorted([(took, 0) for took in first] + [(took, 1) for took in second])
    rank, ranks_of_first = 0, 0.0
    for _, same in groupby(everything, key=lambda each: each[0]):
        group = list(same)
        shared = rank + (len(group) + 1) / 2
        ranks_of_first += shared * sum(1 for _, side in group if side == 0)
        rank += len(group)
    n, m = len(first), len(second)
    beyond = ranks_of_first - n * (n + 1) / 2 - n * m / 2
    return beyond / (n * m * (n + m + 1) / 12) ** 0.5


if __name__ == "__main__":
    sys.exit(main())
