"""What posting 1,000,000 payments costs: building their file, delivering it, and building again.

One payment of a hundred is reversed. Prints seconds of the clock and of this process, and how many
megabytes its peak of memory grew. On SQLite; on PostgreSQL by
`deploy/services.py .venv/bin/python bench/posting.py`. LINES=10000 tries a small one.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import FOLDER, on_sqlite

on_sqlite(may_be_postgresql=True, POSTING_FOLDER=FOLDER.name)

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from posting.files.building import build_due
from posting.files.delivery import deliver_due
from posting.files.designer.presets import start_layout
from posting.models import Destination, PostingLayout

LINES = int(os.environ.get("LINES", "1000000"))
ACCOUNTS = 1000
GUID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
PAYMENTS = """
    INSERT INTO payments_payment (biller_id, account_id, source, payment_guid, paid_at, method,
        created_at)
    {numbers} SELECT %s, %s + n %% %s, 'reconciliation', {guid}, %s, 'Visa', %s FROM numbers
"""
LINES_OF_THEM = """
    INSERT INTO payments_paymentline (payment_id, invoice_number, amount, fee, recorded_at)
    SELECT id, 'INV-' || id, 84.20, 2.50, created_at FROM payments_payment ORDER BY id
"""
REVERSALS = """
    INSERT INTO payments_reversal (payment_id, kind, source, happened_at, recorded_at, by_id, note)
    SELECT id, 'refunded', 'staff', %s, %s, %s, 'bench' FROM payments_payment WHERE id %% 100 = 0
"""
LINES_OF_REVERSALS = """
    INSERT INTO payments_reversalline (reversal_id, payment_line_id, amount, fee)
    SELECT payments_reversal.id, payments_paymentline.id, -84.20, 0 FROM payments_reversal
    JOIN payments_paymentline ON payments_paymentline.payment_id = payments_reversal.payment_id
    ORDER BY payments_reversal.id
"""


def fill() -> PostingLayout:
    from accounts.models import User  # noqa: PLC0415  only here

    biller = Biller.objects.create(slug="bench", name="Bench")
    clerk = User.objects.create(email="bench@example.com", is_staff=True)
    accounts = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=str(10**7 + place), name="Bench")
        for place in range(ACCOUNTS)
    )
    now = timezone.now()
    with connection.cursor() as cursor:
        words = PAYMENTS.format(numbers=NUMBERS, guid=GUID[connection.vendor])
        cursor.execute(words, [LINES, biller.pk, accounts[0].pk, ACCOUNTS, now, now])
        cursor.execute(LINES_OF_THEM)
        cursor.execute(REVERSALS, [now, now, clerk.pk])
        cursor.execute(LINES_OF_REVERSALS)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
    Destination.objects.create(biller=biller, kind=Destination.Kind.FOLDER)
    layout = start_layout(biller, "csv")
    layout.is_active, layout.built_for = True, None
    layout.starts_at = datetime(2000, 1, 1, tzinfo=UTC)
    layout.save()
    return layout


def cost(what: str, work: Callable[[], Any]) -> Any:
    before, began, busy = peak(), time.perf_counter(), time.process_time()
    result = work()
    seconds, used = time.perf_counter() - began, time.process_time() - busy
    print(f"{what:30}{seconds:9.1f}{used:9.1f}{peak() - before:9.1f}", flush=True)
    return result


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    call_command("migrate", verbosity=0)
    layout = fill()
    now = timezone.now()
    print(f"{connection.vendor}, {LINES:,} payments")
    print(f"{'':30}{'seconds':>9}{'CPU':>9}{'MB more':>9}")
    file = cost("build", lambda: build_due(layout, now))
    assert (file.payments, file.reversals) == (LINES, LINES // 100)
    assert cost("deliver to a folder", lambda: deliver_due(layout.biller, timezone.now())) == 1
    later = now + timedelta(days=1)
    assert cost("build when nothing is new", lambda: build_due(layout, later)) is None
    print(f"{file.size / 1e6:.0f} MB, {file.lines_count:,} lines, {peak():.0f} MB in all")


if __name__ == "__main__":
    with FOLDER:
        main()
