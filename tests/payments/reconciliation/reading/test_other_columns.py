"""What columns that nobody chose say about a line, and statuses as programs write them."""

import pytest

from payments.reconciliation.reading.no_payment import Said, why_no_payment


def why(name: str, cell: str, *, status: str = "", kind: str = "") -> str:
    said = Said(status=status, status_name="Status", type=kind, method="", others=[(name, cell)])
    return why_no_payment(said, {})


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        *(("Reason Code", cell) for cell in ("R01", "C03", "4853")),
        *(("Response Code", cell) for cell in ("05", "51", "2")),
        *((name, "5512") for name in ("Original Transaction ID", "Refunded Payment GUID")),
        *((name, "5512") for name in ("ParentPaymentId", "Refund ID", "Void Reference")),
        *(("Dr/Cr", cell) for cell in ("CR", "D")),
        *(("Sign", cell) for cell in ("-", "CR")),
    ],
)
def test_a_column_that_may_deny_the_payment_makes_it_uncertain(name: str, cell: str) -> None:
    assert why(name, cell) == "status"
    assert why(name, cell, status="Approved") == "status"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        *(("Response Code", cell) for cell in ("00", "100", "A", "727634", "N/A")),
        *(("Original Transaction ID", cell) for cell in ("0", "N/A")),
        *((name, "R01") for name in ("Route", "Customer", "Parent Account Number")),
        *(("Original Amount", "61.30"), ("Check Number", "55"), ("Sign", "+")),
        ("Credit/Debit Card", "Credit"),
    ],
)
def test_other_columns_say_nothing(name: str, cell: str) -> None:
    assert why(name, cell) == ""


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("settledSuccessfully", ""),
        ("refundSettledSuccessfully", "return"),
        ("returnedItem", "return"),
        ("capturedPendingSettlement", "status"),
        ("couldNotVoid", "status"),
    ],
)
def test_a_status_in_one_word_is_read(status: str, reason: str) -> None:
    assert why("", "", status=status) == reason


@pytest.mark.parametrize("kind", ["AutoPay", "eCheck", "OneTime", "MasterCard"])
def test_a_type_in_one_word_stays_one(kind: str) -> None:
    assert why("", "", kind=kind) == ""
