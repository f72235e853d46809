"""What is not certainly a payment is never added, and what may be one is never lost."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import pytest

from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation.importing import import_list
from payments.reconciliation.reading.columns import guess_columns
from payments.reconciliation.reading.first_rows import read_row
from payments.reconciliation.resolution import KINDS, NotResolved, add_payment, obstacle
from payments.reconciliation.stored_table import StoredTable
from tests.cast import Cast
from tests.payments.reconciliation.lists import finance
from tests.payments.reconciliation.reading.test_cases import (
    HEADER,
    LINE,
    MATCHED,
    STRANGE,
    known,
    listed,
    uploaded,
    with_columns,
)

__all__ = ["known"]
GUID, OTHER_GUID = "11111111-6c5e-4096-914d-4845df9dab4a", "22222222-6c5e-4096-914d-4845df9dab4a"
NAMES = "PaymentGUID,BillerReference,AccountNumber,PaymentAmount,PaymentDate,Type\n"


def the_line(cast: Cast, column: str, cell: str, line: str = STRANGE) -> ReconciliationLine:
    made = uploaded(cast, f"{HEADER.format(column)}{line.format(cell)}".encode())
    return made.lines.get(number=2)


def with_names(cast: Cast, *lines: Sequence[str]) -> Reconciliation:
    return uploaded(cast, (NAMES + "".join(",".join(line) + "\n" for line in lines)).encode())


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *((name, cell) for name in ("Paid", "Is Paid", "Captured", "Settled") for cell in "N0"),
        *(("Successful", cell) for cell in ("No", "False", "not yet")),
        *(("Stage", cell) for cell in ("Pending", "On hold", "Awaiting settlement", "Batch 7")),
        *(("Anything", cell) for cell in ("Scheduled", "Not paid", "Error", "Not returned")),
        *(("Type", cell) for cell in ("Credit", "CB", "RET", "Adjustment", "Write-off", "Invoice")),
        *(("Payment Method", cell) for cell in ("Adjustment", "Write-off", "RET")),
        *(("Status", cell) for cell in ("Approved (void requested)", "No errors", "727634", "X")),
        *(("Status", f"{word}{no}") for word in ("Voided", "Failed") for no in (": No", " (no)")),
        *(("Status", cell) for cell in ("Void: false", "Failed - no", "Rejected: never")),
        *(("Status", cell) for cell in ("Error; not voided", "Approved; do not honor")),
        *(("Anything", "Do not honor"), ("Status", "Approved - pending settlement")),
        *(("Dr/Cr", "DR"), ("Approval", "000000")),
        ("Voided", "Never"),
        ("Comments", "Cancelled"),
    ],
)
def test_what_may_be_a_payment_is_uncertain(
    cast: Cast, known: list[Payment], column: str, cell: str
) -> None:
    line = the_line(cast, column, cell)
    assert (line.outcome, line.reason) == ("ambiguous", "status")
    assert line.outcome in KINDS
    assert obstacle(line)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *(("Last Name", cell) for cell in ("Failla", "Cancellieri", "Denyer", "Void", "Devolder")),
        *((name, "Returns") for name in ("Company", "CustomerName", "City", "Customer")),
        *((name, "Yes") for name in ("Voidable", "Refundable", "Paid", "Settled")),
        *(("Void Date", cell) for cell in ("1/1/0001 12:00:00 AM", "N/A", "")),
        *(("Response", cell) for cell in ("APPROVED 727634", "Success 00", "Approved 0A12B3")),
        *(("Status", cell) for cell in ("Payment Received", "Paid (AutoPay)", "Approved by bank")),
        *(("Approval", cell) for cell in ("727634", "Yes", "0A12B3")),
        *(("Type", cell) for cell in ("Credit Card", "One-time payment", "ACH", "Recurring", "")),
        ("Payment Method", "Credit"),
        ("Account Status", "Active"),
        ("Paid in Full", "No"),
        *(("Dr/Cr", "CR"), ("Response Code", "00")),
        ("Status Date", "28-Nov-2026"),
        *((name, "Returns") for name in ("Location", "Department", "Branch")),
    ],
)
def test_what_only_looks_like_a_verdict_is_none(
    cast: Cast, known: list[Payment], column: str, cell: str
) -> None:
    line = the_line(cast, column, cell, LINE)
    assert (line.outcome, line.reason) == MATCHED


@pytest.mark.parametrize(
    "day",
    ["05/11/2026", "2026-05-11", "11/05/2026", "10/11/2026", '"Oct 11, 2026"', "11-Oct-2026"],
)
def test_a_day_outside_the_days_of_the_list_is_read_as_it_is_written(
    cast: Cast, known: list[Payment], day: str
) -> None:
    line = in_november(cast, STRANGE.replace("11/28/2026 2:11 AM", day).format(""))
    assert (line.outcome, line.reason) == ("missing-here", "")
    assert line.paid_at
    assert not obstacle(line)


@pytest.mark.parametrize(
    ("days", "outcome", "reason"),
    [
        (["05/11/2026", "28/11/2026"], "ambiguous", "date"),
        (["05/11/2026 2:11", "28/11/2026 9:30"], "ambiguous", "date"),
        (["2026-05-11", "28/11/2026"], "ambiguous", "date"),  # as a spreadsheet program made it
        (["05/11/2026", "28.11.2026"], "ambiguous", "date"),
        (["11/11/2026", "28/11/2026"], "missing-here", ""),
        (["05-Nov-2026", "28/11/2026"], "missing-here", ""),
        (["11/05/2026", "28/11/2026", "11/28/2026"], "missing-here", ""),  # the second one is wrong
        (["11/05/2026", "11/28/2026"], "missing-here", ""),
        (["11/05/2026", "11/06/2026"], "missing-here", ""),
    ],
)
def test_a_list_whose_days_come_first_leaves_it_open_which_number_is_the_month(
    cast: Cast, known: list[Payment], days: list[str], outcome: str, reason: str
) -> None:
    lines = [STRANGE.replace("11/28/2026 2:11 AM", day).format("") for day in days]
    others = [line.replace(GUID[:8], f"{n}2345678") for n, line in enumerate(lines)]
    line = in_november(cast, "".join(others))
    assert (line.outcome, line.reason) == (outcome, reason)
    assert bool(line.paid_at) == (not reason)
    assert line.amount
    assert bool(obstacle(line)) == (outcome == "ambiguous")


def test_a_line_with_a_doubtful_day_stands_beside_the_payment_that_it_names(
    cast: Cast, known: list[Payment]
) -> None:
    line = LINE.replace("11/28/2026", "05/11/2026").format("")
    other = STRANGE.replace("11/28/2026", "28/11/2026").format("")
    read = in_november(cast, line + other)
    assert (read.outcome, read.reason) == ("ambiguous", "date")
    assert read.payment in known


def test_a_refund_with_a_doubtful_day_is_not_dated_before_its_payment(
    cast: Cast, known: list[Payment]
) -> None:
    line = LINE.replace("11/28/2026", "05/11/2026").format("Refunded")
    other = STRANGE.replace("11/28/2026", "28/11/2026").format("")
    read = in_november(cast, line + other)
    assert (read.outcome, read.payment, read.paid_at) == ("reversed", known[0], None)
    assert [each.happened_at for each in known[0].reversals.all()] == [
        read.reconciliation.uploaded_at
    ]
    undoubted = in_november(cast, line.replace("05/11/2026", "05-Nov-2026") + other)
    assert undoubted.paid_at


def test_the_preview_leaves_a_doubtful_day_open_as_matching_does(cast: Cast) -> None:
    line = STRANGE.replace("11/28/2026", "05/11/2026").format("")
    made = in_november(
        cast, line + STRANGE.replace("11/28/2026", "28/11/2026").format("")
    ).reconciliation
    read = read_row(made)
    row = next(iter(StoredTable(made)))
    assert read(row, made.columns) == ({}, str(ReconciliationLine.Reason.DATE.label))
    made.lines.filter(number=3).delete()
    assert read_row(made)(row, made.columns)[1] == ""


@pytest.mark.parametrize(
    ("change", "cell", "reason", "approved"),
    [
        (("0012-0034", "1.20034E+05"), "Approved", "rounded", True),
        (("0012-0034", "120034.0"), "Approved", "decimal", True),
        (("0012-0034", "0012-0034"), "Batch 7", "status", False),
        (("0012-0034", "0012-0034"), "Approved", "", True),
    ],
)
def test_a_day_outside_the_days_of_the_list_hides_no_other_fact(
    cast: Cast,
    known: list[Payment],
    change: tuple[str, str],
    cell: str,
    reason: str,
    *,
    approved: bool,
) -> None:
    stated = STRANGE.replace("11/28/2026 2:11 AM", "11-Oct-2026").replace(*change)
    line = in_november(cast, stated.format(cell))
    assert (line.reason, line.says_approved) == (reason, approved)
    assert line.paid_at


def in_november(cast: Cast, line: str) -> ReconciliationLine:
    """Returns a line of a list of November, with a column for the status."""
    made = import_list(
        BytesIO((HEADER.format("Status") + line).encode()),
        name="x",
        biller=cast.biller,
        days=(date(2026, 11, 1), date(2026, 11, 28)),
        by=finance(cast.biller),
    )
    with_columns(made, guess_columns(made.header))
    return made.lines.get(number=2)


def test_a_payment_declined_for_want_of_funds_was_never_made(cast: Cast) -> None:
    line = the_line(cast, "Status", "Declined - insufficient funds")
    assert (line.outcome, line.reason) == ("no-payment", "unpaid")
    line = the_line(cast, "Status", "Insufficient funds")
    assert (line.outcome, line.reason) == ("returned", "return")


SHIFTED = ",0012-0034,11/28/2026 2:11 AM,1,061.30,2.95,\n"
WIDE = "PaymentGUID,AccountNumber,PaymentDate,PaymentAmount,ConvenienceFee,Note"
GOOD = ",0012-0034,11/28/2026 2:11 AM,61.30,2.95,"


@pytest.mark.parametrize(
    ("content", "answers"),
    [
        (f"{WIDE}\n{GUID}{SHIFTED}", ["columns"]),
        (f"{WIDE}\n{GUID}{SHIFTED}{OTHER_GUID}{SHIFTED}", ["columns"] * 2),
        (f"{WIDE},\n{GUID}{SHIFTED}", ["columns"]),
        (f"{WIDE},\n{GUID}{GOOD},\n", [""]),
        (f"{WIDE},\n{GUID}{GOOD}\n", [""]),
        (f"{WIDE}\n{GUID}{GOOD},\n", ["columns"]),
        (f"{WIDE}\n{GUID}{GOOD},\n{OTHER_GUID}{GOOD},\n", [""] * 2),
        (f"{WIDE}\n{GUID}{GOOD},,\n{OTHER_GUID}{GOOD},,\n", [""] * 2),
        (f"{WIDE}\n{GUID}{GOOD},x\n{OTHER_GUID}{GOOD},x\n", ["columns"] * 2),
    ],
)
def test_an_unquoted_comma_moves_no_amount(cast: Cast, content: str, answers: list[str]) -> None:
    made = uploaded(cast, content.encode())
    assert [reason for _outcome, reason in listed(made)] == answers
    amounts = {str(line.amount) for line in made.lines.exclude(number=None)}
    assert amounts == {"None" if answers[0] else "61.30"}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (("11/28/2026 2:11 AM", "N/A"), ("ambiguous", "date")),
        (("11/28/2026 2:11 AM", ""), ("ambiguous", "date")),
        (("11/28/2026 2:11 AM", "0001-01-01T00:00:00"), ("ambiguous", "date")),
        (("11/28/2026 2:11 AM", "yesterday"), ("unreadable", "date")),
        (("61.30", "1.000,00"), ("unreadable", "columns")),
        (("61.30", "abc"), ("unreadable", "amount")),
        (("2.95", "abc"), ("unreadable", "fee")),
        (("0012-0034", ""), ("unreadable", "account")),
        (("2.95", "2.95,x"), ("unreadable", "columns")),
    ],
)
def test_an_unreadable_cell_does_not_hide_what_the_line_names(
    cast: Cast, known: list[Payment], change: tuple[str, str], answer: tuple[str, str]
) -> None:
    line = the_line(cast, "Note", "", LINE.replace(*change))
    assert (line.outcome, line.reason, line.payment) == (*answer, known[0])
    made = line.reconciliation
    assert known[0] not in {each.payment for each in made.lines.filter(outcome="missing-there")}
    assert obstacle(the_line(cast, "Note", "", STRANGE.replace(*change)))


def test_an_unreadable_line_is_linked_by_its_reference(cast: Cast, known: list[Payment]) -> None:
    assert known[0].checkout
    reference = known[0].checkout.biller_reference
    made = with_names(cast, ["", reference, "0012-0034", "abc", "11/28/2026", ""])
    line = made.lines.get(number=2)
    assert (line.outcome, line.payment) == ("unreadable", known[0])


def test_a_payment_with_an_unreadable_line_is_not_added_in_part(
    cast: Cast, known: list[Payment]
) -> None:
    for cell, kind in (("abc", ""), ("9.00", "Batch 7")):
        made = with_names(
            cast,
            [GUID, "", "0012-0034", "61.30", "11/28/2026", ""],
            [GUID, "", "0012-0034", cell, "11/28/2026", kind],
        )
        line = made.lines.get(number=2)
        with pytest.raises(NotResolved):
            add_payment(line, note="x", by=finance(cast.biller))


def test_two_accounts_of_one_reference(cast: Cast, known: list[Payment]) -> None:
    assert known[1].checkout
    reference = known[1].checkout.biller_reference
    made = with_names(
        cast,
        ["", reference, "0012-0035", "40.00", "11/28/2026", ""],
        ["", reference, "0012-0036", "25.50", "11/28/2026", ""],
    )
    assert listed(made) == [("ambiguous", "accounts")] * 2
    assert {line.payment for line in made.lines.exclude(number=None)} == {known[1]}


def test_a_refund_with_its_own_guid_is_linked_by_its_reference(
    cast: Cast, known: list[Payment]
) -> None:
    assert known[0].checkout
    reference = known[0].checkout.biller_reference
    made = with_names(cast, [OTHER_GUID, reference, "0012-0034", "61.30", "11/28/2026", "Refund"])
    line = made.lines.get(number=2)
    assert (line.outcome, line.payment) == ("returned", known[0])


def test_a_refund_that_names_nothing_is_linked_by_account_and_amount(
    cast: Cast, known: list[Payment]
) -> None:
    made = with_names(cast, ["", "", "12-0034", "-61.30", "11/28/2026", ""])
    assert made.lines.get(number=2).payment == known[0]
    known[1].lines.update(amount="61.30")
    Payment.objects.filter(pk=known[1].pk).update(account=known[0].account)
    made = with_names(cast, ["", "", "12-0034", "61.30", "11/28/2026", "Refund"])
    line = made.lines.get(number=2)
    assert (line.outcome, line.payment) == ("returned", None)  # of two, nobody can say which


PAYMENT = [GUID, "ABC", "0012-0034", "75.10", "11/28/2026 2:00 PM", "Payment"]


@pytest.mark.parametrize(
    "refund",
    [
        [OTHER_GUID, "ABC", "0012-0034", "75.10", "11/28/2026", "Refund"],
        [OTHER_GUID, "ABC", "0012-0034", "-75.10", "", ""],
        ["", "ABC", "0012-0034", "-75.10", "11/28/2026", ""],
        ["", "", "12-0034", "-75.10", "11/28/2026", ""],
        ["", "", "12-0034", "75.10", "", "Refund"],
    ],
)
def test_a_payment_that_was_refunded_in_other_words_is_not_added(
    cast: Cast, known: list[Payment], refund: list[str]
) -> None:
    made = with_names(cast, PAYMENT, refund)
    assert listed(made)[0] == ("missing-here", "")
    assert "returned, is void" in str(obstacle(made.lines.get(number=2)))


@pytest.mark.parametrize(
    "other",
    [
        [OTHER_GUID, "ABC", "0012-0034", "75.10", "11/28/2026", "Declined"],
        [OTHER_GUID, "DEF", "0012-0034", "75.10", "11/28/2026", "Refund"],
        ["", "", "0012-0035", "-75.10", "11/28/2026", ""],
        ["", "", "0012-0034", "-75.11", "11/28/2026", ""],
        ["", "", "0012-0034", "-75.10", "11/27/2026", ""],
    ],
)
def test_what_is_about_another_payment_is_no_obstacle(
    cast: Cast, known: list[Payment], other: list[str]
) -> None:
    made = with_names(cast, PAYMENT, other)
    assert not obstacle(made.lines.get(number=2))
