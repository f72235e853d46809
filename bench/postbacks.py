"""Calls about payments by the hundred thousand, while processes die: none lost, none counted twice.

PostgreSQL as it comes (every commit is on the disk), Redis, gunicorn with four processes. The calls
are shuffled, with repeats and declines among them; their sender repeats each until it is answered
with 2xx. Three of the processes are killed with signal 9 while they come, and PostgreSQL crashes
once. Beside it, on the same servers in the same run: a bare Django view that inserts one row; and a
flood of junk, which must reach no row of a checkout.
"""

import http.client
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
from urllib.parse import urlencode
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from deploy.services import free_port
from tests.storm import servers

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
from django.db.models import Count

from accounts.models import UtilityAccount
from bench.bare import TABLE
from payments.models import Checkout, PaymentLine, Postback
from payments.tokens import digest
from tests import cast as people

SENDERS, CONNECTIONS = 2, 8  # processes, and connections of each: as busy as the server
Call = tuple[str, bytes]  # address, body
Line = tuple[UUID, str, Decimal]  # PaymentGUID, invoice, amount


class Sender:
    """One connection, and the calls it answers for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: http.client.HTTPConnection | None = None

    def call(self, call: Call) -> int:
        """The status; 0 when the connection broke."""
        path, body = call
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection:
                self.connection.close()
            self.connection = None
            return 0
        return answer.status

    def insist(self, call: Call) -> Iterator[int]:
        while True:
            status = self.call(call)
            yield status
            if 200 <= status < 300:
                return
            time.sleep(0.1)


def send(
    port: int, calls: Sequence[Call], done: "Synchronized[int]", *, once: bool
) -> Counter[int]:
    """Over one connection. How often each status was the answer."""
    sender, statuses = Sender(port), Counter[int]()
    for call in calls:
        statuses.update([sender.call(call)] if once else sender.insist(call))
        with done.get_lock():
            done.value += 1
    return statuses


def send_all(
    port: int, calls: Sequence[Call], done: "Synchronized[int]", *, once: bool = False
) -> tuple[Counter[int], float]:
    """By several processes with several connections each: the statuses, and the seconds."""
    found: multiprocessing.Queue[Counter[int]] = multiprocessing.Queue()

    def work(mine: Sequence[Call]) -> None:
        statuses: list[Counter[int]] = []

        def run(part: Sequence[Call]) -> None:
            statuses.append(send(port, part, done, once=once))

        threads = [
            threading.Thread(target=run, args=[mine[n::CONNECTIONS]]) for n in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.put(sum(statuses, Counter()))

    connection.close()  # the children must not share it
    started = time.perf_counter()
    senders = [
        multiprocessing.Process(target=work, args=[calls[n::SENDERS]]) for n in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    statuses = sum((found.get() for _ in senders), Counter[int]())
    seconds = time.perf_counter() - started
    for sender in senders:
        sender.join()
    return statuses, seconds


def settle_in(number: int) -> None:
    """Checkouts that were opened."""
    biller = people.springfield()
    accounts = list(UtilityAccount.objects.all())
    Checkout.objects.bulk_create(
        [
            Checkout(
                biller=biller,
                account=accounts[n % len(accounts)],
                kind=Checkout.Kind.GUEST,
                visitor=f"visitor {n}",
                address=f"address-{n}",
                biller_reference=f"R{n}",
                postback_digest=digest(token(n)),
                return_digest=digest(f"return {n}"),
            )
            for n in range(number)
        ],
        batch_size=2000,
    )


def token(number: int) -> str:
    return f"token-of-checkout-{number}"


def told_of(random: Random, number: int) -> tuple[list[Call], list[Line]]:
    """What is called about one checkout, and the payment that must be known in the end."""
    guid, is_paid = UUID(int=random.getrandbits(128)), random.random() < 0.9
    lines = [
        (guid, f"{number}-{n}", Decimal(random.randint(1, 99999)) / 100)
        for n in range(random.randint(1, 2) if is_paid else 0)
    ]
    bodies = [fields(number, "True", *line) for line in lines]
    if not is_paid or random.random() < 0.2:  # a card that was declined first; told first or last
        declined = UUID(int=random.getrandbits(128))
        bodies.append(fields(number, "False", declined, "", Decimal("84.20")))
    repeats = [body for body in bodies for _ in range(random.choice((0, 0, 1, 1, 2)))]
    return [(f"/pay/postback/{token(number)}/", body) for body in bodies + repeats], lines


def fields(number: int, approved: str, guid: UUID, invoice: str, amount: Decimal) -> bytes:
    told = {
        "BillerGUID": people.BILLER_GUID,
        "PaymentDate": "11/20/2026 3:04:05 PM",
        "InvoiceNumber": invoice,
        "Approved": approved,
        "CustomerName": "Willows Laundry",
        "PaymentGUID": guid,
        "PaymentAmount": f"{amount:.2f}",
        "PaymentTypeID": "1",
        "CardType": "Visa",
        "PaymentMessage": "Approved" if approved == "True" else "Declined",
        "BillerReference": f"R{number}",
        "ConvenienceFee": "0.00",
        "RemoteIP": "198.51.100.7",
    }
    return urlencode(told).encode()


def kill_meanwhile(web: servers.Server, done: "Synchronized[int]", total: int) -> None:
    """Three web processes and PostgreSQL, at fifths of the way."""
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
    """What was told and what is known, to the cent. Empty when they are the same."""
    known = PaymentLine.objects.values_list("payment__payment_guid", "invoice_number", "amount")
    kept, sent = Counter(known), Counter(lines)
    stored = Counter(
        dict(
            Postback.objects.values_list("checkout__biller_reference")
            .annotate(Count("pk"))
            .order_by()
        )
    )
    told = Counter(f"R{path.rstrip('/').rsplit('-', 1)[-1]}" for path, _body in calls)
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


def touched() -> tuple[int, ...]:
    """What has been done to the rows of checkouts and of calls, ever: read or written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd), sum(seq_tup_read + idx_tup_fetch)"
            " FROM pg_stat_user_tables WHERE relname IN ('payments_checkout', 'payments_postback')"
        )
        row: tuple[int, ...] = cursor.fetchone()
        return row


