"""What an operator waits for in the admin's lists with millions of rows, on PostgreSQL.

    python deploy/services.py python bench/lists.py          # minutes, and about 6 GB of disk

1,000,000 payments, 1,000,000 checkouts, 5,000,000 postbacks and 2,000,000 utility accounts, spread
over three billers, one of them small. Each figure is the lowest of several requests. Computing time
is what an idle machine would need, whatever else runs on this one. SCALE=0.01 makes it small, to
try it.
"""

import os
import sys
import time
from datetime import timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import on_postgresql

on_postgresql(STAFF_SECOND_FACTOR="false")

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bench.setup.measuring import database_seconds
from icsso.billers.models import Biller

SCALE = float(os.environ.get("SCALE", "1"))
ROUNDS = 7
LIMIT = 300  # milliseconds
ACCOUNTS, PAYMENTS, POSTBACKS = (int(n * SCALE) for n in (2_000_000, 1_000_000, 5_000_000))
# Of 1,000 rows: 699 of the first biller, 300 of the second, one of the third.
BILLER = "CASE WHEN {n} % 1000 = 0 THEN 3 WHEN {n} % 10 < 3 THEN 2 ELSE 1 END"
# One a half minute, so that a million reach back a year.
MOMENT = "now() - {n} * interval '30 seconds'"

ROWS = {
    "accounts_utilityaccount": f"""
        INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name,
            address, city, state, zip, email, phone, name_key)
        SELECT n, {BILLER.format(n="n")}, (10000000 + n)::text, (10000000 + n)::text,
            'Customer ' || n, n || ' Mill Street', 'Springfield', 'IL', '62701',
            'customer' || n || '@example.com', '', 'customer ' || n
        FROM generate_series(1, {ACCOUNTS}) n""",
    "payments_checkout": f"""
        INSERT INTO payments_checkout (id, biller_id, accounts_digest, kind, visitor, is_current,
            address, biller_reference, postback_digest, return_digest, hosted_url, created_at,
            launched_at, failure, failure_note, checked_note, unconfirmed_at, with_token)
        SELECT n, {BILLER.format(n="n")}, 'd' || n, 'guest', md5('v' || n), false, md5('a' || n),
            'R' || n, md5('p' || n), md5('r' || n), '', {MOMENT.format(n="n")},
            {MOMENT.format(n="n")}, '', '', '',
            CASE WHEN n % 20000 = 0 THEN {MOMENT.format(n="n")} END, false
        FROM generate_series(1, {PAYMENTS}) n""",
    "payments_checkoutaccount": f"""
        INSERT INTO payments_checkoutaccount (checkout_id, account_id, position, by_helper)
        SELECT n, n, 0, false FROM generate_series(1, {PAYMENTS}) n""",
    "payments_payment": f"""
        INSERT INTO payments_payment (id, biller_id, checkout_id, account_id, source, payment_guid,
            paid_at, method, created_at)
        SELECT n, {BILLER.format(n="n")}, n, n, 'postback', md5('g' || n)::uuid,
            {MOMENT.format(n="n")}, CASE n % 3 WHEN 0 THEN 'Visa' ELSE 'Discover' END,
            {MOMENT.format(n="n")}
        FROM generate_series(1, {PAYMENTS}) n""",
    "payments_postback": f"""
        INSERT INTO payments_postback (id, checkout_id, received_at, fields, content_digest,
            payment_guid, verdict, reason)
        SELECT n, 1 + n % {PAYMENTS}, {MOMENT.format(n=f"(1 + n % {PAYMENTS})")},
            jsonb_build_object('PaymentAmount', jsonb_build_array('84.20')), md5('c' || n),
            md5('g' || (1 + n % {PAYMENTS}))::uuid,
            CASE WHEN n % 20000 = 0 THEN 'review' WHEN n <= {PAYMENTS} THEN 'approved'
                ELSE 'repeated' END,
            CASE WHEN n % 20000 = 0 THEN 'amount' ELSE '' END
        FROM generate_series(1, {POSTBACKS}) n""",
    "payments_paymentline": f"""
        INSERT INTO payments_paymentline (payment_id, postback_id, invoice_number, amount, fee,
            recorded_at)
        SELECT n, n, '1', 84.20, 2.50, {MOMENT.format(n="n")}
        FROM generate_series(1, {PAYMENTS}) n""",
}


