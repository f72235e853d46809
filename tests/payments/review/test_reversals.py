"""A postback that takes an approval back: a reversal is recorded from its review."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.checkout import Status
from tests.cast import Cast
from tests.payments.paying import members, opened, postback_fields, send_postback

pytestmark = pytest.mark.django_db


def taken_back(cast: Cast, **changes: str) -> Postback:
    """Approved, then called again with other content."""
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    send_postback(Client(), checkout, postback_fields(checkout, **(changes or DECLINED)))
    return Postback.objects.get(checkout=checkout, verdict="review")


DECLINED = {"Approved": "False", "PaymentMessage": "ACH RETURN R01 insufficient funds"}


def page_of(postback: Postback) -> str:
    return f"/admin/payments/postback/{postback.pk}/review/"


def last_key(postback: Postback) -> str:
    """Of the payment's last reversal."""
    last = Reversal.objects.filter(payment__checkout=postback.checkout_id).last()
    return str(last.pk) if last else ""


def record(staff: Client, postback: Postback, **changes: str) -> str:
    entered = {
        "decision": "reversed",
        "kind": "returned",
        "amount": "84.20",
        "day": f"{timezone.localdate():%Y-%m-%d}",
        "note": "The bank confirms it.",
        "seen": "",
        "seen_reversal": last_key(postback),
    }
    return staff.post(page_of(postback), entered | changes, follow=True).content.decode()


def test_what_takes_an_approval_back_is_recorded(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast)
    page = finance.get(page_of(postback)).content.decode()
    assert "Record a reversal" in page
    assert '<option value="returned" selected>' in page
    assert 'value="84.20"' in page
    shown = record(finance, postback)
    assert "Saved: recorded as a reversal of the payment." in shown
    assert "Nothing to decide." in shown
    made = Reversal.objects.get()
    assert (made.kind, made.source, made.postback) == ("returned", "postback", postback)
    assert (made.amount, made.fee) == (Decimal("-84.20"), Decimal("0.00"))
    assert made.by.email == "finance@springfield-water.example"
    checkout = Checkout.objects.get()
    assert checkout.status == Status.REVERSED
    timeline = finance.get(f"/admin/payments/checkout/{checkout.pk}/change/").content.decode()
    assert "returned by the bank" in timeline
    assert "Save the decision" not in finance.get(page_of(postback)).content.decode()


@pytest.mark.parametrize(
    ("changes", "kind", "amount"),
    [
        ({"PaymentAmount": "-30.00", "PaymentMessage": "REFUND"}, "refunded", "30.00"),
        ({"Approved": "False", "PaymentMessage": "VOID", "PaymentAmount": ""}, "voided", "84.20"),
        ({"PaymentAmount": "-99.00", "PaymentMessage": "Chargeback"}, "chargeback", "84.20"),
        ({"Approved": "False", "PaymentMessage": "chargeback reversed"}, "returned", "84.20"),
    ],
)
def test_it_proposes_what_the_postback_says(
    finance: Client, cast: Cast, changes: dict[str, str], kind: str, amount: str
) -> None:
    page = finance.get(page_of(taken_back(cast, **changes))).content.decode()
    assert f'<option value="{kind}" selected>' in page
    assert f'value="{amount}"' in page


def test_a_part_and_a_void(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast)
    record(finance, postback, amount="30.00")
    assert Payment.objects.get().net_total == Decimal("56.70")
    checkout = postback.checkout
    send_postback(Client(), checkout, postback_fields(checkout, Approved="False", CardType="Amex"))
    record(finance, Postback.objects.latest("pk"), kind="voided", amount="54.20")
    assert Payment.objects.get().net_total == 0  # a void takes the fee too


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "84.21"}, "That is more than is left of this payment."),
        ({"amount": "0"}, "Enter an amount above zero, or the fee."),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": ""}, "This field is required."),
        ({"day": ""}, "This field is required."),
        ({"day": "2999-01-01"}, "Choose a day that is not in the future."),
        ({"kind": "withdrawn"}, "Select a valid choice."),
        ({"note": ""}, "This field is required."),
    ],
)
def test_what_is_refused(finance: Client, cast: Cast, changes: dict[str, str], why: str) -> None:
    postback = taken_back(cast)
    assert why in record(finance, postback, **changes)
    assert not Reversal.objects.exists()
    assert Postback.objects.awaiting_decision().get() == postback


def test_other_decisions_need_none_of_it(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast)
    record(finance, postback, decision="rejected", amount="", day="", kind="")
    decision = postback.decisions.get()
    assert decision.decision == "rejected"
    assert Checkout.objects.get().status == Status.PAID


def test_whoever_decides_second_writes_nothing(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast)
    record(finance, postback, amount="30.00")
    shown = record(finance, postback, amount="30.00", is_another="on")
    assert "Nothing was saved" in shown
    assert Reversal.objects.count() == 1


def test_without_a_payment_there_is_nothing_to_take_back(finance: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="-84.20"))
    page = finance.get(page_of(Postback.objects.get())).content.decode()
    assert "Record a reversal" not in page
    record(finance, Postback.objects.get())
    assert not Reversal.objects.exists()


def test_the_fee_goes_back_too_or_alone(finance: Client, cast: Cast) -> None:
    """After the amount, the fee that was kept can still be taken back."""
    postback = taken_back(cast, PaymentAmount="-84.20", ConvenienceFee="-2.50")
    page = finance.get(page_of(postback)).content.decode()
    assert "Fee taken back" in page
    assert 'name="fee" value="2.50"' in page
    record(finance, postback, fee="")
    assert Payment.objects.get().net_total == Decimal("2.50")
    checkout = postback.checkout
    said = {"PaymentAmount": "0.00", "ConvenienceFee": "-2.50", "CardType": "Amex"}
    send_postback(Client(), checkout, postback_fields(checkout, **said))
    last = Postback.objects.latest("pk")
    page = finance.get(page_of(last)).content.decode()
    assert 'name="amount" value="0.00"' in page
    assert "Enter an amount above zero, or the fee." in record(finance, last, amount="0", fee="")
    assert "That is more than is left" in record(finance, last, amount="0", fee="2.51")
    record(finance, last, amount="0", fee="2.50")
    assert Payment.objects.get().net_total == 0


def test_it_did_not_happen_before_the_payment(finance: Client, cast: Cast) -> None:
    postback = taken_back(cast)
    paid_on = timezone.localdate(Payment.objects.get().paid_at)
    shown = record(finance, postback, day=f"{paid_on - timedelta(days=1):%Y-%m-%d}")
    assert "Choose a day on or after the day of the payment." in shown
    record(finance, postback, day=f"{paid_on:%Y-%m-%d}")
    made = Reversal.objects.get()
    assert made.happened_at >= made.payment.paid_at
