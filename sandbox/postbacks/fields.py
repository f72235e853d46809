"""The fields of a postback: eighteen as in the contract, and AccountNumber."""

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from sandbox.models import Payment, PostbackSettings
from sandbox.variants.wire import Wire

Line = dict[str, str]  # of a payment: account_number, invoice_number, amount
FieldList = list[list[str]]  # [[name, text]] in the order sent
PAYMENT_TYPE_IDS = {"card": "1", "bank": "2"}


def compose(payment: Payment, settings: PostbackSettings, wire: Wire) -> list[FieldList]:
    """Returns the fields of each postback to send: one per account, one per invoice, or one for
    all, as the settings or the wire say, and as many copies as they say."""
    parts = split(payment.lines, settings, wire)
    written = [write_fields(payment_fields(payment, lines), wire) for lines in parts]
    field_lists = [rename(override(fields, settings.overrides), wire) for fields in written]
    copies = max(settings.copies, wire.postback.copies)
    field_lists = [list(fields) for fields in field_lists for _ in range(copies)]
    if settings.shuffle:
        for items in [field_lists, *field_lists]:
            random.shuffle(items)
    return field_lists


def split(lines: list[Line], settings: PostbackSettings, wire: Wire) -> list[list[Line]]:
    """Returns the lines that each postback reports."""
    if settings.per_invoice or wire.postback.per_invoice:
        return [[line] for line in lines]
    if not settings.per_account:
        return [lines]
    numbers = dict.fromkeys(line["account_number"] for line in lines)
    return [[line for line in lines if line["account_number"] == number] for number in numbers]


def override(fields: FieldList, overrides: dict[str, Any]) -> FieldList:
    """Returns the fields with other texts, without the fields that are set to null, and with new
    fields at the end."""
    known = {name for name, _ in fields}
    changed = [[name, str(overrides.get(name, text))] for name, text in fields]
    changed += [[name, str(text)] for name, text in overrides.items() if name not in known]
    return [[name, text] for name, text in changed if overrides.get(name, "") is not None]


def write_fields(fields: dict[str, Any], wire: Wire) -> FieldList:
    postback = wire.postback
    zone = ZoneInfo(postback.time_zone) if postback.time_zone else None
    writers: dict[type, Callable[[Any], str]] = {
        str: str,
        bool: lambda value: postback.approved if value else postback.declined,
        UUID: wire.formats.guid,
        Decimal: postback.money,
        datetime: lambda moment: postback.time(timezone.localtime(moment, zone)),
    }
    return [
        [name, writers[type(value)](value)]
        for name, value in fields.items()
        if name not in postback.left_out
    ]


def rename(fields: FieldList, wire: Wire) -> FieldList:
    return [[wire.postback.named.get(name, name), text] for name, text in fields]


def payment_fields(payment: Payment, lines: list[Line]) -> dict[str, Any]:
    numbers = list(dict.fromkeys(line["account_number"] for line in lines))
    payer = payer_of(payment, numbers[0])
    amount = sum((Decimal(line["amount"]) for line in lines), Decimal("0.00"))
    is_first = lines[0] is payment.lines[0]
    return {
        "BillerGUID": payment.biller.biller_guid,
        "PaymentDate": payment.created_at,
        "InvoiceNumber": ",".join(line["invoice_number"] for line in lines),
        "Approved": payment.approved,
        "CustomerName": payer.get("Name") or getattr(payment.customer, "name", ""),
        "CustomerAddress": payer.get("Address") or getattr(payment.customer, "address1", ""),
        "CustomerCity": payer.get("City") or getattr(payment.customer, "city", ""),
        "CustomerState": payer.get("State") or getattr(payment.customer, "state", ""),
        "CustomerZip": payer.get("Zip") or getattr(payment.customer, "zip", ""),
        "PaymentGUID": payment.guid,
        "PaymentAmount": amount,
        "PaymentDescription": payment.biller.name,
        "PaymentTypeID": PAYMENT_TYPE_IDS[payment.kind],
        "CardType": payment.brand if payment.kind == "card" else "",
        "PaymentMessage": payment.message,
        "BillerReference": payment.hosted.request["BillerReference"] if payment.hosted else "",
        # The fee is charged only once, even if several postbacks report the payment.
        "ConvenienceFee": payment.fee if is_first else Decimal("0.00"),
        "RemoteIP": payment.remote_ip,
        "AccountNumber": ",".join(numbers),
    }


def payer_of(payment: Payment, account_number: str) -> dict[str, Any]:
    """Returns the customer of the request with this account, or else the first one."""
    customers = payment.hosted.request["Customers"] if payment.hosted else [{}]
    same = [each for each in customers if each.get("AccountNumber") == account_number]
    return (same or customers)[0]
