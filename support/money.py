"""Payments and checkouts as the support pages show them, each list in one query."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerChange
from payments.models import Checkout, Payment, ReversalLine
from payments.models.checkout import Status
from payments.models.payment_state import PaymentState as State
from payments.models.reversal import Reversal
from payments.models.sums import dollars_of, received, reversed_since, state

OF_AMOUNT = Q(reversal=OuterRef("pk"), amount__lt=0)
PARTLY = {
    Reversal.Kind.RETURNED: _("partly returned by the bank"),
    Reversal.Kind.REFUNDED: _("partly refunded"),
    Reversal.Kind.VOIDED: _("partly voided"),
    Reversal.Kind.CHARGEBACK: _("partly charged back"),
    Reversal.Kind.WITHDRAWN: _("partly withdrawn"),
}


class PaymentRow(NamedTuple):
    """total: as it was received, fee included. net: what is left of it. changed_at: when the
    account got another customer after it was paid, if so."""

    payment: Payment
    total: Decimal
    net: Decimal
    life: str | Promise
    changed_at: datetime | None


def latest_payments(which: Q, number: int) -> list[PaymentRow]:
    """Returns the newest first, those of an account's former customers included."""
    found = _payments_with_facts().filter(which)
    return [_row(payment) for payment in found[:number]]


@cache
def _payments_with_facts() -> QuerySet[Payment]:
    """Composed once, and not for each page: it depends on no time and on nobody."""
    later = CustomerChange.objects.filter(account=OuterRef("account"), at__gt=OuterRef("paid_at"))
    kinds = Reversal.objects.in_effect().filter(payment=OuterRef("pk")).order_by("-pk")
    # An event with nothing but a fee says less about the payment than any other.
    of_amounts = kinds.filter(Exists(ReversalLine.objects.filter(OF_AMOUNT)))
    payments = Payment.objects.annotate(
        row_total=received(),
        row_back=reversed_since(),
        row_state=state(),
        row_kind=Coalesce(*(Subquery(each.values("kind")[:1]) for each in (of_amounts, kinds))),
        changed_at=Subquery(later.order_by("at").values("at")[:1]),
    )
    return payments.select_related("account").order_by("-paid_at", "-pk")


def _row(payment: Any) -> PaymentRow:
    total, net = payment.row_total, payment.row_total + payment.row_back
    life = _life(State(payment.row_state), payment.row_kind)
    return PaymentRow(payment, dollars_of(total), dollars_of(net), life, payment.changed_at)


def _life(state: State, kind: str | None) -> str | Promise:
    if not kind or state == State.RECEIVED:
        return State.RECEIVED.label
    return Reversal.Kind(kind).label if state == State.REVERSED else PARTLY[Reversal.Kind(kind)]


class CheckoutRow(NamedTuple):
    checkout: Checkout
    status: Status


def latest_checkouts(checkouts: Any, number: int) -> list[CheckoutRow]:
    """Returns the newest first, whatever their result.

    They are looked up separately: if PostgreSQL knows that they are few, it neither computes the
    status of all checkouts nor compiles its plan, which would take longer than the query.
    """
    newest = checkouts.order_by("-created_at", "-pk").values("pk")[:number]
    found = _checkouts_with_status().filter(pk__in=newest)
    return [CheckoutRow(checkout, Status(checkout.status_value)) for checkout in found]


@cache
def _checkouts_with_status() -> QuerySet[Any]:
    """Composed once, and not for each page. Times are put in when it is asked."""
    found: QuerySet[Any] = Checkout.objects.with_status()
    return found.select_related("member").order_by("-created_at", "-pk")