def fill() -> None:
    for number, slug in enumerate(("large", "middle", "small"), start=1):
        Biller.objects.create(pk=number, slug=slug, name=slug.title(), is_active=True)
    with connection.cursor() as cursor:
        # Foreign keys are valid by construction, and creating an index at the end takes a tenth of
        # the time.
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        for table, statement in ROWS.items():
            started = time.perf_counter()
            again = without_indexes(cursor, table)
            cursor.execute(statement)
            number = cursor.rowcount
            for index in again:
                cursor.execute(index)
            cursor.execute(f"VACUUM ANALYZE {table}")
            print(f"{table:28}{number:>12,}{time.perf_counter() - started:8.0f} s", flush=True)
        cursor.execute("SET session_replication_role = origin")


def without_indexes(cursor: Any, table: str) -> list[str]:
    """Drops the indexes and returns the statements that recreate them. The primary key stays,
    because other tables refer to it."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'u'",
        [table],
    )
    again = []
    for name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    )
    for name, definition in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
        again.append(definition)
    return again


def operator(role: str, *billers: int) -> Client:
    user, _ = User.objects.get_or_create(
        email=f"{role}-{len(billers)}-{sum(billers)}@example.com",
        defaults={"is_staff": True, "is_superuser": not billers, "password": "!"},
    )
    user.billers.set(billers)
    if billers:
        user.groups.add(Group.objects.get(name=role))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="accounts.login.backends.BillerBackend")
    return client


def addresses() -> dict[str, str]:
    """Returns addresses by name; text after a space is typed into the page's search."""
    day = (timezone.now() - timedelta(days=100 * SCALE)).date()
    span = "{0}__gte={1}+00:00:00Z&{0}__lt={2}+00:00:00Z"
    week = {
        name: span.format(name, day, day + timedelta(days=7))
        for name in ("paid_at", "created_at", "received_at")
    }
    named = md5(b"g1000", usedforsecurity=False).hexdigest()
    return {
        "payments": "payments/payment/",
        "payments, by account number": "payments/payment/?q=10001000",
        "payments, a week": f"payments/payment/?{week['paid_at']}",
        "checkouts": "payments/checkout/",
        "checkouts, by account number": "payments/checkout/?q=10001000",
        "checkouts, a week": f"payments/checkout/?{week['created_at']}",
        "checkouts, unconfirmed": "payments/checkout/?unconfirmed_at__isempty=0",
        "postbacks": "payments/postback/",
        "postbacks, by account number": "payments/postback/?q=10001000",
        "postbacks, a week": f"payments/postback/?{week['received_at']}",
        "postbacks, for review": "payments/postback/?verdict__exact=review",
        "accounts": "accounts/utilityaccount/",
        "accounts, by account number": "accounts/utilityaccount/?q=10001000",
        "accounts, by its beginning": "accounts/utilityaccount/?q=100010",
        "accounts, page 10": "accounts/utilityaccount/?p=10",
        "reports, 30 days": "payments/payment/reports/",
        "where, by account number": "payments/payment/where/ 10001000",
        "where, by PaymentGUID": f"payments/payment/where/ {named}",
    }


def cost(client: Client, address: str) -> tuple[float, float]:
    """Milliseconds of one page: of the two processors' time that it takes, and of the clock."""
    spent = []
    for _ in range(ROUNDS):
        began, worked, asked = time.perf_counter(), time.process_time(), database_seconds()
        answer = ask(client, *f"/admin/{address}".split())
        clock = time.perf_counter() - began
        work = time.process_time() - worked + database_seconds() - asked
        spent.append((work * 1000, clock * 1000))
        assert answer.status_code == 200, (address, answer.status_code)
    return min(spent)[0], min(clock for _, clock in spent)


def ask(client: Client, address: str, term: str = "") -> Any:
    return client.post(address, {"term": term}, follow=True) if term else client.get(address)


def main() -> int:
    assert connection.vendor == "postgresql", "Start it by deploy/services.py."
    call_command("migrate", verbosity=0)
    if not Biller.objects.exists():
        fill()
    who = {
        "superuser": operator("superuser"),
        "large": operator("administrator", 1),
        "small": operator("administrator", 3),
        "both": operator("administrator", 2, 3),
    }
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("milliseconds computed by the portal and the database (by the clock, all else included)")
    print(f"{'list':32}" + "".join(f"{name:>16}" for name in who))
    over = False
    for name, address in addresses().items():
        costs = [cost(client, address) for client in who.values()]
        is_slow = max(costs)[0] > LIMIT
        over |= is_slow
        cells = (f"{f'{work:.0f} ({clock:.0f})':>16}" for work, clock in costs)
        print(f"{name:32}" + "".join(cells) + "   over" * is_slow, flush=True)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
