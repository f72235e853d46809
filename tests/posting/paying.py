"""Writes payments and reversals to the database as they are stored, whatever their source."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from accounts.models import StaffUser
from icsso.billers.models import Biller
from payments.models import Payment, PaymentLine
from payments.models.reversal import Reversal, ReversalLine
from posting.files.designer.presets import start_layout
from posting.models import PostingLayout
from tests.cast import Cast, staff

NOON = datetime(2026, 12, 3, 17, tzinfo=UTC)  # noon in New York
GUID = UUID("0b4a7a3e-43cb-4b9b-8a3b-2f1f7a5d9c01")
NIGHT = datetime(2026, 12, 4, 8, tzinfo=UTC)  # three in New York: past the time to build


def pay(
    cast: Cast, *amounts: str, account: str = "10000101", fee: str = "0.00", **facts: Any
) -> Payment:
    """A payment of so many invoices, named A, B, C, and so on."""
    payment = Payment.objects.create(
        biller=cast.biller,
        account=cast.account(account),
        source=Payment.Source.RECONCILIATION,
        **{"payment_guid": uuid4(), "paid_at": NOON, "method": "Visa", **facts},
    )
    PaymentLine.objects.bulk_create(
        PaymentLine(
            payment=payment,
            invoice_number="ABC"[number] if len(amounts) < 4 else str(number),
            amount=Decimal(amount),
            fee=Decimal(fee),
            recorded_at=payment.created_at,
        )
        for number, amount in enumerate(amounts)
    )
    return payment


def reverse(payment: Payment, *amounts: str, kind: str = "refunded", **facts: Any) -> Reversal:
    """What is taken from its invoices, in their order."""
    clerk = StaffUser.objects.filter(is_staff=True).first()
    reversal = Reversal.objects.create(
        payment=payment,
        kind=kind,
        source=Reversal.Source.STAFF,
        by_id=(clerk or staff("finance", payment.biller)).pk,
        note="asked for",
        **{"happened_at": NOON, **facts},
    )
    ReversalLine.objects.bulk_create(
        ReversalLine(reversal=reversal, payment_line=line, amount=Decimal(amount))
        for line, amount in zip(payment.lines.order_by("pk"), amounts, strict=False)
    )
    return reversal


def layout_of(biller: Biller, preset: str = "csv", **facts: Any) -> PostingLayout:
    """A layout whose first file is due."""
    layout = start_layout(biller, preset)
    since = datetime(2000, 1, 1, tzinfo=UTC)
    for name, value in {"is_active": True, "built_for": None, "starts_at": since, **facts}.items():
        setattr(layout, name, value)
    layout.save()
    return layout
