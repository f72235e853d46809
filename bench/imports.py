"""What importing a million accounts costs: the first time, again unchanged, again with 1 % changed.

Each run is `manage.py import_accounts` in a process of its own, on SQLite in a temporary folder or
on the PostgreSQL of DATABASE_URL, whose database is emptied before. Seconds are of the clock, and
beside them those of the processor, which say more on a busy machine (a PostgreSQL's own are not
among them); the peak is all memory the process ever held. LINES=20000 tries it out; FILE=xlsx
takes a spreadsheet.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

ROOT = Path(__file__).resolve().parent.parent
LINES = int(os.environ.get("LINES", "1000000"))
KIND = os.environ.get("FILE", "csv")
MANAGE = [sys.executable, str(ROOT / "manage.py")]
HEADER = ["account_number", "name", "address", "city", "state", "zip", "email", "phone"]
SLUG = "bench"
MAKE_BILLER = (
    f"from icsso.billers.models import Biller; Biller.objects.create(slug='{SLUG}', name='B')"
)


def rows(*, moved_every: int = 0) -> Iterator[list[str]]:
    """A file as a CIS exports it; every so many customers have moved."""
    yield HEADER
    for n in range(LINES):
        street = "New Road" if moved_every and n % moved_every == 0 else "Mill Street"
        place = [f"{n % 9000} {street}, Unit {n}", "Springfield", "IL", f"{62000 + n % 999:05}"]
        yield [f"{30_000_000 + n}", f"Customer Number {n}", *place, f"c{n}@example.com", "555-0100"]


def write(path: Path, *, moved_every: int = 0) -> Path:
    lines = rows(moved_every=moved_every)
    if KIND == "xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for line in lines:
            sheet.append(line)
        book.save(path)
    else:
        with path.open("w") as file:
            file.writelines(",".join(f'"{c}"' if "," in c else c for c in r) + "\n" for r in lines)
    return path


def manage(*arguments: str, database: str) -> str:
    environment = {**os.environ, "DATABASE_URL": database, "DEBUG": "false", "LOG_LEVEL": "ERROR"}
    command = [*MANAGE, *arguments]
    return subprocess.check_output(command, env=environment, text=True, stderr=subprocess.DEVNULL)


def measure(name: str, *arguments: str, database: str) -> None:
    """The peak of a child is told as the highest of all so far: so each in a child's child."""
    read, write_end = os.pipe()
    started = time.perf_counter()
    if os.fork() == 0:
        said = manage("import_accounts", *arguments, "--biller", SLUG, database=database)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
        os.write(write_end, f"{cpu:9.1f}{peak:9}\n{said}".encode())
        os._exit(0)
    os.wait()
    seconds = time.perf_counter() - started
    used, said = os.read(read, 10_000).decode().split("\n", 1)
    counts = re.sub(r"^.*: ", "", said.strip())
    print(f"{name:24}{seconds:9.1f}{used}   {counts}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        home = Path(folder)
        database = os.environ.get("DATABASE_URL", f"sqlite:///{home}/bench.sqlite3")
        first = write(home / f"first.{KIND}")
        moved = write(home / f"moved.{KIND}", moved_every=100)
        manage("migrate", "--verbosity=0", database=database)
        manage("flush", "--no-input", database=database)
        manage("shell", "--command", MAKE_BILLER, database=database)
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        print(f"{LINES:,} lines of {KIND} on {database.split(':')[0]}, load average {load}")
        print(f"{'':24}{'seconds':>9}{'of CPU':>9}{'peak MB':>9}")
        measure("first", str(first), database=database)
        measure("again, unchanged", str(first), database=database)
        measure("again, 1 % changed", str(moved), database=database)
        measure("full, nothing missing", str(moved), "--full", database=database)


main()
