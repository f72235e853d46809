"""What payments amount to and what is left of them, computed by the database, for lists in which
nothing else is loaded. `Payment.state` does the same in Python, and a test compares the two.

Sums are in whole cents, because SQLite would add dollars as floats.
"""

from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Round
from django.db.models.lookups import LessThan, LessThanOrEqual

from payments.models.payment_state import PaymentState

AMOUNT, TOTAL = ("amount",), ("amount", "fee")


def dollars_of(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def cents(field: str) -> Cast:
    """Returns the cents of a field with dollars."""
    return Cast(Round(F(field) * Value(100)), BigIntegerField())


def received(*, fields: tuple[str, ...] = TOTAL) -> Coalesce:
    """Returns the cents of a payment, fee included."""
    lines = apps.get_model("payments", "PaymentLine").objects.filter(payment=OuterRef("pk"))
    return _sum(lines.annotate(owner=F("payment")), fields)


def reversed_since(*, fields: tuple[str, ...] = TOTAL) -> Coalesce:
    """Returns the cents of all its reversals together, zero or negative."""
    every = apps.get_model("payments", "ReversalLine").objects
    lines = every.filter(reversal__payment=OuterRef("pk"))
    return _sum(lines.annotate(owner=F("reversal__payment")), fields)


def is_reversed() -> Q:
    """Whether nothing is left of a payment's amount; the fee may have been kept."""
    left: Combinable = received(fields=AMOUNT) + reversed_since(fields=AMOUNT)
    # Looked up first, with a single key: hardly any payment has a reversal.
    reversals = apps.get_model("payments", "Reversal").objects.filter(payment=OuterRef("pk"))
    return Q(Exists(reversals), LessThanOrEqual(left, 0))


def state() -> Case:
    """Returns the state of a payment, to annotate payments with."""
    return Case(
        When(is_reversed(), then=Value(PaymentState.REVERSED.value)),
        When(LessThan(reversed_since(), 0), then=Value(PaymentState.PARTLY_REVERSED.value)),
        default=Value(PaymentState.RECEIVED.value),
        output_field=CharField(),
    )


def _sum(lines: QuerySet[Any], fields: tuple[str, ...]) -> Coalesce:
    total = sum((cents(field) for field in fields[1:]), cents(fields[0]))
    grouped = lines.order_by().values("owner").annotate(sum=Sum(total)).values("sum")
    return Coalesce(Subquery(grouped, output_field=BigIntegerField()), Value(0))
