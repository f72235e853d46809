"""Every folder of tests/cases/payments, uploaded and matched: its README says what is right."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from accounts.models import UtilityAccount
from backoffice.tables.mapping import find_columns
from backoffice.tables.table import UnreadableFile
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.importing import import_list
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import PAYMENTS, guess_columns
from payments.reconciliation.reading.width import fitted
from payments.reconciliation.resolution import obstacle
from payments.reconciliation.stored_table import StoredTable
from tests.cast import Cast
from tests.payments.paying import opened
from tests.payments.reconciliation.lists import finance, on, outcomes

CASES = Path(__file__).parents[3] / "cases" / "payments"
DAY = date(2026, 11, 28)
# The payments that the files are about: GUID, account, amount, fee.
OURS = (
    ("7fdf71f3-6c5e-4096-914d-4845df9dab4a", "0012-0034", "61.30", "2.95"),
    ("c0efc75f-8c02-4818-9d4b-f2e2fbcdae78", "0012-0035", "65.50", "0.00"),
    ("067439af-ecda-4205-9b35-0bcd06a92ae8", "0012-0036", "90.00", "0.00"),
)
MATCHED, REVERSED = ("matched", ""), ("reversed", "")


class Case(NamedTuple):
    """outcomes: of the lines of the file, in order. ours: how many of our payments it is about."""

    folder: str
    outcomes: list[tuple[str, str]]
    ours: int = 1
    file: str = "payments.csv"


CASES_WITH_ANSWERS = [
    Case("account-rounded", [("ambiguous", "rounded")]),
    Case("chargeback", [REVERSED] * 2, 2),
    Case("dates", [MATCHED] * 3, 3),
    Case("declined-lines", [MATCHED, ("no-payment", "unpaid")]),
    Case("duplicate-headers", [MATCHED]),
    Case("excel-resaved", [MATCHED] * 2, 2),
    Case("fee-dash", [MATCHED] * 3, 3),
    Case("four-decimals", [MATCHED]),
    Case("refunds", [MATCHED, REVERSED] * 2, 2),
    Case("titles-and-totals", [MATCHED, ("no-payment", "totals")]),
    Case("two-accounts", [("ambiguous", "accounts")] * 2),
    Case("xlsx-1904", [MATCHED], file="payments.xlsx"),
]


@pytest.fixture
def known(cast: Cast) -> list[Payment]:
    return [recorded(cast, *facts) for facts in OURS]


def recorded(cast: Cast, guid: str, number: str, amount: str, fee: str) -> Payment:
    account = UtilityAccount.objects.create(
        biller=cast.biller, account_number=number, name="Lee Chang"
    )
    payment = Payment.objects.create(
        biller=cast.biller,
        checkout=opened(cast, number),
        account=account,
        payment_guid=UUID(guid),
        paid_at=on(DAY, 2),
    )
    payment.lines.create(amount=Decimal(amount), fee=Decimal(fee))
    return payment


def uploaded(cast: Cast, content: bytes) -> Reconciliation:
    made = import_list(
        BytesIO(content), name="x", biller=cast.biller, days=(DAY, DAY), by=finance(cast.biller)
    )
    return with_columns(made, guess_columns(made.header))


def with_columns(made: Reconciliation, columns: dict[str, str]) -> Reconciliation:
    made.set_columns(columns)
    match(made)
    made.refresh_from_db()
    return made


def listed(made: Reconciliation) -> list[tuple[str, str]]:
    return outcomes(made)[: made.lines.exclude(number=None).count()]


@pytest.mark.parametrize("case", CASES_WITH_ANSWERS, ids=lambda case: case.folder)
def test_each_case_has_its_right_answer(cast: Cast, known: list[Payment], case: Case) -> None:
    made = uploaded(cast, (CASES / case.folder / case.file).read_bytes())
    assert listed(made) == case.outcomes
    # A payment that the list is about is not also said to be missing from it.
    assert made.lines.filter(outcome="missing-there").count() == len(known) - case.ours
    assert not [line for line in made.lines.all() if not obstacle(line)]  # nothing to be added


def test_a_web_page_is_refused_with_what_to_do(cast: Cast) -> None:
    content = (CASES / "html-xls" / "payments.xls").read_bytes()
    with pytest.raises(UnreadableFile, match=r"a web page, not a spreadsheet.*save it as XLSX"):
        uploaded(cast, content)
    assert not Reconciliation.objects.exists()


def test_columns_with_one_name_are_told_apart_and_chosen(cast: Cast, known: list[Payment]) -> None:
    made = uploaded(cast, (CASES / "duplicate-headers" / "payments.csv").read_bytes())
    assert "Amount (column C)" in made.header
    assert "Amount (column E)" in made.header
    with pytest.raises(UnreadableFile, match="“Amount” twice, in columns C and E"):
        find_columns(StoredTable(made), PAYMENTS, {})
    columns = {**made.columns, "PaymentAmount": "Amount (column E)"}
    assert listed(with_columns(made, columns)) == [("different", "")]


def test_what_is_returned_or_uncertain_stands_beside_the_payment(
    cast: Cast, known: list[Payment]
) -> None:
    for folder in ("chargeback", "account-rounded", "two-accounts", "refunds"):
        made = uploaded(cast, (CASES / folder / "payments.csv").read_bytes())
        lines = made.lines.exclude(number=None)
        assert all(line.payment in known for line in lines), folder


def test_every_folder_is_tested() -> None:
    tested = {case.folder for case in CASES_WITH_ANSWERS} | {"html-xls"}
    assert {folder.name for folder in CASES.iterdir()} == tested


HEADER = "PaymentGUID,AccountNumber,PaymentAmount,ConvenienceFee,PaymentDate,{}\n"
LINE = "7fdf71f3-6c5e-4096-914d-4845df9dab4a,0012-0034,61.30,2.95,11/28/2026 2:11 AM,{}\n"
STRANGE = LINE.replace("7fdf71f3", "11111111")


def outcome(cast: Cast, column: str, cell: str, line: str = LINE) -> tuple[str, str]:
    made = uploaded(cast, f"{HEADER.format(column)}{line.format(cell)}".encode())
    return listed(made)[0]


@pytest.mark.parametrize("cell", ["Approved", "Paid", "SETTLED", "Complete", "True", "1", "", "Y"])
def test_a_status_that_says_paid(cast: Cast, known: list[Payment], cell: str) -> None:
    assert outcome(cast, "Status", cell) == MATCHED


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        *(("Status", cell, "unpaid") for cell in ("Declined", "VOID", "Pending", "Failed", "No")),
        *(("Status", cell, "unpaid") for cell in ("Processing", "Cancelled", "Rechazado")),
        *(("Status", f'"Declined{sign}do not honor"', "unpaid") for sign in (" - ", ", ", ". ")),
        ("Status", "Do Not Honour", "unpaid"),
        *(("Status", cell, "return") for cell in ("Refunded", "Charge-back", "NSF", "Reversed")),
        *(("Status", cell, "return") for cell in ("Charged back", "CHARGE BACKS")),
        *(("Status", cell, "status") for cell in ("Incomplete", "Batch 7", "Not approved")),
        ("Status", "Charged (back office)", "status"),
        ("Status", "Charged - Back Office", "status"),
        *(("Approved", cell, "unpaid") for cell in ("False", "0", "N")),
        *(("Type", cell, "return") for cell in ("ACH Return", "Partial refund", "Check returned")),
        ("Payment Method", "ACH Reject", "return"),
        ("Anything", "Declined", "unpaid"),
        ("Anything", "ACH Reject", "return"),
        ("Voided", "Yes", "unpaid"),
        ("Refund Date", "11/29/2026", "return"),
        ("Return Code", "R01", "return"),
    ],
)
def test_a_line_that_says_it_is_no_payment_is_never_added(
    cast: Cast, column: str, cell: str, reason: str
) -> None:
    made = uploaded(cast, f"{HEADER.format(column)}{STRANGE.format(cell)}".encode())
    [line] = made.lines.all()
    told = {"unpaid": "no-payment", "return": "returned", "status": "ambiguous"}
    assert (line.outcome, line.reason) == (told[reason], reason)
    assert "missing here can be added" in str(obstacle(line))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Mailing Address", "12 Return Road"),
        ("Voided", "No"),
        ("Refund Amount", "0.00"),
        ("Name", "Pending Brothers LLC"),
        ("Type", "AutoPay"),
        ("Payment Method", "eCheck"),
        ("Expiration Date", "12/27"),
    ],
)
def test_a_payment_stays_one(cast: Cast, known: list[Payment], column: str, cell: str) -> None:
    assert outcome(cast, column, cell) == MATCHED


def test_a_payment_of_ours_that_the_list_calls_declined_is_work(
    cast: Cast, known: list[Payment]
) -> None:
    assert outcome(cast, "Status", "Declined") == ("returned", "unpaid")
    assert outcome(cast, "Status", "Pending") == ("returned", "unpaid")


@pytest.mark.parametrize(
    ("cell", "says"), [("Approved", True), ("Paid", True), ("", False), ("Batch 7", False)]
)
def test_which_lines_say_that_they_were_approved(cast: Cast, cell: str, says: bool) -> None:
    made = uploaded(cast, f"{HEADER.format('Status')}{STRANGE.format(cell)}".encode())
    assert made.lines.get(number=2).says_approved is says


def test_a_payment_that_was_taken_back_is_not_added(cast: Cast, known: list[Payment]) -> None:
    refund = STRANGE.replace("61.30", "-61.30")
    content = HEADER.format("Note") + STRANGE.format("") + refund.format("")
    made = uploaded(cast, content.encode())
    assert listed(made) == [("missing-here", ""), ("returned", "negative")]
    assert "returned, is void" in str(obstacle(made.lines.get(number=2)))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (LINE.replace("61.30", "61.300000000000004"), MATCHED),
        (LINE.replace("61.30", "61.3050"), ("unreadable", "amount")),
        (LINE.replace("2.95", "2.9500000000000002"), MATCHED),
        (LINE.replace("0012-0034", "120034"), MATCHED),
        (LINE.replace("0012-0034", "120034.0"), ("ambiguous", "decimal")),
        ("Grand total,,61.30,2.95,,\n", ("no-payment", "totals")),
        ("Totals: 3 payments\n", ("no-payment", "totals")),
        (",Total,61.30,2.95,,\n", ("no-payment", "totals")),
        (HEADER.format("Note"), ("no-payment", "heading")),
    ],
)
def test_the_kinds_of_lines(
    cast: Cast, known: list[Payment], line: str, answer: tuple[str, str]
) -> None:
    assert outcome(cast, "Note", "", line) == answer


def test_a_number_with_other_zeros_names_another_account(cast: Cast, known: list[Payment]) -> None:
    UtilityAccount.objects.create(biller=cast.biller, account_number="12-0034", name="Omar Haddad")
    line = LINE.replace("0012-0034", "12-0034")
    assert outcome(cast, "Note", "", line) == ("ambiguous", "other-account")
    assert outcome(cast, "Note", "") == MATCHED


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_titles_delimiters_and_line_breaks(
    cast: Cast, known: list[Payment], delimiter: str, end: str
) -> None:
    title = f"sep={delimiter}\nPayment report\n\n"
    content = (HEADER.format("Note") + LINE.format("")).replace(",", delimiter)
    made = uploaded(cast, (title + content).replace("\n", end).encode())
    assert (made.header_number, listed(made)) == (4, [MATCHED])


def test_empty_cells_that_one_kind_of_file_omits(cast: Cast) -> None:
    assert fitted(["a"], 2, is_ragged=True, spare=0) == ["a", ""]
    assert fitted(["a"], 2, is_ragged=False, spare=1) == ["a"]
    assert fitted(["a", "b", " "], 2, is_ragged=False, spare=1) == ["a", "b"]
    assert fitted(["a", "b", ""], 2, is_ragged=False, spare=0) == ["a", "b", ""]
