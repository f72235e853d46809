"""What the page about one customer costs, with 5,000 accounts that were each paid monthly for ten
years.

Run `python deploy/services.py python bench/customer_page.py`. It needs PostgreSQL. SCALE=0.1 uses a
tenth of the rows.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.setup import on_postgresql

on_postgresql()

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member, StaffUser
from bench.setup.measuring import database_seconds
from icsso.billers.hosts.kept import start_anew
from icsso.billers.models import Biller, BillerHost
from support.customers.facts import payments

SCALE = float(os.environ.get("SCALE", "1"))
ACCOUNTS, OTHERS = int(5_000 * SCALE), int(100_000 * SCALE)
MONTHS = int(os.environ.get("MONTHS", "120"))
PAYMENTS = ACCOUNTS * MONTHS
LIMIT_QUERIES, LIMIT_QUERIES_OF_ACCOUNT, LIMIT_MILLISECONDS = 12, 14, 150
ROUNDS = 15
# Each payment a month before the one of the same account that comes next.
WHEN = f"now() - (n / {ACCOUNTS}) * interval '30 days' - (n % {ACCOUNTS}) * interval '7 minutes'"
ROWS = {
    "accounts_utilityaccount": f"""
        INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name,
            address, city, state, zip, email, phone, name_key)
        SELECT n, 1, (10000000 + n)::text, (10000000 + n)::text, 'Customer ' || n,
            n || ' Mill Street', 'Springfield', 'IL', '62701', '', '',
            'customer ' || n
        FROM generate_series(1, {ACCOUNTS + OTHERS}) n""",
    "accounts_linkedaccount": f"""
        INSERT INTO accounts_linkedaccount (member_id, account_id, nickname, is_first, linked_at,
            origin, state, note, held_as)
        SELECT 1, n, '', n = 1, now(), 'proof', 'registered', '', ''
        FROM generate_series(1, {ACCOUNTS}) n""",
    "payments_checkout": f"""
        INSERT INTO payments_checkout (id, biller_id, accounts_digest, member_id, kind, visitor,
            is_current, address, biller_reference, postback_digest, return_digest, hosted_url,
            created_at, launched_at, failure, failure_note, checked_note, with_token)
        SELECT n, 1, 'd' || (1 + n % {ACCOUNTS}), 1, 'quick', 'v' || n, false, md5('a' || n),
            'R' || n, md5('p' || n), md5('r' || n), '', {WHEN}, {WHEN}, '', '', '',
            false
        FROM generate_series(1, {PAYMENTS}) n""",
    "payments_checkoutaccount": f"""
        INSERT INTO payments_checkoutaccount (checkout_id, account_id, position, by_helper)
        SELECT n, 1 + n % {ACCOUNTS}, 0, false FROM generate_series(1, {PAYMENTS}) n""",
    "payments_payment": f"""
        INSERT INTO payments_payment (id, biller_id, checkout_id, source, account_id, payment_guid,
            paid_at, method, created_at)
        SELECT n, 1, n, 'postback', 1 + n % {ACCOUNTS}, md5('g' || n)::uuid, {WHEN}, 'Visa',
            {WHEN}
        FROM generate_series(1, {PAYMENTS}) n""",
    "payments_paymentline": f"""
        INSERT INTO payments_paymentline (payment_id, invoice_number, amount, fee, recorded_at)
        SELECT n, 'INV-' || n, 84.20, 2.50, {WHEN} FROM generate_series(1, {PAYMENTS}) n""",
    "accounts_sentemail": """
        INSERT INTO accounts_sentemail (biller_id, email, notification, at)
        SELECT 1, 'manager@example.com', 'two_step', now() - n * interval '1 hour'
        FROM generate_series(1, 2000) n""",
    "auditlog_logentry": """
        INSERT INTO auditlog_logentry (content_type_id, object_pk, object_id, object_repr, action,
            changes_text, timestamp, additional_data)
        SELECT (SELECT id FROM django_content_type WHERE app_label = 'accounts'
            AND model = 'member'), '1', 1, 'manager@example.com', 3, '',
            now() - n * interval '1 hour', '{"biller:1": true, "event": "seen"}'::jsonb
        FROM generate_series(1, 20000) n""",
}


def fill() -> None:
    """Creates the first biller and member of their tables, as the statements expect."""
    biller = Biller.objects.create(slug="large", name="Large", is_active=True)
    BillerHost.objects.create(biller=biller, host="localhost")
    Member.objects.create(biller=biller, email="manager@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, statement in ROWS.items():
            began = time.perf_counter()
            cursor.execute(statement)
            print(f"{table:28}{cursor.rowcount:>10,}{time.perf_counter() - began:8.0f} s")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def administrator() -> Client:
    user = StaffUser.objects.create(email="a@example.com", is_staff=True, is_active=False)
    user.billers.set([1])
    user.is_active = True
    user.save()
    user.groups.add(Group.objects.get(name="administrator"))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="accounts.login.backends.BillerBackend")
    return client


def cost(client: Client, address: str) -> tuple[int, float, float]:
    """Returns the queries of an answer, its milliseconds of CPU time (the portal's and the
    database's), and its milliseconds of wall-clock time."""
    spent = []
    for _round in range(ROUNDS):
        began, worked, asked = time.perf_counter(), time.process_time(), database_seconds()
        answer = client.get(address)
        clock = time.perf_counter() - began
        work = time.process_time() - worked + database_seconds() - asked
        spent.append((work * 1000, clock * 1000))
        assert answer.status_code == 200, answer.status_code
    # Every five seconds, a process asks for the billers anew: not in the page that is counted.
    start_anew()
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        client.get(address)
    for query in made if os.environ.get("SHOW") else ():
        print(query["time"], query["sql"][:160])
    return len(made), statistics.median(work for work, _ in spent), min(clock for _, clock in spent)


def explain() -> None:
    with CaptureQueriesContext(connection) as made:
        payments(Member.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF) " + made[-1]["sql"])
        print("\n".join(row[0] for row in cursor.fetchall()))


def main() -> int:
    assert connection.vendor == "postgresql", "Start it by deploy/services.py."
    call_command("migrate", verbosity=0)
    fill()
    client, over = administrator(), False
    if os.environ.get("SHOW"):
        explain()
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, address in {
        "a customer with 5,000 accounts": "member/1/change/",
        "the same, page 200": "member/1/change/?page=200",
        "the same, search within": "member/1/change/?q=10004321",
        "one account": "utilityaccount/7/change/",
    }.items():
        queries, milliseconds, clock = cost(client, f"/admin/accounts/{address}")
        most = LIMIT_QUERIES if "member" in address else LIMIT_QUERIES_OF_ACCOUNT
        too_much = queries > most or milliseconds > LIMIT_MILLISECONDS
        over |= too_much
        figures = f"{queries:>4} queries{milliseconds:>8.0f} ms (by the clock {clock:.0f})"
        print(f"{name:34}{figures}" + "   over" * too_much)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
