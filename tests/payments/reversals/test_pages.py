"""The payment's page in the admin, and what staff record there: returns, withdrawals, reversals."""

from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from payments.models import Payment, Reversal
from tests import cast as people
from tests.cast import Cast, other_biller
from tests.payments.reconciliation.lists import paid
from tests.payments.reversals.happened import anew, returned

pytestmark = pytest.mark.django_db


def address(payment: Payment, page: str) -> str:
    return f"/admin/payments/payment/{payment.pk}/{page}/"


def entered(**changes: str) -> dict[str, str]:
    usual = {
        "kind": "returned",
        "amount": "84.20",
        "fee": "",
        "day": "2025-11-12",
        "note": "The bank returned it.",
        "seen": "",
    }
    return usual | changes


def record(staff: Client, payment: Payment, **changes: str) -> str:
    page = staff.post(address(payment, "reverse"), entered(**changes), follow=True)
    return page.content.decode()


def shown(staff: Client, payment: Payment) -> str:
    return staff.get(address(payment, "change")).content.decode()


def test_a_return_is_recorded_and_shown(finance: Client, cast: Cast) -> None:
    payment = paid(cast)
    assert "Record a return, refund, or chargeback" in shown(finance, payment)
    assert 'value="84.20"' in finance.get(address(payment, "reverse")).content.decode()
    page = record(finance, payment, fee="2.50")
    made = Reversal.objects.get()
    assert (made.kind, made.source, made.total) == ("returned", "staff", Decimal("-86.70"))
    assert made.by.email == "finance@springfield-water.example"
    assert timezone.localtime(made.happened_at).date().isoformat() == "2025-11-12"
    for words in ("Returned by the bank", "The bank returned it.", "Reinstate", "$2.50"):
        assert words in page
    assert "Record a return, refund, or chargeback" not in page  # nothing is left
    again = finance.get(address(payment, "reverse"), follow=True).content.decode()
    assert "Nothing of this payment is left to take back." in again
    assert LogEntry.objects.get_for_object(made).exists()


def test_a_part_with_its_fee_of_one_invoice(finance: Client, cast: Cast) -> None:
    payment = paid(cast, "10000101", "60.00", "24.20")
    record(finance, payment, kind="refunded", amount="10", fee="1", invoice_number="INV-2")
    line = payment.lines.get(invoice_number="INV-2")
    assert (line.net_amount, line.net_fee) == (Decimal("14.20"), Decimal("1.50"))
    assert "partly reversed" in shown(finance, payment)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "84.21"}, "That is more than is left of this payment."),
        ({"fee": "2.51"}, "That is more than is left of this payment."),
        ({"amount": "0"}, "Enter an amount above zero, or the fee."),
        ({"amount": "0", "fee": "0"}, "greater than or equal to 0.01"),
        ({"amount": "-0.01"}, "greater than or equal to 0"),
        ({"day": "2025-11-09"}, "Choose a day on or after the day of the payment."),
        ({"amount": "x"}, "Enter a number"),
        ({"day": "2999-01-01"}, "Choose a day that is not in the future."),
        ({"note": " "}, "This field is required."),
        ({"kind": "withdrawn"}, "Select a valid choice."),
        ({"kind": "reinstated"}, "Select a valid choice."),
    ],
)
def test_what_is_refused(finance: Client, cast: Cast, changes: dict[str, str], why: str) -> None:
    assert why in record(finance, paid(cast), **changes)
    assert not Reversal.objects.exists()


def test_it_is_not_returned_before_it_was_paid(finance: Client, cast: Cast) -> None:
    payment = paid(cast)
    record(finance, payment, day="2025-11-10")  # the day on which it was paid, in the evening
    assert Reversal.objects.get().happened_at == payment.paid_at


def test_a_form_sent_twice_records_once(finance: Client, cast: Cast) -> None:
    payment = paid(cast)
    record(finance, payment, amount="10.00")
    again = record(finance, payment, amount="10.00")
    assert "This has changed since you opened the page." in again
    assert Reversal.objects.count() == 1
    last = Reversal.objects.get().pk
    assert f'name="seen" value="{last}"' in again  # who means it can send it now


@pytest.mark.parametrize("source", ["decision", "reconciliation"])
def test_what_staff_added_or_accepted_is_withdrawn(
    finance: Client, cast: Cast, source: str
) -> None:
    payment = paid(cast, source=source)
    assert "Withdraw this payment" in shown(finance, payment)
    answer = finance.post(address(payment, "withdraw"), {"note": ""})
    assert "This field is required." in answer.content.decode()
    finance.post(address(payment, "withdraw"), {"note": "It was declined."})
    made = Reversal.objects.get()
    assert (made.kind, made.note) == ("withdrawn", "It was declined.")
    assert anew(payment).net_total == 0


def test_what_invoice_cloud_approved_is_not(finance: Client, cast: Cast) -> None:
    payment = paid(cast)
    assert "Withdraw this payment" not in shown(finance, payment)
    for ask in (finance.get, finance.post):
        answer = ask(address(payment, "withdraw"), {"note": "x"}, follow=True)
        assert "Only a payment that a staff user added or accepted" in answer.content.decode()
    assert not Reversal.objects.exists()


def test_a_reversal_is_taken_back(finance: Client, cast: Cast) -> None:
    payment = paid(cast)
    made = returned(cast, payment, kind="chargeback")
    page = address(payment, f"reinstate/{made.pk}")
    assert page in shown(finance, payment)
    assert "Charged back, −$86.70" in finance.get(page).content.decode()
    finance.post(page, {"note": "The dispute was won.", "seen": made.pk})
    assert anew(payment).net_total == Decimal("86.70")
    assert page not in shown(finance, payment)
    again = finance.post(page, {"note": "x", "seen": Reversal.objects.latest("pk").pk})
    assert "This was already taken back." in again.content.decode()
    assert Reversal.objects.count() == 2


@pytest.mark.parametrize(("role", "status"), [("support", 403), ("administrator", 404)])
def test_only_staff_of_this_biller_with_the_permission(
    client: Client, cast: Cast, role: str, status: int
) -> None:
    payment = paid(cast, source="decision")
    made = returned(cast, payment, "10.00")
    biller = cast.biller if role == "support" else other_biller()
    client.force_login(people.staff(role, biller))
    for page in ("reverse", "withdraw", f"reinstate/{made.pk}"):
        assert client.get(address(payment, page)).status_code == status
        assert client.post(address(payment, page), entered()).status_code == status
    assert Reversal.objects.count() == 1
    if role == "support":  # may read it, and is offered nothing
        page = shown(client, payment)
        assert "Returned by the bank" in page
        assert "Reinstate" not in page


def test_the_lists_say_so_in_few_queries(
    finance: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for _number in range(20):
        returned(cast, paid(cast), "10.00")
    for page in ("payment/", "payment/?reversed=yes", "reversal/"):
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            answer = finance.get(f"/admin/payments/{page}").content.decode()
        assert "$" in answer or "-10.00" in answer or "76.70" in answer
    assert "76.70" in finance.get("/admin/payments/payment/").content.decode()
    assert "0 payments" in finance.get("/admin/payments/payment/?reversed=no").content.decode()


def test_a_reversal_of_another_payment_is_not_found(finance: Client, cast: Cast) -> None:
    payment, other = paid(cast), paid(cast)
    made = returned(cast, other)
    assert finance.get(address(payment, f"reinstate/{made.pk}")).status_code == 404
