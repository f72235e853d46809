"""What the dashboard of a member costs, by the number of linked accounts, on PostgreSQL.

    python deploy/services.py python bench/dashboard.py

1, 40, 5,000, and 20,000 accounts among a million others, in turns, in one run. Printed are queries,
the milliseconds that the portal and the database compute, and how many times those of one account.
Exits with 1 if 5,000 accounts take more queries than one, more than twice the database's time, or
if the database sorts all of a member's links.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import on_postgresql

on_postgresql()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.linked_accounts import listing
from accounts.models import Member
from bench.setup.measuring import database_seconds
from icsso.billers.models import Biller, BillerHost

NUMBERS = (1, 40, 5_000, 20_000)
OTHERS = int(os.environ.get("OTHERS", "1000000"))  # accounts of members with one each
ROUNDS = 40
LIMIT = 2.0  # times the database's time for one account
FIRST = 30_000  # the first account of the others
BEGIN = {1: 1, 40: 100, 5_000: 1_000, 20_000: 7_000}  # the first account of each
ADDRESSES = {
    "dashboard": "/",
    "overdue": "/?show=overdue",
    "last page": "/?page=99999",
    "unit 7": "/?q=unit+7",
    "by number": "/?q=100012",
    "by amount": "/?sort=amount",
    "by name": "/?sort=name",
    "export": "/accounts/export/",
}
ROWS = {
    "accounts_user": """
        INSERT INTO accounts_user (id, password, is_superuser, biller_id, email, language, is_staff,
            is_active, joined_at, work_email, has_helped)
        SELECT n, '!', false, 1, 'member' || n || '@example.com', 'en', false, true, now(), false,
            false
        FROM generate_series(100, {others} + 99) n""",
    "accounts_utilityaccount": """
        INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name,
            address, city, state, zip, email, phone, name_key)
        SELECT n, 1, (10000000 + n)::text, (10000000 + n)::text, 'Customer ' || n,
            n / 1000 || ' Mill Street Unit ' || n % 1000, 'Springfield', 'IL', '62701', '', '',
            'customer ' || n
        FROM generate_series(1, {first} + {others}) n""",
    "accounts_linkedaccount": """
        INSERT INTO accounts_linkedaccount (member_id, account_id, nickname, is_first, linked_at,
            origin, state, note, held_as, balance_cents, due_on, autopay, balance_at, asked_at)
        SELECT owner, n, '', n = begins, now(), 'proof', 'registered', '', '',
            (n * 37) % 20000, CASE WHEN (n * 37) % 20000 > 0 THEN
                current_date - 10 + (n * 13 % 60)::int END, n % 3 = 0, now(), now()
        FROM ({owners}) owners (owner, begins, number),
            LATERAL generate_series(begins, begins + number - 1) n""",
}


class Cost(NamedTuple):
    """Milliseconds that each computes."""

    portal: float
    database: float


def fill() -> None:
    biller = Biller.objects.create(pk=1, slug="large", name="Large", is_active=True)
    BillerHost.objects.create(biller=biller, host="localhost")
    for number in NUMBERS:
        Member.objects.create(pk=member_of(number), biller=biller, email=f"m{number}@example.com")
    values = ", ".join(f"({member_of(n)}, {BEGIN[n]}, {n})" for n in NUMBERS)
    owners = f"VALUES {values} UNION ALL SELECT n + 100, n + {FIRST}, 1 FROM generate_series(0, {OTHERS} - 1) n"  # noqa: E501
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, statement in ROWS.items():
            began = time.perf_counter()
            cursor.execute(statement.format(others=OTHERS, first=FIRST, owners=owners))
            print(f"{table:28}{cursor.rowcount:>12,}{time.perf_counter() - began:8.0f} s")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def member_of(number: int) -> int:
    return NUMBERS.index(number) + 1


def client_of(number: int) -> Client:
    client = Client(SERVER_NAME="localhost")
    member = Member.objects.get(pk=member_of(number))
    client.force_login(member, backend="accounts.login.backends.BillerBackend")
    return client


def cost(work: Callable[[], object]) -> Cost:
    computed, asked = time.process_time(), database_seconds()
    work()
    there = database_seconds() - asked
    return Cost((time.process_time() - computed) * 1000, there * 1000)


def read(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    assert b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as made:
        read(client, address)
    return len(made)


def sorts_everything(number: int) -> bool:
    """Whether the first page needs all links of the member to be sorted."""
    member = Member.objects.get(pk=member_of(number))
    plan = listing.found(member, listing.Asked(), waiting=())[:25].explain()
    print(f"\n{plan}\n")
    return "Sort" in plan


def main() -> int:
    assert connection.vendor == "postgresql", "Start it by deploy/services.py."
    call_command("migrate", verbosity=0)
    fill()
    clients = {number: client_of(number) for number in NUMBERS}
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    heads = "".join(f"{n:>8,} accounts{'':12}" for n in NUMBERS)
    print(f"{'':12}{heads}\n{'':12}" + " queries portal database ratio" * len(NUMBERS))
    faults = sorts_everything(5_000)
    for name, address in ADDRESSES.items():
        rounds = ROUNDS if name == "dashboard" else ROUNDS // 8
        faults |= compare(name, address, clients, rounds)
    return int(faults)


def compare(name: str, address: str, clients: dict[int, Client], rounds: int) -> bool:
    for client in clients.values():
        read(client, address)  # what is cached then is cached for all
    counted = {number: queries(client, address) for number, client in clients.items()}
    spent: dict[int, list[Cost]] = {number: [] for number in clients}
    for _ in range(rounds):
        for number, client in clients.items():
            spent[number].append(cost(lambda client=client: read(client, address)))  # type: ignore[misc]
    middle: dict[int, Any] = {
        number: Cost(median(c.portal for c in costs), median(c.database for c in costs))
        for number, costs in spent.items()
    }
    one = middle[1].database
    cells = (
        f"{counted[n]:8}{c.portal:7.1f}{c.database:9.2f}{c.database / one:6.1f}"
        for n, c in middle.items()
    )
    print(f"{name:12}" + "".join(cells), flush=True)
    too_many = counted[5_000] > counted[1] or middle[5_000].database > LIMIT * one
    return name == "dashboard" and too_many


if __name__ == "__main__":
    sys.exit(main())
