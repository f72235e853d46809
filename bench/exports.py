"""How much memory an export of 1,000 rows takes, and one of 100,000: flat if the ratio is near 1.

Each export runs in a process of its own, on SQLite, the way the admin makes it. The peak is that of
the process.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FEW, MANY = 1_000, 100_000
FILL = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
    INSERT INTO accounts_utilityaccount (biller_id, account_number, number_key, name, address,
        city, state, zip, email, phone, name_key)
    SELECT 1, 10000000 + n, 10000000 + n, 'Customer ' || n, n || ' Mill Street', 'Springfield',
        'IL', '62701', '', '', 'customer ' || n FROM numbers
"""


def make(form: str, number: int) -> None:
    """In the child process: fills a table, writes the file, and prints the peak in megabytes."""
    import django  # noqa: PLC0415

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from accounts.models import UtilityAccount  # noqa: PLC0415
    from backoffice.exports.files import csv_text, one_by_one, xlsx_file  # noqa: PLC0415
    from icsso.billers.models import Biller  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    Biller.objects.create(pk=1, slug="springfield-water", name="Springfield Water")
    with connection.cursor() as cursor:
        cursor.execute(FILL, [number])
    found = one_by_one(UtilityAccount.objects.select_related("biller"))
    rows = ([row.biller, row.account_number, row.name, row.address, row.pk] for row in found)
    headings = ["biller", "account number", "name", "address", "number"]
    if form == "csv":
        size = sum(len(piece) for piece in csv_text(headings, rows))
    else:
        with xlsx_file(headings, rows) as file:
            size = file.seek(0, os.SEEK_END)
    assert size > number
    print(getrusage(RUSAGE_SELF).ru_maxrss / 1024)


def peak(form: str, number: int) -> float:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        own = {
            "DJANGO_SETTINGS_MODULE": "inhance.settings",
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "LOG_LEVEL": "ERROR",
            "DEBUG": "false",
        }
        command = [sys.executable, __file__, form, str(number)]
        made = subprocess.run(
            command, env=os.environ | own, check=True, capture_output=True, text=True
        )
    return float(made.stdout)


def main() -> None:
    print(f"{'peak, MB':12}{FEW:>12,}{MANY:>12,}{'ratio':>8}")
    for form in ("csv", "xlsx"):
        few, many = peak(form, FEW), peak(form, MANY)
        print(f"{form:12}{few:12.1f}{many:12.1f}{many / few:8.2f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        make(sys.argv[1], int(sys.argv[2]))
    else:
        main()
