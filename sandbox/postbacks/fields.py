"""The fields of a postback: eighteen as in the contract, and AccountNumber."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from sandbox.models import Payment, PostbackSettings

FieldList = list[list[str]]  # [[name, text]] in the order sent
PAYMENT_TYPE_IDS = {"card": "1", "bank": "2"}


def compose(payment: Payment, settings: PostbackSettings) -> list[FieldList]:
    """Returns the fields of each postback to send: one per invoice if the settings say so, and as
    many copies as they say."""
    parts = [[line] for line in payment.lines] if settings.per_invoice else [payment.lines]
    field_lists = [override(payment_fields(payment, lines), settings.overrides) for lines in parts]
    field_lists = [list(fields) for fields in field_lists for _ in range(settings.copies)]
    if settings.shuffle:
        for items in [field_lists, *field_lists]:
            random.shuffle(items)
    return field_lists


def override(fields: FieldList, overrides: dict[str, Any]) -> FieldList:
    """Returns the fields with other texts, without the fields that are set to null, and with new
    fields at the end."""
    known = {name for name, _ in fields}
    changed = [[name, str(overrides.get(name, text))] for name, text in fields]
    changed += [[name, str(text)] for name, text in overrides.items() if name not in known]
    return [[name, text] for name, text in changed if overrides.get(name, "") is not None]


def payment_fields(payment: Payment, lines: list[dict[str, str]]) -> FieldList:
    payer = payment.hosted.request["Customers"][0] if payment.hosted else {}
    amount = sum((Decimal(line["amount"]) for line in lines), Decimal("0.00"))
    is_first = lines[0] is payment.lines[0]
    fields = {
        "BillerGUID": str(payment.biller.biller_guid),
        "PaymentDate": format_time(timezone.localtime(payment.created_at)),
        "InvoiceNumber": ",".join(line["invoice_number"] for line in lines),
        "Approved": "True" if payment.approved else "False",
        "CustomerName": payer.get("Name") or getattr(payment.customer, "name", ""),
        "CustomerAddress": payer.get("Address") or getattr(payment.customer, "address1", ""),
        "CustomerCity": payer.get("City") or getattr(payment.customer, "city", ""),
        "CustomerState": payer.get("State") or getattr(payment.customer, "state", ""),
        "CustomerZip": payer.get("Zip") or getattr(payment.customer, "zip", ""),
        "PaymentGUID": str(payment.guid),
        "PaymentAmount": f"{amount:,.2f}",
        "PaymentDescription": payment.biller.name,
        "PaymentTypeID": PAYMENT_TYPE_IDS[payment.kind],
        "CardType": payment.brand if payment.kind == "card" else "",
        "PaymentMessage": payment.message,
        "BillerReference": payment.hosted.request["BillerReference"] if payment.hosted else "",
        # The fee is charged only once, even if several postbacks report the payment.
        "ConvenienceFee": f"{payment.fee if is_first else 0:,.2f}",
        "RemoteIP": payment.remote_ip,
        "AccountNumber": lines[0]["account_number"],
    }
    return [[name, text] for name, text in fields.items()]


def format_time(moment: datetime) -> str:
    """Returns a time like `11/23/2026 3:04:05 PM`."""
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S %p}"
