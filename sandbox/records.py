"""Creates and changes billers, customers, and users from rows of the demo or the control API."""

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from sandbox import clock
from sandbox.models import Biller, Customer, Invoice, PaymentMethod, RegisteredUser, Registration

Row = dict[str, Any]
BILLER_FIELDS = ["name", "biller_guid", "web_service_key", "setting_129", "active", "token_seconds"]
CUSTOMER_TEXTS = ["name", "address2", "city", "state", "zip", "email", "phone"]


class InvalidRow(Exception):
    """A row cannot be saved. The message says why."""


def save_biller(row: Row) -> Biller:
    """Creates the biller of this API key, or changes the fields that the row names."""
    api_key = required(row, "api_key")
    known = {name: row[name] for name in BILLER_FIELDS if name in row}
    biller, _ = Biller.objects.update_or_create(api_key=api_key, defaults=known)
    biller.refresh_from_db()
    return biller


@transaction.atomic
def save_customers(biller: Biller, rows: list[Row]) -> int:
    """Creates or replaces customers. Invoices are added, or replaced if their number is known.
    Returns how many customers were saved."""
    customers = [build_customer(biller, row) for row in rows]
    changed = [*CUSTOMER_TEXTS, "address1", "autopay", "paperless", "pay_by_text"]
    unique = ["biller", "account_number"]
    Customer.objects.bulk_create(
        customers, update_conflicts=True, unique_fields=unique, update_fields=changed
    )
    ids = dict(biller.customers.values_list("account_number", "pk"))
    Invoice.objects.bulk_create(
        [
            build_invoice(ids[str(row["account_number"])], invoice)
            for row in rows
            for invoice in row.get("invoices") or []
        ],
        update_conflicts=True,
        unique_fields=["customer", "number"],
        update_fields=["type_id", "date", "due_date", "amount", "balance"],
    )
    return len(customers)


def build_customer(biller: Biller, row: Row) -> Customer:
    phone = row.get("pay_by_text") or ""
    return Customer(
        biller=biller,
        account_number=required(row, "account_number"),
        address1=row.get("address") or "",
        **{name: row.get(name) or "" for name in CUSTOMER_TEXTS},
        autopay=bool(row.get("autopay")),
        paperless=bool(row.get("paperless")),
        pay_by_text=row.get("phone") or "on" if phone is True else phone,
    )


def build_invoice(customer_id: int, row: Row) -> Invoice:
    """Dates are ISO text. `due_in_days` counts from today instead."""
    today = clock.today()
    due = row.get("due_date") or today + timedelta(days=row.get("due_in_days", 14))
    due = date.fromisoformat(due) if isinstance(due, str) else due
    issued = row.get("date") or due - timedelta(days=21)
    balance = required_amount(row, "balance")
    return Invoice(
        customer_id=customer_id,
        number=required(row, "number"),
        type_id=str(row.get("type") or "1"),
        date=issued,
        due_date=due,
        amount=required_amount(row, "amount") if "amount" in row else balance,
        balance=balance,
    )


@transaction.atomic
def save_user(biller: Biller, row: Row) -> RegisteredUser:
    """Creates the user or sets the password, and registers the accounts, even if another user has
    registered them. `registration` 2 is a second registration of the same address."""
    email, number = required(row, "email").lower(), int(row.get("registration") or 1)
    user = biller.users.filter(email=email, number=number).first()
    user = user or RegisteredUser(biller=biller, email=email, number=number)
    user.set_password(required(row, "password"))
    user.save()
    ids = dict(biller.customers.values_list("account_number", "pk"))
    missing = [number for number in row.get("accounts") or [] if number not in ids]
    if missing:
        raise InvalidRow(f"No such account: {', '.join(missing)}.")
    Registration.objects.bulk_create(
        [Registration(user=user, customer_id=ids[n]) for n in row.get("accounts") or []],
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["user"],
    )
    for method in row.get("methods") or []:
        PaymentMethod.objects.get_or_create(user=user, **method)
    return user


def required(row: Row, name: str) -> str:
    if not row.get(name):
        raise InvalidRow(f"{name} is missing.")
    return str(row[name])


def required_amount(row: Row, name: str) -> Decimal:
    try:
        return Decimal(str(row[name])).quantize(Decimal("0.01"))
    except (KeyError, InvalidOperation):
        raise InvalidRow(f"{name} is missing or not an amount.") from None
