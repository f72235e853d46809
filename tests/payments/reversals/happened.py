"""What the tests of reversals share: how an event is known."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import StaffUser
from payments.models import Payment, Reversal
from payments.reversals.services import Evidence, Part, reinstate, reverse
from tests.cast import Cast
from tests.payments.reconciliation.lists import finance, on

Kind = Reversal.Kind


def clerk(cast: Cast) -> StaffUser:
    return StaffUser.objects.get(pk=finance(cast.biller).pk)


def by_staff(cast: Cast, *, happened_at: datetime | None = None) -> Evidence:
    return Evidence(
        source=Reversal.Source.STAFF,
        by=clerk(cast),
        note="Asked the bank.",
        happened_at=happened_at or on(),
    )


def returned(cast: Cast, payment: Payment, amount: str | None = None, **facts: Any) -> Reversal:
    """Recorded by a clerk; None: all of it, its fee included."""
    kind = facts.pop("kind", Kind.RETURNED)
    part = Part(amount=Decimal(amount), **facts) if amount else None
    return reverse(payment, kind, by_staff(cast), part)


def given_back(cast: Cast, reversal: Reversal) -> Reversal:
    return reinstate(reversal, by_staff(cast, happened_at=timezone.now()))


def anew(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


def left(payment: Payment) -> list[tuple[Decimal, Decimal]]:
    return [(line.net_amount, line.net_fee) for line in anew(payment).lines.order_by("pk")]
