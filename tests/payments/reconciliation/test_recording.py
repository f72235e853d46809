"""Staff record what a line says when it does not name its payment, and no decline is added."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.models import Payment, Reversal
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation.recording import candidates
from payments.reconciliation.withdrawal import withdraw
from tests.cast import Cast, other_biller
from tests.payments.paying import GUID, opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import finance, line_of, matched, paid, strange
from tests.payments.reconciliation.test_admin import LIST
from tests.payments.reversals.happened import anew

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def page_of(line: ReconciliationLine) -> str:
    return f"{LIST}{line.reconciliation_id}/line/{line.pk}/"


def record(operator: Client, line: ReconciliationLine, about: Payment, **changes: str) -> str:
    entered = {
        "record-payment": str(about.pk),
        "record-kind": "refunded",
        "record-amount": "84.20",
        "record-note": "Asked Invoice Cloud.",
        "record-seen": "",
        **{f"record-{name}": text for name, text in changes.items()},
    }
    return operator.post(f"{page_of(line)}record/", entered, follow=True).content.decode()


def test_a_refund_with_a_guid_of_its_own(operator: Client, cast: Cast) -> None:
    """The payment is offered by its reference, or by its account and amount."""
    payment, other = paid(cast), paid(cast, "10000101", "10.00")
    made = matched(cast.biller, strange(cast, Amount="-84.20", Fee=""), line_of(payment))
    line = made.lines.get(number=2)
    assert (line.outcome, line.payment) == ("returned", None)
    assert "its payment is not known here" in str(line.remark)
    assert candidates(line) == [payment, other]
    page = operator.get(page_of(line)).content.decode()
    assert "Record a reversal" in page
    assert str(payment.payment_guid) in page
    shown = record(operator, line, payment)
    assert "The reversal was recorded." in shown
    assert f"/admin/payments/payment/{payment.pk}/change/" in shown  # what was recorded, and where
    reversal = Reversal.objects.get()
    assert (reversal.payment, reversal.list_line, reversal.source) == (payment, line, "list")
    assert (reversal.amount, reversal.note) == (Decimal("-84.20"), "Asked Invoice Cloud.")
    assert "Record a reversal" not in operator.get(page_of(line)).content.decode()
    assert "Nothing was saved" in record(operator, line, other, amount="10.00")
    withdraw(made, by=finance(cast.biller))
    assert anew(payment).net_amount == Decimal("84.20")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "84.21"}, "more than is left"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": "0"}, "Enter an amount above zero, or the fee."),
        ({"amount": "0", "fee": "2.51"}, "more than is left"),
        ({"note": ""}, "This field is required"),
        ({"kind": "withdrawn"}, "Select a valid choice"),
        ({"payment": "0"}, "Select a valid choice"),
    ],
)
def test_what_is_refused(operator: Client, cast: Cast, changes: dict[str, str], why: str) -> None:
    payment = paid(cast)
    line = matched(cast.biller, strange(cast, Amount="-84.20", Fee="")).lines.get(number=2)
    assert why in record(operator, line, payment, **changes)
    assert not Reversal.objects.exists()


def test_a_payment_of_another_account_or_biller_is_not_offered(
    operator: Client, cast: Cast
) -> None:
    others = paid(cast, "10000102")
    paid(cast, "10000101", biller=other_biller())
    line = matched(cast.biller, strange(cast, Amount="-84.20", Fee="")).lines.get(number=2)
    assert candidates(line) == []
    assert "Record a reversal" not in operator.get(page_of(line)).content.decode()
    record(operator, line, others)
    assert not Reversal.objects.exists()


def test_a_line_about_a_payment_offers_none(cast: Cast) -> None:
    made = matched(cast.biller, line_of(paid(cast)), strange(cast))
    assert [candidates(line) for line in made.lines.all()] == [[], []]


@pytest.mark.parametrize(("role", "status"), [("support", 403), ("finance", 404)])
def test_only_staff_of_this_biller_with_the_permission(
    client: Client, cast: Cast, role: str, status: int
) -> None:
    line = matched(cast.biller, strange(cast, Amount="-84.20", Fee="")).lines.get(number=2)
    biller = cast.biller if role == "support" else other_biller()
    client.force_login(finance(biller, role=role, email="x@example.com"))
    assert client.post(f"{page_of(line)}record/").status_code == status


def declined(cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="False"))


def test_a_declined_payment_is_not_added(operator: Client, cast: Cast) -> None:
    declined(cast)
    line = matched(cast.biller, strange(cast, Payment_GUID=GUID)).lines.get(number=2)
    assert (line.outcome, line.reason) == ("ambiguous", "declined")
    page = operator.get(page_of(line)).content.decode()
    assert "said that the payment was declined" in page
    assert "Add the payment" not in page
    operator.post(f"{page_of(line)}add/", {"add-note": "x"})
    assert not Payment.objects.exists()


def test_a_decline_that_comes_after_the_matching_stops_it_too(operator: Client, cast: Cast) -> None:
    line = matched(cast.biller, strange(cast, Payment_GUID=GUID)).lines.get(number=2)
    assert line.outcome == "missing-here"
    declined(cast)
    assert "said that the payment was declined" in operator.get(page_of(line)).content.decode()
    operator.post(f"{page_of(line)}add/", {"add-note": "x"})
    assert not Payment.objects.exists()


def test_only_a_list_that_says_approved_outweighs_it(operator: Client, cast: Cast) -> None:
    """With a warning and the postback."""
    declined(cast)
    made = matched(cast.biller, strange(cast, Payment_GUID=GUID, Card_Type="Visa"))
    line = made.lines.get(number=2)
    ReconciliationLine.objects.filter(pk=line.pk).update(
        outcome="missing-here", reason="", says_approved=True
    )
    page = operator.get(page_of(line)).content.decode()
    assert "A postback said that this payment was declined." in page
    assert "/admin/payments/postback/" in page
    assert "Add the payment" in page
    operator.post(f"{page_of(line)}add/", {"add-note": "Invoice Cloud has it."})
    assert Payment.objects.get().source == "reconciliation"


def test_only_the_fee_of_a_payment_that_the_line_does_not_name(
    operator: Client, cast: Cast
) -> None:
    payment = paid(cast)
    line = matched(cast.biller, strange(cast, Amount="0.00", Fee="-2.50")).lines.get(number=2)
    assert (line.outcome, line.kind) == ("returned", "refunded")
    page = operator.get(page_of(line)).content.decode()
    assert 'name="record-amount" value="0.00"' in page
    assert 'name="record-fee" value="2.50"' in page
    assert "The reversal was recorded." in record(operator, line, payment, amount="0", fee="2.50")
    assert (anew(payment).net_amount, anew(payment).net_fee) == (Decimal("84.20"), 0)
