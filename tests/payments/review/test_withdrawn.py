"""A payment that was added, withdrawn, and then really made: accepting its postback is enough."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.checkout import Status
from payments.reconciliation.resolution import add_payment
from payments.reversals.services import reinstate, withdraw
from payments.review import services as review
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import matched, strange
from tests.payments.reversals.happened import anew, by_staff, clerk, returned
from tests.payments.review.test_reversals import page_of
from tests.payments.review.test_review import decide

pytestmark = pytest.mark.django_db


def added_and_withdrawn(cast: Cast, **changes: str) -> tuple[Payment, Checkout]:
    checkout = opened(cast)
    line = matched(cast.biller, strange(cast, **changes)).lines.get()
    payment = add_payment(line, note="On the list.", by=clerk(cast))
    withdraw(payment, by=clerk(cast), note="Not ours.")
    return payment, checkout


def paid_after_all(payment: Payment, checkout: Checkout, **changes: str) -> Postback:
    said = postback_fields(checkout, PaymentGUID=str(payment.payment_guid), **changes)
    send_postback(Client(), checkout, said)
    return Postback.objects.get(checkout=checkout)


@pytest.mark.parametrize("named", [False, True])
def test_accepting_is_enough(finance: Client, cast: Cast, *, named: bool) -> None:
    """Whether or not the list named the checkout, which the payment then has already."""
    payment, checkout = added_and_withdrawn(cast)
    if named:
        Payment.objects.filter(pk=payment.pk).update(checkout=checkout)
    postback = paid_after_all(payment, checkout)
    page = finance.get(page_of(postback)).content.decode()
    assert "It names a payment that was withdrawn." in page
    assert "Not ours." in page
    assert "reinstate it" not in page
    decide(finance, postback, "accepted")
    again = anew(payment)
    assert (again.net_amount, again.checkout_id) == (Decimal("84.20"), checkout.pk)
    assert Payment.objects.count() == 1
    made = Reversal.objects.get(kind="reinstated")
    assert (made.source, made.postback) == ("postback", postback)
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID
    assert not Postback.objects.awaiting_decision().exists()


def test_never_twice(finance: Client, cast: Cast) -> None:
    """If somebody has reinstated the payment on its page meanwhile, accepting adds nothing."""
    payment, checkout = added_and_withdrawn(cast)
    postback = paid_after_all(payment, checkout)
    reinstate(Reversal.objects.get(), by_staff(cast))
    decide(finance, postback, "accepted")
    assert anew(payment).net_amount == Decimal("84.20")
    assert Reversal.objects.filter(kind="reinstated").count() == 1
    decide(finance, postback, "accepted")
    assert anew(payment).net_total == Decimal("86.70")
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID


@pytest.mark.parametrize(
    "changes",
    [{"PaymentAmount": "84.21"}, {"ConvenienceFee": "3.50"}, {"Approved": "False"}],
)
def test_another_payment_is_not_it(cast: Cast, changes: dict[str, str]) -> None:
    payment, checkout = added_and_withdrawn(cast)
    postback = paid_after_all(payment, checkout, **changes)
    assert review.withdrawal_of(postback) is None


def test_what_was_returned_is_not_what_was_withdrawn(cast: Cast) -> None:
    """A bank's return is not undone by a postback."""
    checkout = opened(cast)
    line = matched(cast.biller, strange(cast)).lines.get()
    payment = add_payment(line, note="On the list.", by=clerk(cast))
    returned(cast, payment)
    postback = paid_after_all(payment, checkout)
    assert review.withdrawal_of(postback) is None
    assert review.obstacle(postback)


def test_reinstating_it_is_enough_too(
    finance: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    """Postbacks that waited because of the withdrawal are read again."""
    payment, checkout = added_and_withdrawn(cast)
    postback = paid_after_all(payment, checkout)
    made = Reversal.objects.get()
    entered = {"note": "Paid after all.", "seen": str(made.pk)}
    page = f"/admin/payments/payment/{payment.pk}/reinstate/{made.pk}/"
    with django_capture_on_commit_callbacks(execute=True):
        assert finance.post(page, entered).status_code == 302
    assert not Postback.objects.awaiting_decision().exists()
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID
    assert anew(payment).net_amount == Decimal("84.20")
    postback.refresh_from_db()
    assert postback.verdict == "repeated"
