"""A postback is about its own checkout's payment, and is compared with what has happened to that
payment so far."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.checkout import Status
from payments.reversals.services import NotReversed
from payments.review import services as review
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import line_of, matched, paid
from tests.payments.reversals.happened import anew, clerk, given_back, returned
from tests.payments.review.test_reversals import page_of, record, taken_back
from tests.payments.review.test_review import decide

pytestmark = pytest.mark.django_db
REFUND = {"PaymentAmount": "-20.00", "PaymentMessage": "REFUND"}


def naming(other: Payment, checkout: Checkout) -> Postback:
    """A chargeback of another checkout's payment, posted to the address of this one."""
    said = {"Approved": "False", "PaymentMessage": "Chargeback"}
    named = postback_fields(checkout, PaymentGUID=str(other.payment_guid), **said)
    send_postback(Client(), checkout, named)
    return Postback.objects.get(checkout=checkout, verdict="review")


@pytest.mark.parametrize("paid_too", [False, True])
def test_a_postback_takes_back_no_payment_of_another_checkout(
    finance: Client, cast: Cast, *, paid_too: bool
) -> None:
    others, checkout = paid(cast, "10000102"), opened(cast, "10000101")
    if paid_too:
        send_postback(Client(), checkout, postback_fields(checkout))
    postback = naming(others, checkout)
    page = finance.get(page_of(postback)).content.decode()
    assert "names a payment of another checkout" in page
    warning = page.split("names a payment of another checkout")[1].split("</p>")[0]
    assert "10000102" in warning
    assert f"/admin/payments/payment/{others.pk}/" in warning
    assert "Record a reversal" not in page
    assert "selected" not in page.split("<form")[-1]
    assert ("Reject: it changes nothing" in page) == paid_too  # nor for the customer
    assert "Select a valid choice" in record(finance, postback)
    assert not Reversal.objects.exists()
    event = review.Event(
        kind=Reversal.Kind.CHARGEBACK, amount=Decimal("84.20"), happened_at=others.paid_at
    )
    with pytest.raises(NotReversed):
        review.record_reversal(postback, event, by=clerk(cast), note="x", seen=None)


def test_a_listed_payment_without_a_checkout_is_not_its_own_either(
    finance: Client, cast: Cast
) -> None:
    listed = paid(cast, checkout=None, source="reconciliation")
    page = finance.get(page_of(naming(listed, opened(cast)))).content.decode()
    assert "names a payment that is known only from a list" in page
    assert "Record a reversal" not in page


def test_the_page_shows_what_became_of_the_payment(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast, **REFUND)
    payment = Payment.objects.get()
    returned(cast, payment, "20.00")
    page = finance.get(page_of(postback)).content.decode()
    assert "Asked the bank." in page
    assert "Left: <strong>$66.70</strong> of $86.70." in page
    returned(cast, payment, "64.20")
    assert "Asked the bank." in finance.get(page_of(postback)).content.decode()


def test_what_a_list_recorded_is_not_recorded_again_by_oversight(
    finance: Client, cast: Cast
) -> None:
    postback = taken_back(cast, **REFUND)
    payment = Payment.objects.get()
    matched(cast.biller, line_of(payment, Amount="-20.00", Fee="", Card_Type="Refund"))
    assert payment.reversals.get().source == "list"
    shown = record(finance, postback, amount="20.00")
    assert "A reversal that may be the same is already recorded" in shown
    assert "The bank confirms it." in shown  # what was entered stays
    assert anew(payment).net_amount == Decimal("64.20")
    assert Postback.objects.awaiting_decision().get() == postback
    shown = record(finance, postback, amount="20.00", is_another="on")
    assert "Saved: recorded as a reversal of the payment." in shown
    assert anew(payment).net_amount == Decimal("44.20")


def test_another_amount_needs_no_such_word(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast, **REFUND)
    returned(cast, Payment.objects.get(), "10.00")
    assert "Saved" in record(finance, postback, amount="20.00")


@pytest.mark.parametrize(("said", "left"), [("-50.00", "34.20"), ("", "34.20")])
def test_what_the_postback_says_counts_and_not_only_what_is_entered(
    finance: Client, cast: Cast, said: str, left: str
) -> None:
    postback = taken_back(cast, Approved="False", PaymentAmount=said, PaymentMessage="REFUND")
    returned(cast, Payment.objects.get(), "50.00")
    assert f'value="{left}"' in finance.get(page_of(postback)).content.decode()
    assert "is already recorded" in record(finance, postback, amount=left)


def test_what_was_reinstated_is_recorded_again_only_on_purpose(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast, **REFUND)
    given_back(cast, returned(cast, Payment.objects.get(), "20.00"))
    assert "is already recorded" in record(finance, postback, amount="20.00")


def test_who_has_not_seen_the_last_reversal_records_nothing(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast, **REFUND)
    finance.get(page_of(postback))
    payment = Payment.objects.get()
    made = returned(cast, payment, "30.00")
    shown = record(finance, postback, amount="20.00", seen_reversal="")
    assert "This has changed since you opened the page." in shown
    assert f'name="seen_reversal" value="{made.pk}"' in shown
    assert Reversal.objects.get() == made
    assert Postback.objects.awaiting_decision().get() == postback


def test_a_further_invoice_of_a_reversed_payment_is_accepted_by_staff(
    finance: Client, cast: Cast
) -> None:
    postback = taken_back(cast)
    record(finance, postback)
    checkout, payment = postback.checkout, Payment.objects.get()
    further = {"InvoiceNumber": "INV-2", "PaymentAmount": "30.00"}
    send_postback(Client(), checkout, postback_fields(checkout, **further))
    second = Postback.objects.latest("pk")
    assert (second.verdict, second.reason) == ("review", "known")
    assert anew(payment).lines.count() == 1  # nobody knows whether it was paid after all
    assert "Saved: accepted as a payment." in decide(finance, second, "accepted")
    assert anew(payment).net_amount == Decimal("30.00")
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID


@pytest.mark.parametrize(
    "changes", [{}, {"InvoiceNumber": ""}, {"InvoiceNumber": "INV-2", "PaymentGUID": OTHER_GUID}]
)
def test_nothing_else_of_a_reversed_payment_is_accepted(
    finance: Client, cast: Cast, changes: dict[str, str]
) -> None:
    postback = taken_back(cast)
    record(finance, postback)
    checkout = postback.checkout
    said = {"CardType": "Amex", **changes}
    send_postback(Client(), checkout, postback_fields(checkout, **said))
    second = Postback.objects.latest("pk")
    assert second.verdict == "review"
    assert "Select a valid choice" in decide(finance, second, "accepted")
    assert Payment.objects.get().payment_guid != UUID(OTHER_GUID)
