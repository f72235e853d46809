"""What is recorded when money goes back: how much is left of each invoice, and what is refused."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from payments.models import Checkout, Payment, Reversal, ReversalLine
from payments.models.checkout import Status
from payments.reversals.services import NotReversed, Part, reinstate, reverse, withdraw
from tests.cast import Cast
from tests.payments.paying import at_once
from tests.payments.reconciliation.lists import paid
from tests.payments.reversals.happened import (
    Kind,
    anew,
    by_staff,
    clerk,
    given_back,
    left,
    returned,
)

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]
State = Payment.State
ZERO = Decimal("0.00")


def money(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_a_payment_goes_back_as_a_whole(cast: Cast) -> None:
    payment = paid(cast, "10000101", "60.00", "24.20")
    made = returned(cast, payment)
    assert (made.amount, made.fee, made.total) == tuple(money("-84.20", "-5.00", "-89.20"))
    assert left(payment) == [(ZERO, ZERO), (ZERO, ZERO)]
    assert anew(payment).total == Decimal("89.20")  # as it was: never edited
    assert (anew(payment).net_total, anew(payment).state) == (ZERO, State.REVERSED)


def test_a_part_is_taken_from_the_invoices_in_their_order(cast: Cast) -> None:
    payment = paid(cast, "10000101", "60.00", "24.20")
    returned(cast, payment, "70.00", fee=Decimal("3.00"))
    assert left(payment) == [(ZERO, ZERO), (Decimal("14.20"), Decimal("2.00"))]
    assert anew(payment).state == State.PARTLY_REVERSED


def test_a_part_is_taken_from_the_invoice_that_is_named(cast: Cast) -> None:
    payment = paid(cast, "10000101", "60.00", "24.20")
    made = returned(cast, payment, "10.00", invoice_number="INV-2")
    assert [line.payment_line.invoice_number for line in made.lines.all()] == ["INV-2"]
    assert [amount for amount, _fee in left(payment)] == money("60.00", "14.20")


def test_a_single_invoice_is_meant_whatever_number_is_given(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "10.00", invoice_number="ANOTHER")
    assert left(payment) == [tuple(money("74.20", "2.50"))]


@pytest.mark.parametrize(("kind", "fee_left"), [("voided", "0.00"), ("refunded", "2.50")])
def test_only_a_void_takes_the_fee_without_being_told(cast: Cast, kind: str, fee_left: str) -> None:
    payment = paid(cast)
    returned(cast, payment, "84.20", kind=Kind(kind))
    assert left(payment) == [(ZERO, Decimal(fee_left))]
    assert anew(payment).is_reversed  # a fee that was kept pays no bill


@pytest.mark.parametrize(
    "asked",
    [
        {"amount": Decimal("84.21")},
        {"amount": Decimal("-1.00")},
        {"amount": Decimal("10.00"), "fee": Decimal("2.51")},
        {"amount": Decimal("24.21"), "invoice_number": "INV-2"},
        {"amount": Decimal("10.00"), "invoice_number": "INV-3"},
        {"amount": ZERO},
    ],
)
def test_no_more_is_taken_than_there_is(cast: Cast, asked: dict[str, Decimal]) -> None:
    payment = paid(cast, "10000101", "60.00", "24.20") if "invoice_number" in asked else paid(cast)
    with pytest.raises(NotReversed):
        reverse(payment, Kind.REFUNDED, by_staff(cast), Part(**asked))  # type: ignore[arg-type]
    assert not Reversal.objects.exists()


def test_nothing_is_taken_twice(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment)
    with pytest.raises(NotReversed):
        returned(cast, payment)
    with pytest.raises(NotReversed):
        returned(cast, payment, "0.01")
    assert Reversal.objects.count() == 1


def test_a_reversal_is_taken_back_once(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "30.00")
    dispute = returned(cast, payment, "20.00", kind=Kind.CHARGEBACK)
    won = given_back(cast, dispute)
    assert (won.amount, won.kind, won.reinstates) == (Decimal("20.00"), Kind.REINSTATED, dispute)
    assert anew(payment).net_amount == Decimal("54.20")
    assert not Reversal.objects.get(pk=dispute.pk).is_in_effect
    assert [one.amount for one in Reversal.objects.in_effect()] == money("-30.00")
    for again in (dispute, won):
        with pytest.raises(NotReversed):
            reinstate(again, by_staff(cast))


@pytest.mark.parametrize("source", ["decision", "reconciliation"])
def test_what_staff_made_a_payment_is_withdrawn_with_a_reason(cast: Cast, source: str) -> None:
    payment = paid(cast, source=source)
    returned(cast, payment, "30.00")
    made = withdraw(payment, by=clerk(cast), note="Added by mistake.")
    assert (made.kind, made.total) == (Kind.WITHDRAWN, Decimal("-56.70"))
    assert anew(payment).state == State.REVERSED
    given_back(cast, made)
    assert anew(payment).net_total == Decimal("56.70")


def test_what_invoice_cloud_approved_is_not_withdrawn(cast: Cast) -> None:
    with pytest.raises(NotReversed):
        withdraw(paid(cast), by=clerk(cast), note="By mistake.")


def test_nothing_is_withdrawn_without_a_reason(cast: Cast) -> None:
    with pytest.raises(NotReversed):
        withdraw(paid(cast, source="decision"), by=clerk(cast), note=" ")


def test_a_reversal_is_never_edited_or_deleted(cast: Cast) -> None:
    made = returned(cast, paid(cast))
    for change in (made.save, made.delete, Reversal.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        ReversalLine.objects.update(amount=0)


def test_a_checkout_says_so_from_then_on(cast: Cast) -> None:
    payment = paid(cast)
    checkout = payment.checkout
    assert checkout
    part = returned(cast, payment, "30.00")
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID
    rest = returned(cast, payment, "54.20")
    later = Checkout.objects.get(pk=checkout.pk)
    assert later.status == Status.REVERSED
    assert later.status_at(part.recorded_at) == Status.PAID
    given_back(cast, rest)
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_only_one_takes_it(cast: Cast) -> None:
    payment, evidence = paid(cast), by_staff(cast)

    def refund() -> str:
        try:
            reverse(payment, Kind.REFUNDED, evidence, Part(amount=Decimal("50.00")))
        except NotReversed:
            return "refused"
        return "recorded"

    assert sorted(at_once(refund, refund)) == ["recorded", "refused"]
    assert anew(payment).net_amount == Decimal("34.20")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_only_one_takes_a_reversal_back(cast: Cast) -> None:
    payment, evidence = paid(cast), by_staff(cast)
    made = returned(cast, payment)

    def give_back() -> str:
        try:
            reinstate(made, evidence)
        except NotReversed:
            return "refused"
        return "recorded"

    assert sorted(at_once(give_back, give_back)) == ["recorded", "refused"]
    assert anew(payment).net_total == Decimal("86.70")


@pytest.mark.django_db(transaction=True)
def test_the_balance_is_asked_for_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(
        "payments.reversals.services.kept.forget_paid",
        lambda account: forgotten.append(account.account_number),
    )
    cache.clear()
    returned(cast, paid(cast), "10.00")
    assert forgotten == ["10000101"]
