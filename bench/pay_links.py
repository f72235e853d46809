"""What exporting pay links costs: time and peak memory with few accounts and with a million.

Run `python bench/pay_links.py`. MANY=100000 exports fewer links. QR_CODES=10000,1000000 sets how
many QR codes to draw, instead of 10,000 and 50,000: a million take an hour or two.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")

FEW, MANY = 10_000, int(os.environ.get("MANY", "1_000_000"))
QR_CODES = [int(each) for each in os.environ.get("QR_CODES", "10000,50000").split(",")]
MOST_GROWTH = 30  # MB between few and many
SQL = """
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < %s)
    INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name,
        address, city, state, zip, email, phone, name_key)
    SELECT n, 1, 10000000 + n, 10000000 + n, 'Customer ' || n, n || ' Mill Street', 'Springfield',
        'IL', '62701', '', '', 'customer ' || n FROM counted"""


def prepare() -> None:
    import django  # noqa: PLC0415  (only here and in the child processes)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from icsso.billers.models import Biller, BillerHost  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    biller = Biller.objects.create(pk=1, slug="bench", name="Bench")
    BillerHost.objects.create(biller=biller, host="pay.springfield.example")
    with connection.cursor() as cursor:
        cursor.execute(SQL, [max(MANY, *QR_CODES)])


def export(kind: str, number: int) -> None:
    """Runs in a process of its own, whose peak memory is that of this export."""
    import django  # noqa: PLC0415

    django.setup()
    from icsso.billers.models import Biller  # noqa: PLC0415
    from payments.pay_links.export import as_csv_text, pay_links, qr_files  # noqa: PLC0415
    from payments.pay_links.zip_stream import zipped  # noqa: PLC0415

    links = pay_links(Biller.objects.get(), site="https://pay.springfield.example", most=number)
    pieces = encoded(as_csv_text(links)) if kind == "csv" else zipped(qr_files(links, kind))
    started, computed = time.monotonic(), time.process_time()
    size = sum(map(len, pieces))
    seconds, computed = time.monotonic() - started, time.process_time() - computed
    # `getrusage` would include the parent's memory at the time it started this process.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{seconds:.1f} {computed:.2f} {size} {peak:.1f}")


def encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    return (piece.encode() for piece in pieces)


def measured(kind: str, number: int) -> float:
    """Returns the peak in MB."""
    command = [sys.executable, __file__, kind, str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, computed, size, peak = map(float, done.stdout.split()[-4:])
    each = computed / number * 1000
    print(
        f"{kind:4} {number:>9,}  {seconds:>7.1f} s  {each:>6.2f} ms of CPU each"
        f"  {size / 1e6:>8.1f} MB  peak {peak:>6.1f} MB",
        flush=True,
    )
    return peak


def main() -> None:
    with TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        prepare()
        growth = []
        for kind, numbers in (("csv", [FEW, MANY]), ("svg", QR_CODES), ("png", QR_CODES[:1])):
            peaks = [measured(kind, number) for number in numbers]
            growth.append(max(peaks) - min(peaks))
    if max(growth) > MOST_GROWTH:
        sys.exit(f"memory is not flat: it grew by {max(growth):.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:]:
        export(sys.argv[1], int(sys.argv[2]))
    else:
        main()
