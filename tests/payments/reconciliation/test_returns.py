"""What a list certainly says of a known payment is recorded once; the rest is for staff."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments.models import Payment, Reversal
from payments.models.reconciliation import ClaimLost, Reconciliation
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import guess_columns
from payments.reconciliation.returns import record_returns, unconfirmed
from payments.reconciliation.stored_table import why_fixed
from payments.reconciliation.withdrawal import withdraw
from payments.reversals.services import withdraw as withdraw_payment
from tests.cast import Cast
from tests.payments.reconciliation.lists import line_of, matched, on, outcomes, paid, taken
from tests.payments.reconciliation.reading.test_cases import (
    CASES,
    HEADER,
    LINE,
    MATCHED,
    REVERSED,
    known,
    listed,
    uploaded,
)
from tests.payments.reversals.happened import anew, clerk, given_back, returned

__all__ = ["known"]
pytestmark = pytest.mark.django_db
ALREADY = ("reversed", "already")
WHEN = f"{on():%m/%d/%Y %I:%M:%S %p}"


def case(cast: Cast, folder: str) -> Reconciliation:
    return uploaded(cast, (CASES / folder / "payments.csv").read_bytes())


def refund(payment: Payment, amount: str = "-84.20", **changes: str) -> dict[str, str]:
    return line_of(payment, Amount=amount, Fee="", **changes)


def test_the_case_of_chargebacks(cast: Cast, known: list[Payment]) -> None:
    made = case(cast, "chargeback")
    kinds = [each.kind for each in Reversal.objects.order_by("pk")]
    assert kinds == ["chargeback", "returned"]
    first = Reversal.objects.earliest("pk")
    assert (first.source, first.by, first.amount) == ("list", made.uploaded_by, Decimal("-61.30"))
    assert first.list_line == made.lines.get(number=2)
    assert [anew(one).net_amount for one in known] == [0, 0, Decimal("90.00")]
    assert anew(known[0]).net_fee == Decimal("2.95")  # the report says nothing about it


def test_the_case_of_refunds(cast: Cast, known: list[Payment]) -> None:
    case(cast, "refunds")
    assert {each.kind for each in Reversal.objects.all()} == {"refunded"}
    assert [anew(one).net_total for one in known] == [0, 0, Decimal("90.00")]
    other = case(cast, "chargeback")  # the same events under another name, at another time
    assert listed(other) == [ALREADY] * 2
    assert Reversal.objects.count() == 2


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        *(("Status", cell, "returned") for cell in ("Returned", "NSF", "ACH Rejected", "Devuelto")),
        *(("Status", cell, "refunded") for cell in ("Refunded", "Reversed", "Reembolsado")),
        *(("Status", cell, "voided") for cell in ("Void", "Cancelled", "Anulado")),
        *(("Type", cell, "chargeback") for cell in ("Chargeback", "Charge-back", "Contracargo")),
        ("Status", "Returned: no account", "returned"),
        ("Status", "Return R10 - not authorized", "returned"),
        ("Voided", "Yes", "voided"),
        ("Refund Date", "11/29/2026", "refunded"),
        ("Return Code", "R01", "returned"),
    ],
)
def test_what_a_line_says_of_a_positive_amount(
    cast: Cast, known: list[Payment], column: str, cell: str, kind: str
) -> None:
    made = uploaded(cast, f"{HEADER.format(column)}{LINE.format(cell)}".encode())
    assert listed(made) == [REVERSED]
    assert Reversal.objects.get().kind == kind
    assert anew(known[0]).is_reversed


@pytest.mark.parametrize(
    "cell",
    [
        *("Declined", "Pending", "Failed", "Refund requested", "Pending refund", "Dispute won"),
        *("Chargeback reversed", "Not returned", "Dispute opened", "Refund declined"),
        *("NSF fee", "Partial refund"),
    ],
)
def test_what_is_not_certain_is_recorded_by_nobody(
    cast: Cast, known: list[Payment], cell: str
) -> None:
    made = uploaded(cast, f"{HEADER.format('Status')}{LINE.format(cell)}".encode())
    assert listed(made)[0][0] in {"returned", "ambiguous"}
    assert not Reversal.objects.exists()
    refused = LINE.replace("61.30", "-61.30").format(cell)
    made = uploaded(cast, f"{HEADER.format('Status')}{refused}".encode())
    assert not Reversal.objects.exists()
    assert listed(made)[0][0] == "returned"  # work


def test_parts_of_one_list_are_events_of_their_own(cast: Cast) -> None:
    payment = paid(cast)
    later = f"{on(hour=14):%m/%d/%Y %I:%M:%S %p}"
    made = matched(
        cast.biller,
        line_of(payment),
        refund(payment, "-10.00"),
        refund(payment, "-10.00", Date_Paid=later),
        refund(payment, "-10.00", Date_Paid=later),  # nothing tells it from the one before
    )
    assert outcomes(made) == [MATCHED, REVERSED, REVERSED, ("ambiguous", "repeated")]
    assert anew(payment).net_amount == Decimal("64.20")


def test_of_two_lines_without_a_date_that_nothing_tells_apart_one_is_uncertain(cast: Cast) -> None:
    payment = paid(cast)
    dateless = refund(payment, "-20.00", Date_Paid="")
    made = matched(cast.biller, dateless, dateless)
    assert outcomes(made)[:2] == [REVERSED, ("ambiguous", "repeated")]
    assert anew(payment).net_amount == Decimal("64.20")


def test_two_lines_are_not_both_known_as_one_event(cast: Cast) -> None:
    payment = paid(cast)
    matched(cast.biller, refund(payment, "-20.00"))
    twice = matched(cast.biller, *[refund(payment, "-20.00")] * 2)
    assert outcomes(twice)[:2] == [ALREADY, ("ambiguous", "repeated")]


def test_the_same_event_in_two_lists_is_recorded_once(cast: Cast) -> None:
    payment = paid(cast)
    matched(cast.biller, refund(payment, "-10.00"))
    again = matched(cast.biller, line_of(payment), refund(payment, "-10.00"))
    assert outcomes(again) == [MATCHED, ALREADY]
    assert Reversal.objects.count() == 1


def test_what_may_be_the_same_event_is_uncertain(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "10.00", kind="refunded")  # a clerk was told by phone
    later = f"{on(hour=15):%m/%d/%Y %I:%M:%S %p}"
    made = matched(cast.biller, refund(payment, "-10.00", Date_Paid=later))
    assert outcomes(made) == [("ambiguous", "event")]
    whole = matched(cast.biller, refund(payment, "-84.20"))
    assert outcomes(whole) == [("ambiguous", "too-much")]
    assert Reversal.objects.count() == 1


def test_all_of_it_cannot_go_back_twice(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "84.20")
    later = f"{on() + timedelta(days=3):%m/%d/%Y}"
    made = matched(cast.biller, refund(payment, "84.20", Date_Paid=later, Card_Type="Refund"))
    assert outcomes(made)[0] == ALREADY


def test_a_dispute_that_was_won_is_not_lost_again_by_another_list(cast: Cast) -> None:
    payment = paid(cast)
    line = refund(payment, "84.20", Card_Type="Chargeback")
    matched(cast.biller, line)
    given_back(cast, Reversal.objects.get())
    assert outcomes(matched(cast.biller, line_of(payment), line)) == [MATCHED, ALREADY]
    assert anew(payment).net_amount == Decimal("84.20")


def test_a_withdrawn_list_gives_back_and_can_be_uploaded_again(cast: Cast) -> None:
    payment = paid(cast)
    made = matched(cast.biller, line_of(payment), refund(payment))
    withdraw(made, by=clerk(cast))
    assert anew(payment).net_total == Decimal("86.70")
    kinds = list(Reversal.objects.order_by("pk").values_list("kind", "source"))
    assert kinds == [("refunded", "list"), ("reinstated", "staff")]
    again = matched(cast.biller, line_of(payment), refund(payment))
    assert outcomes(again) == [MATCHED, REVERSED]
    assert anew(payment).net_amount == 0


def test_a_list_is_matched_again_but_not_read_otherwise(cast: Cast) -> None:
    payment = paid(cast)
    made = matched(cast.biller, line_of(payment), refund(payment))
    assert "Reversals were recorded" in why_fixed(made)
    match(made)
    assert outcomes(made) == [MATCHED, REVERSED]
    assert Reversal.objects.count() == 1


def test_nothing_is_recorded_from_a_list_that_was_withdrawn_meanwhile(cast: Cast) -> None:
    payment = paid(cast)
    made = taken(cast.biller, refund(payment))
    made.set_columns(guess_columns(made.header))
    assert made.claim()
    made.lines.update(
        outcome="returned", found_by="guid", kind="refunded", payment=payment, amount="-84.20",
        number_key="10000101",
    )  # fmt: skip
    Reconciliation.objects.update(withdrawn_at=on())
    with pytest.raises(ClaimLost):
        record_returns(made)
    assert not Reversal.objects.exists()


def test_net_is_compared_with_net(cast: Cast) -> None:
    ours, there, mistaken = paid(cast), paid(cast), paid(cast, source="decision")
    gone = paid(cast)
    returned(cast, ours)
    returned(cast, gone)
    withdraw_payment(mistaken, by=clerk(cast), note="By mistake.")
    made = matched(
        cast.biller,
        line_of(ours),
        *(line_of(there), refund(there)),
        line_of(mistaken),
    )
    # What was reversed here and is not in the list at all is not missing there: nothing is left.
    assert outcomes(made) == [("different", "net"), MATCHED, REVERSED, ("different", "net")]
    confirmed = matched(cast.biller, line_of(ours), refund(ours))
    assert outcomes(confirmed)[:2] == [MATCHED, ALREADY]


def test_a_line_of_another_account_is_uncertain(cast: Cast) -> None:
    payment = paid(cast)
    made = matched(cast.biller, refund(payment, Account_Number="10000102"))
    assert outcomes(made) == [("ambiguous", "other-account")]
    assert not Reversal.objects.exists()


def test_what_is_missing_there_is_what_is_left(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "10.00")
    made = matched(cast.biller, line_of(paid(cast)))
    line = made.lines.get(outcome="missing-there")
    assert (line.payment, line.amount) == (payment, Decimal("74.20"))


def test_only_the_fee_comes_back(cast: Cast) -> None:
    """Once, whatever lists repeat it, and never more than is left of it."""
    payment, other = paid(cast), paid(cast)
    fee = {"Amount": "0.00", "Fee": "-2.50"}
    first = matched(cast.biller, line_of(payment, **fee), line_of(other, Amount="0.00", Fee="-1"))
    assert outcomes(first) == [REVERSED] * 2
    assert [(each.amount, each.fee) for each in Reversal.objects.order_by("pk")] == [
        (0, Decimal("-2.50")),
        (0, Decimal("-1.00")),
    ]
    assert anew(payment).net_total == Decimal("84.20")
    again = matched(
        cast.biller,
        line_of(payment, **fee),
        line_of(other, Amount="0.00", Fee="-0.50", Date_Paid=f"{on(hour=15):%m/%d/%Y %I:%M:%S %p}"),
    )
    assert outcomes(again) == [ALREADY, REVERSED]
    more = {**fee, "Date_Paid": f"{on(hour=16):%m/%d/%Y %I:%M:%S %p}"}
    third = matched(cast.biller, line_of(other, **more))
    assert outcomes(third)[:1] == [("ambiguous", "too-much")]
    assert anew(other).net_total == Decimal("85.20")


def test_fees_of_a_list_of_refunds_wait_to_be_confirmed(cast: Cast) -> None:
    """Nothing in the line says that the fee went back; only what the list is said to contain."""
    payment = paid(cast)
    at = f"{on(hour=15):%m/%d/%Y %I:%M:%S %p}"
    made = matched(
        cast.biller,
        line_of(payment, Amount="0.00", Date_Paid=at),
        report="returns",
    )
    assert outcomes(made) == [("returned", "report")]
    assert unconfirmed(made).count() == 1
    assert not Reversal.objects.exists()
