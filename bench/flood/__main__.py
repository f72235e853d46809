"""Hundreds of thousands of postbacks while processes die: none is lost, none is counted twice.

PostgreSQL has its default settings (every commit is on disk); there are Redis and gunicorn with
four processes. The postbacks are shuffled and include repeats and declines. The sender repeats each
one until it gets a 2xx. Meanwhile, three of the processes are killed with signal 9, and PostgreSQL
crashes once. Measured beside it, on the same servers in the same run: a bare Django view that
inserts one row, and a flood of junk, which must not reach any row of a checkout.
"""

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from uuid import UUID

from deploy.services import free_port
from tests.storm.machines import servers

FOLDER = tempfile.TemporaryDirectory(prefix="portal-bench-")
for place in ("postgres", "redis", "web", "bare"):
    (Path(FOLDER.name) / place).mkdir()
Path(FOLDER.name).chmod(0o711)  # PostgreSQL is another user
POSTGRES, DATABASE_URL = servers.postgres(Path(FOLDER.name) / "postgres", options=())
REDIS, REDIS_URL = servers.redis(Path(FOLDER.name) / "redis")
PROCESSES, THREADS = 4, 4
ENVIRONMENT = {
    "DATABASE_URL": DATABASE_URL,
    "REDIS_URL": REDIS_URL,
    "DEBUG": "false",
    "LOG_LEVEL": "CRITICAL",
    "WEB_CONCURRENCY": str(PROCESSES),
    "WEB_THREADS": str(THREADS),
}
os.environ |= {"DJANGO_SETTINGS_MODULE": "inhance.settings", **ENVIRONMENT}

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.flood.bare import TABLE
from bench.flood.checkouts import create_checkouts
from bench.flood.postbacks import Line, fields, postbacks_of
from bench.flood.sender import Call, send_all
from payments.models import PaymentLine, Postback
from payments.postbacks import fields as fields_of_call


def kill_meanwhile(web: servers.Server, done: "Synchronized[int]", total: int) -> None:
    """Kills three web processes and crashes PostgreSQL, one after each fifth of the calls."""
    random = Random(total)
    for fifth in range(1, 5):
        while done.value < total * fifth // 5:
            time.sleep(0.05)
        if fifth == 3:
            POSTGRES.crash()
            POSTGRES.start()
            print(f"  PostgreSQL crashed and recovered after {done.value:,} calls", flush=True)
        else:
            web.kill_child(random)
            print(f"  web process killed with signal 9 after {done.value:,} calls", flush=True)


def compare(calls: Sequence[Call], lines: Sequence[Line]) -> list[str]:
    """Returns how the recorded payments differ from those reported, to the cent; [] if they
    don't."""
    known = PaymentLine.objects.values_list("payment__payment_guid", "invoice_number", "amount")
    kept, sent = Counter(known), Counter(lines)
    contents = Postback.objects.values_list("checkout__biller_reference", "content_digest")
    stored = Counter(contents.iterator())
    told = Counter(map(reference_and_content, calls))
    faults = {
        "payments lost": sent - kept,
        "payments counted twice, or never made": kept - sent,
        "acknowledged calls that are not stored": told - stored,
    }
    undecided = Postback.objects.filter(verdict=Postback.Verdict.RECEIVED).count()
    found = [f"{what}: {sum(rows.values())}" for what, rows in faults.items() if rows]
    print(
        f"  {len(sent):,} paid invoices told, {len(kept):,} known, the same to the cent: "
        f"{kept == sent}; {sum(stored.values()):,} calls stored; not decided yet: {undecided}"
    )
    return found


def reference_and_content(call: Call) -> tuple[str, str]:
    path, body = call
    said = fields_of_call.read(query=b"", body=body)
    return f"R{path.rstrip('/').rsplit('-', 1)[-1]}", fields_of_call.content_digest(said)


