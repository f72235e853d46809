"""Creates payments and reversals to be posted, without going through a checkout."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import StaffUser
from payments.models import Payment, PaymentLine, Reversal, ReversalLine
from posting.models import WebhookEndpoint
from posting.webhooks.signing import new_secret
from tests.cast import Cast, staff


def paid(
    cast: Cast,
    *amounts: str,
    number: str = "10000101",
    at: datetime | None = None,
    fee: str = "2.50",
    **facts: Any,
) -> Payment:
    """A payment from Invoice Cloud's list, with one invoice for each amount."""
    payment = Payment.objects.create(
        biller=cast.biller,
        account=cast.account(number),
        source=Payment.Source.RECONCILIATION,
        payment_guid=uuid4(),
        paid_at=at or timezone.now(),
        method="Visa",
        **facts,
    )
    for place, amount in enumerate(amounts or ("84.20",), start=1):
        PaymentLine.objects.create(
            payment=payment,
            invoice_number=f"INV-{place}",
            amount=Decimal(amount),
            fee=Decimal(fee),
        )
    return payment


def taken_back(
    payment: Payment,
    amount: str = "-84.20",
    *,
    kind: str = "returned",
    fee: str = "0",
    reinstates: Reversal | None = None,
) -> Reversal:
    domain = payment.biller.slug
    clerk = StaffUser.objects.filter(email=f"finance@{domain}.example").first()
    by = clerk or StaffUser.objects.get(pk=staff("finance", payment.biller).pk)
    reversal = Reversal.objects.create(
        payment=payment,
        kind=kind,
        source="staff",
        note="n",
        happened_at=timezone.now(),
        by=by,
        reinstates=reinstates,
    )
    ReversalLine.objects.create(
        reversal=reversal,
        payment_line=payment.lines.order_by("pk").first(),
        amount=Decimal(amount),
        fee=Decimal(fee),
    )
    return reversal


def endpoint_at(cast: Cast, url: str, **facts: Any) -> WebhookEndpoint:
    facts = {"biller": cast.biller, "url": url, "secret": new_secret(), **facts}
    return WebhookEndpoint.objects.create(**facts)
