"""What importing and matching a list of 100,000 lines costs, compared with one of 10,000.

Each runs in a process of its own, which reports how much its peak memory grew while the list was
imported and matched. The ratios matter: ten times the lines should take the same memory. On SQLite;
on PostgreSQL by `deploy/services.py .venv/bin/python bench/reconciliation.py`.
"""

import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import FOLDER, on_sqlite

on_sqlite(may_be_postgresql=True)

from django.core.management import call_command
from django.db import connection

from accounts.models import User, UtilityAccount
from accounts.tokens import digest, new_secret
from icsso.billers.models import Biller
from payments.models import Checkout, CheckoutAccount, Payment, PaymentLine
from payments.models.biller_reference import new_biller_reference
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.importing import import_list
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import guess_columns

SIZES = (10_000, 100_000)
DAYS = (date(2025, 11, 1), date(2025, 11, 30))
NOON = datetime(2025, 11, 1, 17, tzinfo=UTC)
AMOUNT, FEE = Decimal("84.20"), Decimal("2.50")
AT_ONCE = 1000
HEADER = ("PaymentGUID", "Reference", "Account Number", "Amount", "Fee", "Date Paid", "Invoice")
Row = tuple[object, ...]


def payments(biller: Biller, number: int) -> Iterator[Row]:
    """Yields our payments, each with its line in the list: of a hundred lines, 80 name the GUID, 10
    only the reference, and 5 neither; 2 differ, 2 are a different payment, and 1 is missing."""
    accounts = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=str(10**7 + place), name="Bench")
        for place in range(number // 20)
    )
    places = iter(range(number))
    while batch := list(islice(places, AT_ONCE)):
        made = [_payment(accounts[place % len(accounts)], place) for place in batch]
        Checkout.objects.bulk_create(each.checkout for each in made if each.checkout)
        CheckoutAccount.objects.bulk_create(
            CheckoutAccount(checkout=each.checkout, account=each.account, position=0)
            for each in made
            if each.checkout
        )
        Payment.objects.bulk_create(made)
        PaymentLine.objects.bulk_create(
            PaymentLine(payment=payment, amount=AMOUNT, fee=FEE) for payment in made
        )
        yield from (_line(payment, place) for payment, place in zip(made, batch, strict=True))


def _line(payment: Payment, place: int) -> Row:
    guid, reference = str(payment.payment_guid), ""
    amount = AMOUNT + 1 if place % 100 in {95, 96} else AMOUNT
    if place % 100 in {97, 98}:
        guid = str(uuid4())
    if 80 <= place % 100 < 95:
        guid, reference = "", payment.checkout.biller_reference if payment.checkout else ""
    day = f"{payment.paid_at:%m/%d/%Y} 12:00:00 PM"
    if place % 100 == 99:
        return ()
    return guid, reference, payment.account.account_number, amount, FEE, day, ""


def _payment(account: UtilityAccount, place: int) -> Payment:
    return Payment(
        biller_id=account.biller_id,
        checkout=_checkout(account) if 80 <= place % 100 < 90 else None,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=uuid4(),
        paid_at=NOON + timedelta(days=place // 97 % 28),
    )


def _checkout(account: UtilityAccount) -> Checkout:
    return Checkout(
        biller_id=account.biller_id,
        kind=Checkout.Kind.GUEST,
        visitor=new_secret(),
        address=new_secret(),
        biller_reference=new_biller_reference(),
        postback_digest=digest(new_secret()),
        return_digest=digest(new_secret()),
    )


class Cost:
    """Seconds of the clock and of this process, queries, and megabytes that the peak grew."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.queries = 0
        before, began, busy = _peak(), time.perf_counter(), time.process_time()
        with connection.execute_wrapper(self._count):
            self.result = work()
        self.seconds, self.busy = time.perf_counter() - began, time.process_time() - busy
        self.megabytes = _peak() - before

    def _count(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.queries += 1
        return execute(*args)

    def told(self) -> list[float]:
        return [self.seconds, self.busy, self.queries, self.megabytes]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(number: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    biller = Biller.objects.create(slug=f"bench-{number}", name="Bench")
    operator = User.objects.create(email=f"bench-{number}@example.com", is_staff=True)
    path = Path(FOLDER.name) / "list.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerow(HEADER)
        csv.writer(file).writerows(filter(None, payments(biller, number)))
    with path.open("rb") as content:
        taking = Cost(
            lambda: import_list(content, name="list.csv", biller=biller, days=DAYS, by=operator)
        )
    made: Reconciliation = taking.result
    made.set_columns(guess_columns(made.header))
    matching = Cost(lambda: match(made))
    lines = made.lines.order_by().values_list("outcome", flat=True)
    outcomes = {outcome: lines.filter(outcome=outcome).count() for outcome in set(lines.distinct())}
    return {"take over": taking.told(), "match": matching.told(), "outcomes": outcomes}


def main() -> None:
    results = []
    for size in SIZES:
        command = [sys.executable, __file__, str(size)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results.append(json.loads(told))
        print(
            f"{size:,} lines:", ", ".join(f"{n:,} {o}" for o, n in results[-1]["outcomes"].items())
        )
    print(f"{'':12}{'lines':>9}{'seconds':>9}{'CPU':>9}{'queries':>9}{'MB more':>9}")
    for step in ("take over", "match"):
        for size, result in zip(SIZES, results, strict=True):
            seconds, busy, queries, megabytes = result[step]
            print(f"{step:12}{size:9,}{seconds:9.1f}{busy:9.1f}{queries:9,}{megabytes:9.1f}")


if __name__ == "__main__":
    with FOLDER:
        if len(sys.argv) > 1:
            print(json.dumps(measure(int(sys.argv[1]))))
        else:
            main()
