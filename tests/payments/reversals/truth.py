"""What really happened to some payments, and what Invoice Cloud and staff make known of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st

from payments.models import Payment
from payments.models.reversal_kind import ReversalKind as Kind
from tests.payments.reconciliation.lists import on

ZERO, FEE = Decimal("0.00"), Decimal("2.50")
INVOICES = (Decimal("84.20"), Decimal("30.00"))
WORDS = {
    Kind.RETURNED: "ACH Return",
    Kind.REFUNDED: "Refund",
    Kind.CHARGEBACK: "Chargeback",
    Kind.VOIDED: "Void",
}


@dataclass(frozen=True)
class Happened:
    """Money went back. fee: the part of it that was the fee. won: it was given back again."""

    kind: Kind
    amount: Decimal
    fee: Decimal = ZERO
    won: bool = False

    @property
    def is_in_postbacks(self) -> bool:
        """A postback gives no fee that went back; that of a void is understood."""
        return not self.fee or self.kind == Kind.VOIDED

    @property
    def effect(self) -> Decimal:
        return ZERO if self.won else self.amount + self.fee


@dataclass(frozen=True)
class TruePayment:
    """amounts: of its invoices. Each has a fee. Its n-th event was n hours after it was paid."""

    guid: UUID
    amounts: tuple[Decimal, ...]
    events: tuple[Happened, ...]

    @property
    def net(self) -> Decimal:
        """What is left of it, fees included."""
        paid = sum(self.amounts, ZERO) + FEE * len(self.amounts)
        return paid - sum((each.effect for each in self.events), ZERO)

    @property
    def net_amount(self) -> Decimal:
        """What is left of it without fees."""
        went_back = sum((each.amount for each in self.events if not each.won), ZERO)
        return sum(self.amounts, ZERO) - went_back

    def recorded(self) -> Payment | None:
        return Payment.objects.filter(payment_guid=self.guid).first()

    def times(self, amount: Decimal) -> int:
        """How often this amount went back."""
        return sum(each.amount == amount for each in self.events)

    def may_be_recorded(self, event: Happened) -> bool:
        """Whether as many reversals of this amount are recorded as there were."""
        payment = self.recorded()
        return payment is None or counted(payment)[event.amount] >= self.times(event.amount)


def counted(payment: Payment) -> "Counter[Decimal]":
    """How many reversals of each amount are recorded, even if they were taken back since."""
    made = payment.reversals.exclude(kind=Kind.REINSTATED)
    return Counter(
        -each.amount for each in made.filter(list_line__reconciliation__withdrawn_at=None)
    )


def hour_of(event: int | None) -> datetime:
    return on(hour=9 + (0 if event is None else event + 1))


WHOLE = INVOICES[0]
HISTORIES: Sequence[tuple[Happened, ...]] = (
    (),
    (Happened(Kind.RETURNED, WHOLE),),
    (Happened(Kind.RETURNED, WHOLE, FEE),),
    (Happened(Kind.VOIDED, WHOLE, FEE),),
    (Happened(Kind.CHARGEBACK, WHOLE, won=True),),
    (Happened(Kind.REFUNDED, Decimal("20.00")),),
    (Happened(Kind.REFUNDED, Decimal("20.00")), Happened(Kind.REFUNDED, Decimal("20.00"))),
    (Happened(Kind.REFUNDED, Decimal("50.00")), Happened(Kind.CHARGEBACK, Decimal("34.20"))),
    (Happened(Kind.REFUNDED, Decimal("60.00"), FEE),),
)


@st.composite
def payments(draw: Any) -> TruePayment:
    events = draw(st.sampled_from(HISTORIES))
    is_void = any(each.kind == Kind.VOIDED for each in events)
    invoices = 1 if is_void else draw(st.sampled_from((1, 1, 2)))
    return TruePayment(uuid4(), INVOICES[:invoices], events)


ANY = st.integers(0, 5)  # which one, of as many as there are
STEPS = st.one_of(
    st.tuples(st.just("paid"), ANY, ANY),
    st.tuples(st.just("told"), ANY, ANY),
    st.tuples(st.just("told again"), ANY, ANY),
    st.tuples(st.just("listed"), ANY, ANY),
    st.tuples(st.just("listed by days"), ANY, ANY),
    st.tuples(st.just("hurried clerk"), ANY, ANY),
    st.tuples(st.just("clerk"), ANY, ANY),
    st.tuples(st.just("phoned"), ANY, ANY),
    st.tuples(st.just("list withdrawn"), ANY, ANY),
    st.tuples(st.just("list matched again"), ANY, ANY),
    st.tuples(st.just("file built"), ANY, ANY),
    st.tuples(st.just("webhooks sent"), ANY, ANY),
)
