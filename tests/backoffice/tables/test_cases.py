"""The cases of tests/cases, as far as reading a file goes: each folder's README says what is right.

What an importer makes of the cells is tested where it is imported.
"""

from datetime import date
from pathlib import Path

import pytest

from backoffice.tables.files import opened
from backoffice.tables.table import Row, UnreadableFile

CASES = Path(__file__).parents[2] / "cases"
HEADER = ["account_number", "name", "address", "city", "state", "zip", "email", "phone"]
PLACE = ["7 Elm St", "Rivertown", "NJ", "07030", "", ""]
PAID = ["PaymentGUID", "AccountNumber", "PaymentAmount", "ConvenienceFee", "PaymentDate"]


def read(case: str) -> tuple[list[str], list[Row]]:
    with opened(CASES / case) as table:
        return table.header, list(table)


@pytest.mark.parametrize(
    ("case", "number"),
    [
        ("xlsx-zip-format", "00120048"),  # shown by the format 00000000
        ("xlsx-hidden-first", "00120049"),
        ("xlsx-strict", "00120050"),
        ("xlsx-sharedstrings-case", "00120051"),
        ("xlsx-prefix-nodim", "00120052"),
    ],
)
def test_a_valid_spreadsheet_is_read_as_excel_shows_it(case: str, number: str) -> None:
    header, [row] = read(f"accounts/{case}/accounts.xlsx")
    assert header == HEADER
    assert row == Row(2, [number, "Ida Bell", *PLACE])


def test_numbers_that_are_shown_with_zeros_have_them() -> None:
    _header, rows = read("accounts/leading-zeros/zeros.xlsx")
    assert [(row.cells[0], row.cells[5]) for row in rows] == [
        ("0000077001", "02134"),
        ("0000077002", "02134-1234"),
    ]


def test_a_formula_that_was_never_computed_is_told() -> None:
    _header, [row] = read("accounts/xlsx-formula-no-value/accounts.xlsx")
    assert row.problem == "it has a formula without a value: open the file in Excel and save it"


def test_another_row_than_the_first_can_be_the_header() -> None:
    with opened(CASES / "accounts/xlsx-title-rows/accounts.xlsx") as table:
        assert [row.cells[0] for row in table.rows()][:2] == ["Customer listing", "Run 11/27/2026"]
        table.choose_header(4)
        assert table.header == HEADER
        assert list(table) == [Row(5, ["00120055", "Ida Bell", *PLACE])]
    with opened(CASES / "payments/titles-and-totals/payments.csv") as table:
        table.choose_header(5)
        assert table.header == [*PAID, "BillerReference"]
        assert [row.number for row in table] == [6, 7]


def test_the_days_of_a_mac_have_their_epoch() -> None:
    with opened(CASES / "payments/xlsx-1904/payments.xlsx") as table:
        [row] = table
        assert (row.cells[4], table.epoch) == ("44892.0926", date(1904, 1, 1))


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("cr-only/accounts.csv", ["00120036", "00120037"]),
        ("pipe/accounts.txt", ["00120045"]),
        ("semicolon-bom-crlf/accounts.csv", ["00120060"]),
        ("utf16-tab/accounts.txt", ["00120034"]),
        ("trailing-columns/accounts.csv", ["00120042"]),
        ("trailing-comma/accounts.csv", ["00120040", "00120041"]),
        ("nbsp-zwsp/accounts.csv", ["00120057", "00120058"]),
        ("header-newline/accounts.csv", ["00120063"]),
        ("scientific/accounts.csv", ["1.00001E+07", "1.91431E+18"]),
    ],
)
def test_a_text_file_gives_its_rows_whole(case: str, wanted: list[str]) -> None:
    header, rows = read(f"accounts/{case}")
    assert header[:2] == HEADER[:2]
    assert [row.cells[0] for row in rows] == wanted
    assert {len(row.cells) for row in rows} == {len(header)}
    assert not any(row.problem for row in rows)


def test_a_name_of_two_lines_is_one_name() -> None:
    _header, [row] = read("accounts/newline-first-column/accounts.csv")
    assert row.cells[:2] == ["Ochoa, Mary\nc/o Bell Trust", "00120062"]
    header, _rows = read("accounts/header-newline/accounts.csv")
    assert header == ["account_number", "name", "service\naddress", "zip"]


def test_names_are_read_as_they_look() -> None:
    _header, [row, _other] = read("accounts/nbsp-zwsp/accounts.csv")
    assert row.cells[1] == "Ida Bell"
    _header, [row] = read("accounts/utf16-tab/accounts.txt")
    assert row.cells[1] == "Ana Rivera"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("accounts/cp1252/accounts.csv", r"in UTF-8 \(first problem on line 2\).*save it as"),
        ("accounts/html-xls/accounts.xls", "a web page, not a spreadsheet.*save it as XLSX"),
        ("payments/html-xls/payments.xls", "a web page, not a spreadsheet.*save it as XLSX"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(case: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(case)
