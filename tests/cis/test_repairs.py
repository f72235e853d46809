"""One bad optional cell never keeps a customer out, and nothing is lost without a word."""

import csv
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from accounts.models import UtilityAccount
from backoffice.tables.files import read_table
from backoffice.tables.mapping import find_columns
from cis.rows.columns import ACCOUNTS, clean, kept_as_text
from cis.rows.examining import examine
from cis.rows.repairs import repaired
from icsso.billers.models import Biller
from tests.imports import growth, imported

HEADER = "account_number,name,address,city,state,zip,email,phone\n"
EMPTY = "left empty"
FIRST = "the first one was used"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


@pytest.mark.parametrize(
    ("field", "text", "value", "told"),
    [
        ("email", "ann@example.com", "ann@example.com", ""),
        ("email", "NONE", "", EMPTY),
        ("email", "n/a", "", EMPTY),
        ("email", "lee@example", "", EMPTY),
        ("email", "ann@straße.example", "ann@xn--strae-oqa.example", ""),
        ("email", "ann@ß❤.example", "", EMPTY),
        ("email", "ola @example.com", "", EMPTY),
        ("email", "a@example.com;b@example.com", "a@example.com", FIRST),
        ("email", "a@example.com, b@example.com", "a@example.com", FIRST),
        ("email", "a@example.com / b@example.com", "a@example.com", FIRST),
        ("email", "bad@, b@example.com", "b@example.com", "several addresses"),
        ("email", "Ann Burns <ann@example.com>", "ann@example.com", "only the address was used"),
        ("email", "Ann Burns (ann@example.com)", "ann@example.com", "only the address was used"),
        ("email", "ann#1@example.com", "ann#1@example.com", ""),
        ("email", "ann/1@example.com", "ann/1@example.com", ""),
        ("email", "ann:1@example.com", "", EMPTY),
        ("email", "'ann@example.com.'", "ann@example.com", "only the address was used"),
        ("email", "ann@[192.0.2.1]", "", EMPTY),
        ("email", ".ann@example.com", "", EMPTY),
        ("email", "MAILTO:ann@example.com", "ann@example.com", "only the address was used"),
        ("email", "E-mail:ann@example.com", "ann@example.com", "only the address was used"),
        ("email", "*ann@example.com*", "ann@example.com", "only the address was used"),
        ("email", "ann@example.com?", "ann@example.com", "only the address was used"),
        ("email", "{ann@example.com}", "ann@example.com", "only the address was used"),
        ("email", "a@example.com\\b@example.com", "a@example.com", FIRST),
        ("email", "Ann#mailto:ann@example.com#", "ann@example.com", "only the address was used"),
        ("email", "a#b@example.com;", "a#b@example.com", "only the address was used"),
        ("email", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.com", "", EMPTY),
        ("phone", "(617) 555-0177", "(617) 555-0177", ""),
        ("phone", "+1 217 555", "+1 217 555", ""),
        ("phone", "617.555.0177 x12", "617.555.0177 x12", ""),
        ("phone", "call 617-555-0177 after 5", "617-555-0177", FIRST),
        ("phone", "617-555-0163 home / 617-555-0164 cell", "617-555-0163", FIRST),
        ("phone", "617\u2010555\u20100177", "617-555-0177", ""),
        ("phone", "617/555-0177", "617-555-0177", ""),
        ("phone", "2.175550163E9", "", "rounded the number; left empty"),
        ("phone", "999-999-9999", "", EMPTY),
        ("phone", "see notes", "", EMPTY),
        ("zip", "02134", "02134", ""),
        ("zip", "02134-1234", "02134-1234", ""),
        ("zip", "021341234", "02134-1234", ""),
        ("zip", "02134-0000", "02134", ""),
        ("zip", "02134\u20131234", "02134-1234", ""),
        ("zip", "2134", "02134", "a leading zero was restored"),
        ("zip", "2134.0", "02134", "a leading zero was restored"),
        ("zip", "2134-1234", "02134-1234", "a leading zero was restored"),
        ("zip", "21341234", "02134-1234", "a leading zero was restored"),
        ("zip", "501", "00501", "a leading zero was restored"),
        ("zip", "62701-1234-5", "62701-1234", "the rest was left out"),
        ("zip", "62701-12345", "62701-1234", "the rest was left out"),
        ("zip", "K1A 0B1", "K1A 0B1", ""),
        ("zip", "unknown address", "", EMPTY),
        ("address", "x" * 151, "", EMPTY),
        ("address", "nan", "", EMPTY),
        ("address", "\\N", "", EMPTY),
        ("address", "Err:502", "", "spreadsheet error"),
        ("address", "#GETTING_DATA", "", "spreadsheet error"),
        ("city", "Spring\x00field", "", EMPTY),
        ("state", "Commonwealth of Massachusetts", "", EMPTY),
    ],
)
def test_what_becomes_of_an_optional_cell(field: str, text: str, value: str, told: str) -> None:
    values, causes = repaired({"account_number": "777", "name": "Ann", field: text})
    assert values[field] == value
    assert [told in cause and cause.startswith(f"{field}: ") for cause in causes] == (
        [True] if told else []
    )


@pytest.mark.parametrize(
    ("state", "text", "value"),
    [
        ("MA", "2134", "02134"),
        ("Mass.", "2134", "2134"),
        ("New Jersey", "7030", "07030"),
        ("PR", "901", "00901"),
        ("IL", "6270", ""),  # a digit is missing at its end
        ("NSW", "2000", "2000"),  # another country
    ],
)
def test_a_zip_code_gets_its_zeros_back_where_it_can_have_lost_them(
    state: str, text: str, value: str
) -> None:
    assert repaired({"state": state, "zip": text})[0]["zip"] == value


@given(
    st.sampled_from(["address", "city", "state", "zip", "email", "phone"]),
    st.text(max_size=60) | st.from_regex(r"[0-9 ().;/@a-z-]{0,60}", fullmatch=True),
)
def test_a_repaired_value_is_valid_and_needs_no_repair(field: str, text: str) -> None:
    value = repaired({field: clean(text)})[0]
    account = UtilityAccount(account_number="777", name="Ann", **value)
    account.clean_fields(exclude=["biller"])
    assert repaired(value) == (value, [])


def test_a_failed_formula_spoils_its_own_cell_alone(power: Biller) -> None:
    workbook = Workbook()
    workbook.active.append(["account_number", "name", "email", "rate"])
    workbook.active.append(["777", "Ann", "#N/A", "#REF!"])
    workbook.active.append(["778", "#N/A", "bob@example.com", "A"])
    for cell in ("C2", "D2", "B3"):
        workbook.active[cell].data_type = "e"
    workbook.save(file := BytesIO())
    table = read_table(BytesIO(file.getvalue()))
    [batch] = examine(table, power, find_columns(table, ACCOUNTS, {}))
    assert [(a.name, a.email) for a in batch.created] == [("Ann", "")]
    assert [warned.cause for warned in batch.warned] == [
        "email: it has a formula with an error (#N/A); left empty"
    ]
    assert [reject.row.number for reject in batch.rejected] == [3]


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        ("name,account_number,zip", "Ann Burns\nc/o Bell Trust,777,02134\n"),
        ("name,account_number,zip", '"Ann Burns\nc/o Bell Trust,777,02134\n'),
        ("name,account_number,zip", 'Ann Burns\rc/o "Bell" Trust,777,02134\n'),
        ("account_number,zip,name", "777,02134,Ann Burns\nc/o Bell Trust\n"),
        ("account_number,name,zip", "777,Ann Burns\nc/o Bell Trust,02134\n"),
        ("zip,name,account_number", "02134,Ann Burns\nc/o Bell Trust,777\n"),
    ],
)
def test_half_a_name_is_never_imported(power: Biller, file: Path, header: str, lines: str) -> None:
    other = ",".join({"account_number": "778", "name": "Bob", "zip": "02134"}[f]
                     for f in header.split(","))  # fmt: skip
    file.write_text(f"{header}\n{other}\n{lines}{other.replace('778', '779')}\n")
    said = imported(file)
    assert set(power.accounts.values_list("name", flat=True)) == {"Bob"}
    assert "rejected: it" in said


