"""The restore drill: a database of a million rows is backed up and restored into a new one, as
docs/production.md describes, and measured until a member has signed in and paid.

Run `python -m bench.operation.restore`, with ROWS=100000 for a short trial.

PostgreSQL has its default settings, and everything runs on one machine. Each step of an operator is
a process of its own, so its seconds include the start of Python.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from deploy.services import free_port
from tests.storm.machines import servers

FOLDER = tempfile.TemporaryDirectory(prefix="portal-bench-")
HOME = Path(FOLDER.name)
for place in ("postgres", "redis", "web", "backups"):
    (HOME / place).mkdir()
HOME.chmod(0o711)  # PostgreSQL is another user
POSTGRES, DATABASE_URL = servers.postgres(HOME / "postgres", options=())
REDIS, REDIS_URL = servers.redis(HOME / "redis")
NEW = "restored"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "bench.operation.settings",
    "DATABASE_URL": DATABASE_URL,
    "REDIS_URL": REDIS_URL,
    "DEBUG": "false",
    "LOG_LEVEL": "ERROR",
    "TRUSTED_PROXIES": "1",
    "WEB_CONCURRENCY": "2",
}
os.environ |= ENVIRONMENT

import django

django.setup()

import psycopg
from django.core.management import call_command
from django.db import connection

from accounts.models import UtilityAccount
from bench.growth.rows import STATEMENTS, fill, settle
from icsso.billers.models import Biller
from payments.models import Payment
from tests import cast
from tests.sandbox_process import SandboxProcess
from tests.storm.people import paying
from tests.storm.people.person import Person
from tests.storm.town import Household, Town

ROWS = int(os.environ.get("ROWS", "1000000"))
ROWS_OF_A_CHECKOUT = 6.24
TABLES = tuple(table for table, _statements in STATEMENTS)
ACCOUNT, KEY = "99000001", 10**9  # of the member who signs in first
PATIENCE = 60.0  # seconds to wait for a postback


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what:52}{time.perf_counter() - began:8.1f} s", flush=True)


def filled() -> None:
    """Fills the database with rows from four years, and one member whose password is known."""
    call_command("migrate", verbosity=0)
    fill(round(ROWS / ROWS_OF_A_CHECKOUT), settle())
    biller = Biller.objects.get(pk=1)
    biller.base_url, biller.api_key = "https://cloud.example", cast.API_KEY
    biller.save()
    UtilityAccount.objects.create(pk=KEY, biller=biller, account_number=ACCOUNT, name="Somebody")
    cast.member(biller, cast.LAUNDRY_EMAIL, cast.LAUNDRY_PASSWORD, ACCOUNT)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(f'(SELECT count(*) FROM {t})' for t in TABLES)}")
        (rows,) = cursor.fetchone()
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    print(f"{rows:,} rows, {size / 1e6:,.0f} MB")
    connection.close()


def manage(url: str, *command: str) -> str:
    environment = os.environ | {"DATABASE_URL": url}
    program = [sys.executable, "manage.py", *command]
    done = subprocess.run(
        program, cwd=servers.ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode()


def restored() -> str:
    """Returns the DATABASE_URL of the new database."""
    with timed("manage.py backup, while the portal is running"):
        file = Path(manage(DATABASE_URL, "backup", str(HOME / "backups")).strip())
    print(f"  {file.stat().st_size / 1e6:,.0f} MB")
    with psycopg.connect(DATABASE_URL, autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {NEW} TEMPLATE template0")
    new = DATABASE_URL.rsplit("/", 1)[0] + f"/{NEW}"
    with timed("manage.py restore, with ANALYZE"):
        manage(new, "restore", str(file))
    with timed("manage.py migrate, nothing to do"):
        manage(new, "migrate")
    with timed("manage.py check --database default"):
        manage(new, "check", "--database", "default")
    return new


def served(new: str, sandbox: SandboxProcess) -> int:
    """Starts the web processes, signs in, and pays; returns 0 if the payment is recorded. The
    sandbox takes the place of Invoice Cloud, at an address that `check` would not accept."""
    with psycopg.connect(new) as administrator:
        administrator.execute("UPDATE icsso_biller SET base_url = %s", [sandbox.url])
    port = free_port()
    town = Town(f"http://localhost:{port}", HOME, sandbox)
    biller = Biller.objects.get(pk=1)
    town.control("POST", "billers", name=biller.name, biller_guid=str(biller.biller_guid))
    town.control("POST", "customers", customers=[{"account_number": ACCOUNT, "name": "Somebody"}])
    member = Person(town, Household(1, cast.LAUNDRY_EMAIL, cast.LAUNDRY_PASSWORD, (ACCOUNT,)))
    web = servers.gunicorn(
        "inhance.wsgi", HOME / "web", os.environ | {"DATABASE_URL": new}, port=port
    )
    with ExitStack() as stack:
        with timed("web processes, until they answer"):
            stack.enter_context(web)
        with timed("first sign-in: form, dashboard, another page"):
            is_in = member.sign_in()
        with timed("first payment, from the form until it is recorded"):
            before = payments(new)
            option = paying.OPTION.findall(member.browser.get("/pay/quick/").text)
            page = member.browser.send("/pay/quick/", account=option, listed="yes")
            [frame] = paying.FRAME.findall(page.text)
            paying.use_card(member, frame, Random(1), is_good=True)
            until = time.monotonic() + PATIENCE
            while (is_paid := payments(new) > before) is False and time.monotonic() < until:
                time.sleep(0.05)
    print(f"signed in: {is_in}; paid: {is_paid}; found wrong: {town.wrong or 0}")
    return int(not (is_in and is_paid) or bool(town.wrong))


def payments(url: str) -> int:
    with psycopg.connect(url) as visitor:
        row = visitor.execute(f"SELECT count(*) FROM {Payment._meta.db_table}").fetchone()
    assert row
    return int(row[0])


def main() -> int:
    with SandboxProcess(demo=False) as sandbox:
        filled()
        new = restored()
        found = served(new, sandbox)
    connection.close()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return found


if __name__ == "__main__":
    with FOLDER, POSTGRES, REDIS:
        sys.exit(main())
