"""What the tests of reconciliation share: payments we know, and lists of Invoice Cloud."""

import csv
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from icsso.billers.models import Biller
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation.importing import import_list
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import guess_columns
from tests.cast import Cast
from tests.payments.paying import opened

HEADER = (
    "Payment GUID", "Biller Reference", "Account Number", "Amount", "Fee", "Date Paid",
    "Card Type", "Invoice Number",
)  # fmt: skip
DAY = date(2025, 11, 10)
DAYS = (date(2025, 11, 1), date(2025, 11, 30))


def on(day: date = DAY, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def paid(cast: Cast, number: str = "10000101", *amounts: str, **facts: Any) -> Payment:
    """A payment known from a postback, with an invoice for each amount."""
    payment = Payment.objects.create(
        **{
            "biller": cast.biller,
            "checkout": opened(cast, number),
            "account": cast.account(number),
            "payment_guid": uuid4(),
            "paid_at": on(),
            "method": "Visa",
            **facts,
        }
    )
    for place, amount in enumerate(amounts or ("84.20",), start=1):
        payment.lines.create(
            invoice_number=f"INV-{place}", amount=Decimal(amount), fee=Decimal("2.50")
        )
    return payment


def line_of(payment: Payment, **changes: str) -> dict[str, str]:
    """What Invoice Cloud's list says of the payment as a whole."""
    said = {
        "Payment GUID": str(payment.payment_guid),
        "Biller Reference": payment.checkout.biller_reference if payment.checkout else "",
        "Account Number": payment.account.account_number,
        "Amount": f"{payment.amount:,}",
        "Fee": f"{payment.fee}",
        "Date Paid": f"{timezone.localtime(payment.paid_at):%m/%d/%Y %I:%M:%S %p}",
        "Card Type": payment.method,
        "Invoice Number": "",
    }
    return said | {name.replace("_", " "): text for name, text in changes.items()}


def strange(cast: Cast, **changes: str) -> dict[str, str]:
    """A line about a payment that we do not know."""
    return {
        "Payment GUID": str(uuid4()),
        "Biller Reference": "",
        "Account Number": "10000101",
        "Amount": "84.20",
        "Fee": "2.50",
        "Date Paid": f"{DAY:%m/%d/%Y} 3:04:05 PM",
        "Card Type": "Visa",
        "Invoice Number": "INV-9",
    } | {name.replace("_", " "): text for name, text in changes.items()}


def csv_file(*lines: dict[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def finance(biller: Biller, *, role: str = "finance", email: str = "finance@example.com") -> User:
    """Somebody of the biller's staff, with a role or none."""
    user, is_new = User.objects.get_or_create(email=email, is_staff=True)
    user.billers.add(biller)
    if role and is_new:
        user.groups.add(Group.objects.get(name=role))
    return user


def taken(biller: Biller, *lines: dict[str, str], days: tuple[date, date] = DAYS) -> Reconciliation:
    file = BytesIO(csv_file(*lines))
    return import_list(file, name="november.csv", biller=biller, days=days, by=finance(biller))


def matched(biller: Biller, *lines: dict[str, str], report: str = "payments") -> Reconciliation:
    """Taken over and matched, with the columns that their names suggest."""
    reconciliation = taken(biller, *lines)
    reconciliation.columns = guess_columns(reconciliation.header)
    reconciliation.report = report
    reconciliation.save()
    match(reconciliation)
    reconciliation.refresh_from_db()
    return reconciliation


def outcomes(reconciliation: Reconciliation) -> list[tuple[str, str]]:
    """Of the lines in their order, then of what the list lacks."""
    lines = reconciliation.lines.order_by("number", "pk")
    rows = sorted(lines, key=lambda line: (line.number is None, line.number, line.pk))
    return [(line.outcome, line.reason) for line in rows]


def found_by(line: ReconciliationLine) -> tuple[str, int | None]:
    return line.found_by, line.payment_id


def day_after(days: int) -> datetime:
    return on(DAY + timedelta(days=days))