def test_rejected_rows_survive_a_spreadsheet(power: Biller, file: Path, tmp_path: Path) -> None:
    """A spreadsheet program turns into numbers and dates what looks like them."""
    numbers = ["0000077009", "123456789012345678", "12-3", "3/14/15", "1e5", "77.10"]
    rows = "".join(f"{number},,9 Elm St,Boston,MA,02134,,\n" for number in numbers)
    file.write_text(HEADER + rows)
    assert "0 new, 0 changed, 0 unchanged, 0 closed, 6 rejected" in imported(
        file, refused=tmp_path / "r"
    )
    with (tmp_path / "r").open(encoding="utf-8-sig", newline="") as refused:
        mended = [[as_a_spreadsheet_saves(cell) for cell in row] for row in csv.reader(refused)]
    for row in mended[1:]:
        row[3] = "Sara Winthrop"
    with file.open("w", newline="") as saved:
        csv.writer(saved).writerows(mended)
    assert "6 new" in imported(file)
    assert set(power.accounts.values_list("account_number", "zip")) == {
        (number.replace("77.10", "77.1"), "02134") for number in numbers
    }


def as_a_spreadsheet_saves(cell: str) -> str:
    try:
        number = float(cell)
    except ValueError:
        parts = cell.replace("/", "-").split("-")
        is_date = len(parts) in {2, 3} and all(part.isdecimal() for part in parts)
        return "12-Mar" if is_date else cell
    return f"{number:.5E}" if abs(number) >= 1e11 else f"{number:g}"


@given(st.text(max_size=20) | st.from_regex(r"'?[0-9eE/.-]{0,15}", fullmatch=True))
def test_what_is_kept_as_text_comes_back(text: str) -> None:
    cell = clean(text)
    assert clean(kept_as_text(cell)) == cell


def test_an_account_without_its_zeros_is_not_new_and_not_closed(power: Biller, file: Path) -> None:
    file.write_text(HEADER + "".join(f"000077{n},Ann,,,,,,\n" for n in range(100, 110)))
    imported(file)
    file.write_text(
        HEADER + "".join(f"77{n},Ann,,,,,,\n" for n in range(100, 110)) + "9,Bob,,,,,,\n"
    )
    said = imported(file, full=True)
    assert "1 new, 0 changed, 10 unchanged, 0 closed, 0 rejected" in said
    assert "the longer number was kept: 10 (rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)" in said


FAULTS = ["NONE", "a@example.com;b@example.com", "lee@example", "good@example.com"]


def test_many_bad_cells_are_counted_in_flat_memory(power: Biller, file: Path) -> None:
    def content(lines: int) -> str:
        faults = (f"{n:08},Name {n},,,MA,2134,{FAULTS[n % 4]},see notes\n" for n in range(lines))
        return HEADER + "".join(faults)

    assert any(growth(power, file, content, to=5_000) < 2_000 * 60 for _try in range(2))
    assert power.accounts.count() == 5_000
    said = imported(file)
    assert "0 new, 0 changed, 5000 unchanged, 0 closed, 0 rejected" in said
    assert "email: not a valid address; left empty: 1,250 (rows 4, 8, 12, " in said
    assert ", …)" in said
