"""Account files that are reports for people: page headings, counts, and what nobody sees."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from icsso.billers.models import Biller
from tests.cast import other_biller

TITLES = "Page 1,Customer Listing,\nRun 11/28/2026 8:01,Rivertown Water,\n"
NAMES = "Account,Name,ZIP\n"
IDA, KIM = "1001,Ida Bell,62701\n", "1002,Kim Ray,62701\n"
Import = Callable[..., str]


@pytest.fixture
def power(db: None) -> Biller:
    return other_biller()


@pytest.fixture
def run(power: Biller, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    def run(content: str | bytes) -> str:
        file = tmp_path / "report"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        call_command("import_accounts", str(file), "--biller", power.slug)
        return capsys.readouterr().out

    return run


def names(biller: Biller) -> dict[str, str]:
    return dict(biller.accounts.values_list("account_number", "name"))


def book(*rows: list[str], title: str = "Sheet", hides: str = "") -> Workbook:
    made = Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    if hides:
        made.active.column_dimensions[hides].hidden = True
    return made


def content(made: Workbook) -> bytes:
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def test_the_heading_of_a_page_is_no_account(power: Biller, run: Import) -> None:
    second = TITLES.replace("Page 1", "Page 12").replace("8:01", "8:02")
    said = run(f"{TITLES}{NAMES}{IDA}{second}{NAMES}{KIM}")
    assert names(power) == {"1001": "Ida Bell", "1002": "Kim Ray"}
    for row in (5, 6):
        assert f"row {row} rejected: it repeats a row above the column names" in said


def test_a_row_without_a_heading_above_is_not_taken_for_one(power: Biller, run: Import) -> None:
    run(f"Page 1,Customer Listing\n{NAMES}{IDA}Page 2,Customer Listing B,62701\n")
    assert "Page 2" in names(power)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("02 Count,3,", "name: it has no letters"),
        ('1003,"$45.10",62701', "name: it has no letters"),
        ('"1,003",Ann Lee,62701', "wrote the account number as an amount"),
        ('"$1,003.00",Ann Lee,62701', "wrote the account number as an amount"),
        ('"1,003.00",Ann Lee,62701', "wrote the account number as an amount"),
    ],
)
def test_what_is_no_account_is_told(power: Biller, run: Import, row: str, reason: str) -> None:
    said = run(f"{NAMES}{IDA}{row}\n{KIM}")
    assert names(power) == {"1001": "Ida Bell", "1002": "Kim Ray"}
    assert "row 3 rejected" in said
    assert reason in said


@pytest.mark.parametrize("number", ["Route 01", "Accounts: 3", "LOT 12"])
def test_a_word_before_a_new_number_is_told_once(power: Biller, run: Import, number: str) -> None:
    told = "account_number: new, with a word before it"
    assert told in run(f"{NAMES}{number},North Side,\n")
    assert told not in run(f"{NAMES}{number},North Side,\n")
    assert told not in run(f"{NAMES}{number},North Side,62701\n")
    assert told not in run(f"{NAMES}A-1001,Ida Bell,62701\nNO 17,Kim Ray,\n")


@pytest.mark.parametrize("name", ["MU?OZ JOSE", "JOS? MENDEZ", "MU¿OZ JOSE", "MU\ufffdOZ JOSE"])
def test_a_letter_that_a_database_lost_is_told(power: Biller, run: Import, name: str) -> None:
    assert "a letter was lost before the file was made" in run(f"{NAMES}1001,{name},62701\n")
    assert names(power) == {"1001": name}


def test_an_escaped_apostrophe_is_one(power: Biller, run: Import) -> None:
    run(f"{NAMES}1001,O\\'CONNOR SEAN,62701\n")
    assert names(power) == {"1001": "O'CONNOR SEAN"}


def test_hidden_columns_are_told(run: Import) -> None:
    rows = ["Name", "Account Number", "Customer Name"], ["Old Ida", "1001", "Ida Bell"]
    assert "Hidden columns of the file: Name." in run(content(book(*rows, hides="A")))


def test_a_summary_before_the_accounts_names_their_sheet(power: Biller, run: Import) -> None:
    made = book(["Made by a program"], ["Sheet Name", "Table Name"], title="Summary")
    made.create_sheet("Accounts").append(["Account", "Name"])
    with pytest.raises(CommandError, match="The other sheets with tables are: Accounts"):
        run(content(made))
