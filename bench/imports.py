"""What importing a million accounts costs: the first time, again unchanged, and again with 1%
changed.

Each run is `manage.py import_accounts` in a process of its own, on SQLite in a temporary folder or
on the PostgreSQL of DATABASE_URL, whose database is emptied first. The figures are wall-clock
seconds; CPU seconds, which say more on a busy machine and do not include PostgreSQL's own; and the
peak memory of the process. LINES=20000 is a short trial. FILE=xlsx uses a spreadsheet. OLD=7318caed
alternates with runs of that commit, and prints the ratio of CPU seconds, in both without those of
the start of the process. The last lines say what it takes to read the file without a database: with
the library alone (csv or openpyxl), and with the portal's own reader.
"""

import csv
import os
import re
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from backoffice.tables.files import opened

LINES = int(os.environ.get("LINES", "1000000"))
KIND = os.environ.get("FILE", "csv")
OLD = os.environ.get("OLD", "")
HEADER = ["account_number", "name", "address", "city", "state", "zip", "email", "phone"]
SLUG = "bench"
MAKE_BILLER = (
    f"from icsso.billers.models import Biller; Biller.objects.create(slug='{SLUG}', name='B')"
)


def rows(*, moved_every: int = 0) -> Iterator[list[str]]:
    """Yields the rows of a file. moved_every: every so many customers have moved."""
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


def manage(tree: Path, *arguments: str, database: str) -> str:
    environment = {**os.environ, "DATABASE_URL": database, "DEBUG": "false", "LOG_LEVEL": "ERROR"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else each start would compile all modules
    command = [sys.executable, str(tree / "manage.py"), *arguments]
    return subprocess.check_output(
        command, cwd=tree, env=environment, text=True, stderr=subprocess.DEVNULL
    )


def measure(name: str, work: Callable[[], str]) -> float:
    """Runs the work in a process of its own, prints what it took, and returns its CPU seconds. A
    process knows only the highest peak among all its children so far, so each run is a child of a
    child."""
    read, write_end = os.pipe()
    started = time.perf_counter()
    if os.fork() == 0:
        said = work()
        whose = [
            resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        cpu = sum(used.ru_utime + used.ru_stime for used in whose)
        peak = max(used.ru_maxrss for used in whose) // 1024
        os.write(write_end, f"{cpu:9.1f}{peak:9}\n{said}".encode())
        os._exit(0)
    os.wait()
    seconds = time.perf_counter() - started
    used, said = os.read(read, 10_000).decode().split("\n", 1)
    counts = re.sub(r"^.*: ", "", said.strip())
    print(f"{name:30}{seconds:9.1f}{used}   {counts}", flush=True)
    return float(used.split()[0])


def start(tree: Path, database: str) -> str:
    """What any command takes before its work: modules are loaded, whatever the file is."""
    manage(tree, "shell", "--command", "pass", database=database)
    return ""


def importing(tree: Path, database: str, *arguments: str) -> Callable[[], str]:
    return lambda: manage(tree, "import_accounts", *arguments, "--biller", SLUG, database=database)


def old_tree(folder: Path) -> Path:
    archive = subprocess.check_output(["git", "-C", str(ROOT), "archive", OLD])
    with tarfile.open(fileobj=BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def read_by_library(path: Path) -> str:
    if KIND == "xlsx":
        rows = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        return f"{sum(1 for _row in rows):,} rows"
    with path.open(newline="") as file:
        return f"{sum(1 for _row in csv.reader(file)):,} rows"


def read_by_ours(path: Path) -> str:
    with opened(path) as table:
        return f"{sum(1 for _row in table.rows()):,} rows"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        home = Path(folder)
        first = write(home / f"first.{KIND}")
        moved = write(home / f"moved.{KIND}", moved_every=100)
        trees = {"": ROOT} | ({OLD: old_tree(home / OLD)} if OLD else {})
        databases = {name: f"sqlite:///{home}/bench{name}.sqlite3" for name in trees}
        if not OLD:
            databases[""] = os.environ.get("DATABASE_URL", databases[""])
        for name, tree in trees.items():
            manage(tree, "migrate", "--verbosity=0", database=databases[name])
            manage(tree, "flush", "--no-input", database=databases[name])
            manage(tree, "shell", "--command", MAKE_BILLER, database=databases[name])
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        print(f"{LINES:,} lines of {KIND} on {databases[''].split(':')[0]}, load average {load}")
        print(f"{'':30}{'seconds':>9}{'of CPU':>9}{'peak MB':>9}")
        starting = {
            name: measure(f"start alone {name}", lambda: start(tree, databases[name]))  # noqa: B023
            for name, tree in trees.items()
        }
        for step, arguments in (
            ("first", [first]),
            ("again, unchanged", [first]),
            ("again, 1 % changed", [moved]),
            ("full, nothing missing", [moved, "--full"]),
        ):
            used = {
                name: measure(
                    f"{step} {name}", importing(tree, databases[name], *map(str, arguments))
                )
                - starting[name]
                for name, tree in trees.items()
            }
            if OLD:
                print(f"{'':30}{used[''] / used[OLD]:9.2f} times {OLD}", flush=True)
        measure("read by the library alone", lambda: read_by_library(first))
        measure("read by ours, no database", lambda: read_by_ours(first))


main()