def touched() -> tuple[int, ...]:
    """Returns how many rows of checkouts and postbacks have been written and read so far.

    PostgreSQL updates these counts when a connection ends, so ours is closed too.
    """
    connection.close()
    while others_are_connected():
        time.sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd), sum(seq_tup_read + idx_tup_fetch)"
            " FROM pg_stat_user_tables WHERE relname IN ('payments_checkout', 'payments_postback')"
        )
        row: tuple[int, ...] = cursor.fetchone()
        return row


def others_are_connected() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) > 0 FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def portal() -> Iterator[tuple[servers.Server, int]]:
    connection.close()  # the senders, which are forked, must not share it
    port = free_port()
    home = Path(FOLDER.name) / "web"
    with servers.gunicorn("inhance.wsgi", home, os.environ, port=port) as web:
        yield web, port


def bare_rate(number: int) -> float:
    port, counted = free_port(), multiprocessing.Value("i", 0)
    environment = os.environ | {"BARE": "a-key-that-signs-nothing"}
    home = Path(FOLDER.name) / "bare"
    body = fields(1, "True", UUID(int=1), "1", Decimal("84.20"))
    with servers.gunicorn("bench.flood.bare:application", home, environment, port=port):
        statuses, seconds = send_all(port, [("/", body)] * number, counted)
    assert statuses == {200: number}, statuses
    return number / seconds


def payments(number: int) -> tuple[list[str], float]:
    random, calls, lines, checkouts = Random(number), [], [], 0
    while len(calls) < number:
        more, paid = postbacks_of(random, checkouts)
        calls += more
        lines += paid
        checkouts += 1
    random.shuffle(calls)
    create_checkouts(checkouts)
    repeated = len(calls) - len(set(calls))
    print(f"{len(calls):,} calls about {checkouts:,} checkouts, {repeated:,} of them repeats")
    done = multiprocessing.Value("i", 0)
    with portal() as (web, port):
        killer = threading.Thread(target=kill_meanwhile, args=[web, done, len(calls)])
        killer.start()
        statuses, seconds = send_all(port, calls, done)
        killer.join()
    print(f"  answers: {dict(sorted(statuses.items()))} (0: the connection broke)")
    return compare(calls, lines), len(calls) / seconds


def junk(number: int) -> list[str]:
    """Sends postbacks to addresses that don't exist, some of them oversized. Returns what is wrong:
    none of them may reach a row. (An oversized one to an address that exists is kept for
    review.)"""
    body = fields(1, "True", UUID(int=1), "1", Decimal("84.20"))
    calls = [(f"/pay/postback/nobody-was-told-{n}/", body) for n in range(number * 9 // 10)]
    huge = b"x" * 40_000
    calls += [(f"/pay/postback/nor-was-this-{n}/", huge) for n in range(number - len(calls))]
    Random(number).shuffle(calls)
    before = touched()
    with portal() as (_web, port):
        statuses, seconds = send_all(port, calls, multiprocessing.Value("i", 0), once=True)
    after = touched()
    print(
        f"junk: {number / seconds:,.0f} calls/s, answers {dict(sorted(statuses.items()))}; "
        f"rows of checkouts and calls written: {after[0] - before[0]}, read: {after[1] - before[1]}"
    )
    return ["junk reached checkouts or calls"] if after != before else []


def main(number: int) -> int:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    bare = bare_rate(max(number // 20, 500))
    found, ours = payments(number)
    bare = (bare + bare_rate(max(number // 20, 500))) / 2  # before and after: the load varies
    print(
        f"acknowledged: {ours:,.0f}/s, kills and recovery included; "
        f"a bare view that inserts a row: {bare:,.0f}/s; ratio {ours / bare:.2f}"
    )
    found += junk(max(number // 10, 1000))
    print("found wrong:", "; ".join(found) or 0)
    return bool(found)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=100_000)
    with FOLDER, POSTGRES, REDIS:
        sys.exit(main(parser.parse_args().calls))
