"""What becomes of a file of accounts with every fault planted in 1% of its lines, and of one with
every pair of faults in a line.

Imports LINES (20,000) lines into SQLite in a temporary folder and compares every account with the
truth. Exits with 1 if any account is wrong, or if something was left out without being reported.
"""

import os
import sys
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory(prefix="portal-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER.name}/bench.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")

import django

django.setup()

from django.core.management import call_command

from bench.planted.combined import combined
from bench.planted.files import make, try_import
from icsso.billers.models import Biller

LINES = int(os.environ.get("LINES", "20000"))


def main() -> int:
    call_command("migrate", verbosity=0)
    biller = Biller.objects.create(slug="bench", name="Bench")
    made = make(LINES, share=0.01)
    outcome = try_import(made, Path(FOLDER.name), biller)
    print(f"{LINES:,} lines, {len(made.planted):,} with a fault")
    print(outcome.table())
    biller.accounts.all().delete()
    pairs = combined()
    made = make(max(LINES, len(pairs)), share=0, seed=2, planted=pairs)
    both = try_import(made, Path(FOLDER.name), biller)
    print(f"{len(pairs):,} pairs of faults in one line each")
    print(f"{len(both.wrong)} silently wrong: {both.wrong[:5]}")
    print(f"{len(both.untold)} not named: {both.untold[:5]}")
    return 1 if outcome.wrong or outcome.untold or both.wrong or both.untold else 0


sys.exit(main())