@contextmanager
def portal() -> Iterator[tuple[servers.Server, int]]:
    port = free_port()
    home = Path(FOLDER.name) / "web"
    with servers.gunicorn("inhance.wsgi", home, os.environ, port=port) as web:
        yield web, port


def bare_rate(number: int) -> float:
    port, counted = free_port(), multiprocessing.Value("i", 0)
    environment = os.environ | {"BARE": "a-key-that-signs-nothing"}
    home = Path(FOLDER.name) / "bare"
    body = fields(1, "True", UUID(int=1), "1", Decimal("84.20"))
    with servers.gunicorn("bench.bare:application", home, environment, port=port):
        statuses, seconds = send_all(port, [("/", body)] * number, counted)
    assert statuses == {200: number}, statuses
    return number / seconds


def payments(number: int) -> tuple[list[str], float]:
    random, calls, lines, checkouts = Random(number), [], [], 0
    while len(calls) < number:
        more, paid = told_of(random, checkouts)
        calls += more
        lines += paid
        checkouts += 1
    random.shuffle(calls)
    settle_in(checkouts)
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


def junk(number: int) -> float:
    """Addresses that nobody was told, and some who send too much to the ones that are there."""
    body = fields(1, "True", UUID(int=1), "1", Decimal("84.20"))
    calls = [(f"/pay/postback/nobody-was-told-{n}/", body) for n in range(number * 9 // 10)]
    calls += [(f"/pay/postback/{token(n)}/", b"x" * 40_000) for n in range(number - len(calls))]
    Random(number).shuffle(calls)
    before = touched()
    with portal() as (_web, port):
        statuses, seconds = send_all(port, calls, multiprocessing.Value("i", 0), once=True)
    time.sleep(1)  # PostgreSQL writes its counts when a connection ends
    connection.close()
    after = touched()
    print(
        f"junk: {number / seconds:,.0f} calls/s, answers {dict(sorted(statuses.items()))}; "
        f"rows of checkouts and calls written: {after[0] - before[0]}, read: {after[1] - before[1]}"
    )
    return number / seconds


def main(number: int) -> int:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    bare = bare_rate(max(number // 20, 500))
    found, ours = payments(number)
    bare = (bare + bare_rate(max(number // 20, 500))) / 2  # whatever else goes on here
    print(
        f"acknowledged: {ours:,.0f}/s, kills and recovery included; "
        f"a bare view that inserts a row: {bare:,.0f}/s; ratio {ours / bare:.2f}"
    )
    junk(max(number // 10, 1000))
    print("found wrong:", "; ".join(found) or 0)
    return bool(found)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=100_000)
    with FOLDER, POSTGRES, REDIS:
        sys.exit(main(parser.parse_args().calls))
