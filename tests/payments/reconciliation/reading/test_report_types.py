"""A whole list may contain only returns or chargebacks: guessed from its names, and remembered."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.models import Payment, Reversal, ReversalLine
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.reading.report_types import guess_report
from tests.cast import Cast
from tests.payments.reconciliation.lists import HEADER, csv_file, finance, line_of, paid
from tests.payments.reconciliation.test_admin import LIST, upload
from tests.payments.reversals.happened import anew

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


@pytest.mark.parametrize(
    ("name", "titles", "header", "report"),
    [
        ("november.csv", [], HEADER, "payments"),
        ("Chargebacks_2026-11.csv", [], HEADER, "chargebacks"),
        ("AchReturns.csv", [], HEADER, "returns"),
        ("ACH rejects.xlsx", [], HEADER, "returns"),
        ("x.csv", ["Refund Report", "Rivertown Utilities"], HEADER, "returns"),
        ("Payments and refunds.csv", [], HEADER, "payments"),
        ("x.csv", [], ["Account", "Refund Date", "Payment Amount"], "payments"),
        ("x.csv", [], ["Account", "Chargeback Amount"], "chargebacks"),
        ("devoluciones.csv", [], HEADER, "returns"),
    ],
)
def test_the_guess(name: str, titles: list[str], header: list[str], report: str) -> None:
    assert guess_report(name, titles, header) == report


@pytest.mark.parametrize(
    ("sheet", "report"),
    [
        *(("Chargebacks", "chargebacks"), ("Returns", "returns"), ("Devoluciones", "returns")),
        *((name, "payments") for name in ("Sales - Returns", "Refund and Sales", "Sheet1", "")),
        *((name, "payments") for name in ("Transactions less reversals", "Sales2026 Returns")),
    ],
)
def test_the_name_of_a_sheet_tells_only_if_it_says_nothing_else(sheet: str, report: str) -> None:
    assert guess_report("november.xlsx", [], HEADER, sheet) == report


def columns_of(report: str) -> dict[str, str]:
    names = {
        "PaymentGUID": "Payment GUID",
        "BillerReference": "Biller Reference",
        "AccountNumber": "Account Number",
        "PaymentAmount": "Amount",
        "ConvenienceFee": "Fee",
        "PaymentDate": "Date Paid",
        "CardType": "Card Type",
        "InvoiceNumber": "Invoice Number",
    }
    return {**names, "report": report}


def choose(operator: Client, report: str) -> str:
    made = Reconciliation.objects.latest("pk")
    page = operator.post(f"{LIST}{made.pk}/columns/", columns_of(report), follow=True)
    return page.content.decode()


def plain(payment: Payment) -> dict[str, str]:
    """A line that does not say itself that money went back."""
    return line_of(payment, Fee="", Date_Paid="11/20/2025")


def confirm(operator: Client, number: int) -> str:
    made = Reconciliation.objects.latest("pk")
    page = operator.post(f"{LIST}{made.pk}/confirm/", {"number": number}, follow=True)
    return page.content.decode()


def test_every_line_is_of_that_kind(operator: Client, cast: Cast) -> None:
    card, check, unpaid = paid(cast), paid(cast), paid(cast)
    lines = plain(card), plain(check) | {"Card Type": "ACH"}, plain(unpaid) | {"Card Type": "Void"}
    upload(operator, cast, csv_file(*lines))
    assert "only refunds and returns" in choose(operator, "returns")
    confirm(operator, 2)
    kinds = dict(Reversal.objects.values_list("payment", "kind"))
    assert kinds == {card.pk: "refunded", check.pk: "returned", unpaid.pk: "voided"}
    # What a report of returns leaves out is not missing at Invoice Cloud.
    assert not Reconciliation.objects.get().lines.filter(outcome="missing-there").exists()


def test_it_is_asked_whenever_names_and_columns_disagree(operator: Client, cast: Cast) -> None:
    payments, disputed, next_one = paid(cast), paid(cast), paid(cast)
    upload(operator, cast, csv_file(plain(payments)))
    choose(operator, "payments")
    upload(operator, cast, csv_file(plain(disputed)))  # read as payments, until it is corrected
    choose(operator, "chargebacks")
    confirm(operator, 1)
    assert anew(disputed).is_reversed
    # The same columns, and a name that says nothing: payments, or chargebacks again?
    page = upload(operator, cast, csv_file(plain(next_one)))
    assert page.status_code == 302
    assert page["Location"].endswith("/columns/")
    assert Reconciliation.objects.latest("pk").matched_at is None
    choose(operator, "payments")
    assert not anew(next_one).is_reversed
    assert not anew(payments).is_reversed


def test_they_are_recorded_once_somebody_confirms_number_and_sum(
    operator: Client, cast: Cast
) -> None:
    first, second, certain = paid(cast), paid(cast, "10000102"), paid(cast)
    lines = plain(first), plain(second), plain(certain) | {"Card Type": "Chargeback"}
    upload(operator, cast, csv_file(*lines))
    page = choose(operator, "chargebacks")
    assert [each.payment for each in Reversal.objects.all()] == [certain]  # its line says so
    assert "$168.40 of 2 payments" in page
    assert "Record 2 reversals" in page
    assert "Nothing was recorded" in confirm(operator, 3)
    assert Reversal.objects.count() == 1
    assert "Record 2 reversals" not in confirm(operator, 2)
    assert [anew(one).net_amount for one in (first, second)] == [0, 0]
    assert Reconciliation.objects.get().confirmed_by is not None
    assert "Nothing was recorded" in confirm(operator, 2)
    assert Reversal.objects.count() == 3


@pytest.mark.parametrize("report", ["returns", "chargebacks"])
def test_a_list_of_payments_read_as_another_takes_nothing_back(
    operator: Client, cast: Cast, report: str
) -> None:
    whole, parts, approved = paid(cast), paid(cast, "10000101", "10.00", "20.00"), paid(cast)
    invoices = [line_of(parts, Amount=amount, Fee="") for amount in ("10.00", "20.00")]
    dated = line_of(whole, Date_Paid="11/10/2025")
    lines = [*(line_of(whole), dated, *invoices), plain(approved) | {"Status": "Approved"}]
    upload(operator, cast, csv_file(*lines, header=(*HEADER, "Status")))
    made = Reconciliation.objects.get()
    operator.post(f"{LIST}{made.pk}/columns/", columns_of(report) | {"Status": "Status"})
    rows = made.lines.values_list("outcome", "reason", "says_approved").order_by("number")
    assert [row[:2] for row in rows] == [("ambiguous", "payment")] * 5
    confirm(operator, 0)
    assert not Reversal.objects.exists()


def test_the_sum_to_confirm_has_the_fees_that_are_taken_back(operator: Client, cast: Cast) -> None:
    whole, only_fee = paid(cast), paid(cast, "10000102")
    lines = plain(whole) | {"Fee": "2.50"}, plain(only_fee) | {"Amount": "0.00", "Fee": "1.00"}
    upload(operator, cast, csv_file(*lines))
    page = choose(operator, "chargebacks")
    assert "$87.70 of 2 payments" in page
    confirm(operator, 2)
    total = sum(line.amount + line.fee for line in ReversalLine.objects.all())
    assert total == Decimal("-87.70")
