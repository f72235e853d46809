"""What is posted to the CIS: one entry for each paid invoice, and one for each reversed invoice.

Files and webhooks ask here, so both post the same lines with the same values. Each keeps its own
record of what it has posted.

    payments = payment_lines(biller, since=layout.starts_at).filter(posted_line=None)
    for batch in payment_entries(payments):     # lists of at most 2,000, in the order recorded
        ...
    for batch in reversal_entries(reversal_lines(biller, since=…).filter(posted_line=None)):
        ...

An `Entry` is a plain value without a query behind it. Its `key` never changes and identifies the
entry permanently: a receiver that has seen the key has posted the entry. One PaymentGUID can have
entries of several accounts, with the same invoice number or none, so it is no key, alone or with
the invoice. Amounts are the effect on the account: a payment is positive, a reversal negative, and
a reinstatement positive again; so the sum of a payment's entries is its net. A reversal has the
PaymentGUID, invoice, account, method, and reference of the payment that it takes back, and names
the payment line in `payment_line_id`.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from icsso.billers.models import Biller
from payments.models import PaymentLine
from payments.models.reversal import Reversal, ReversalLine
from posting.keys import key_of

BATCH = 2000
Values = dict[str, Any]  # expressions by field
PAYMENT = "payment"
KINDS = {PAYMENT: _("payment"), **dict(Reversal.Kind.choices)}


class Entry(NamedTuple):
    """payment_line_id: None for a reversal read from a file, which names only the reversal's line.
    reversal_line_id: None for a payment. kind: `payment`, or a `Reversal.Kind`. happened_at: the
    reversal's time; for a payment, when it was paid. method and reference (the biller reference of
    the checkout) are empty if not known."""

    payment_line_id: int | None
    reversal_line_id: int | None
    kind: str
    payment_guid: UUID
    invoice_number: str
    account_number: str
    amount: Decimal
    fee: Decimal
    paid_at: datetime
    happened_at: datetime
    method: str
    reference: str

    @property
    def key(self) -> str:
        return key_of(self.payment_line_id, self.reversal_line_id)

    @property
    def is_reversal(self) -> bool:
        return self.reversal_line_id is not None

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


def payment_lines(biller: Biller, *, since: datetime) -> QuerySet[PaymentLine]:
    """Returns the biller's paid invoices that were recorded since then, also further ones of older
    payments. They are never changed."""
    return PaymentLine.objects.filter(payment__biller=biller, recorded_at__gte=since)


def reversal_lines(biller: Biller, *, since: datetime) -> QuerySet[ReversalLine]:
    """Returns the biller's reversed invoices that were recorded since then, of older payments
    too."""
    return ReversalLine.objects.filter(
        reversal__payment__biller=biller, reversal__recorded_at__gte=since
    )


def payment_values() -> Values:
    """Returns the value of each field of an `Entry`, in its order, in terms of a payment line."""
    own = {
        "payment_line_id": F("pk"),
        "reversal_line_id": Cast(Value(None), BigIntegerField()),
        "kind": Value(PAYMENT, CharField()),
        "happened_at": F("payment__paid_at"),
    }
    return _in_order({**_of_payment_line(""), **own})


def reversal_values() -> Values:
    """Returns the value of each field of an `Entry`, in its order, in terms of a reversal line."""
    own = {
        "payment_line_id": F("payment_line_id"),
        "reversal_line_id": F("pk"),
        "kind": F("reversal__kind"),
        "happened_at": F("reversal__happened_at"),
    }
    return _in_order({**_of_payment_line("payment_line__"), **own})


def payment_entries(lines: QuerySet[PaymentLine]) -> Iterator[list[Entry]]:
    """Yields the entries in batches, in the order of primary keys. Each batch is one query."""
    return _batches(lines, payment_values(), key="payment_line_id")


def reversal_entries(lines: QuerySet[ReversalLine]) -> Iterator[list[Entry]]:
    """Yields the entries in batches, in the order of primary keys. Each batch is one query."""
    return _batches(lines, reversal_values(), key="reversal_line_id")


def _of_payment_line(line: str) -> Values:
    """line: lookup of the payment line, with its underscores."""
    payment = f"{line}payment__"
    return {
        "payment_guid": F(f"{payment}payment_guid"),
        "invoice_number": F(f"{line}invoice_number"),
        "account_number": F(f"{payment}account__account_number"),
        "amount": F("amount"),
        "fee": F("fee"),
        "paid_at": F(f"{payment}paid_at"),
        "method": F(f"{payment}method"),
        "reference": Coalesce(f"{payment}checkout__biller_reference", Value("")),
    }


def _in_order(values: Values) -> Values:
    return {name: values[name] for name in Entry._fields}


def _batches(lines: QuerySet[Any], values: Values, *, key: str) -> Iterator[list[Entry]]:
    """No cursor stays open, and every batch costs the same."""
    found = lines.order_by("pk").values_list(*values.values())
    batch = [*map(Entry._make, found[:BATCH])]
    while batch:
        yield batch
        last = getattr(batch[-1], key)
        batch = [*map(Entry._make, found.filter(pk__gt=last)[:BATCH])]
