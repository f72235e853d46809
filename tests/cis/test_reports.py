"""Account files that are reports for people: amounts, lost letters, and what nobody sees."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from icsso.billers.models import Biller

NAMES = "Account,Name,ZIP\n"
IDA, KIM = "1001,Ida Bell,62701\n", "1002,Kim Ray,62701\n"
REMEDY = "save the column as values and import the file again"
Import = Callable[..., str]


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


@pytest.mark.parametrize("number", ["$1,003.00", "1,003.00", "$1,003"])
def test_an_amount_is_no_account_number(power: Biller, run: Import, number: str) -> None:
    said = run(f'{NAMES}{IDA}"{number}",Ann Lee,62701\n{KIM}')
    assert names(power) == {"1001": "Ida Bell", "1002": "Kim Ray"}
    assert "row 3 rejected" in said
    assert "wrote the account number as an amount" in said


def test_thousands_commas_are_punctuation(power: Biller, run: Import) -> None:
    run(f"{NAMES}{IDA}")
    run(f'{NAMES}"1,001",Ida Bell,62702\n')
    assert [*power.accounts.values_list("account_number", "zip")] == [("1001", "62702")]


@pytest.mark.parametrize(
    "number",
    ["\u20191001", "\u201c1001\u201d", "\u20181001\u2019", "`1001`", "'1001", "\u20180077\u2019"],
)
def test_typographic_quotation_marks_are_no_part_of_a_number(
    power: Biller, run: Import, number: str
) -> None:
    run(f"{NAMES}{number},\u201cIda Bell\u201d,\u201c62701\u201d\n")
    [account] = power.accounts.values_list("account_number", "name", "zip")
    assert account == (number.strip("\u2018\u2019\u201c\u201d`'"), "Ida Bell", "62701")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("=A1&B1,Ida Bell", f"it has a formula instead of an account number; {REMEDY}"),
        (
            '"=TEXT(A2,""0000"")",Ida Bell',
            f"it has a formula instead of an account number; {REMEDY}",
        ),
        ("1003,5551234", "name: it has no letters: is it in another column?"),
        ("1003,2026-11-28", "name: it has no letters: is it in another column?"),
        ("1003,11/28/26", "name: it has no letters: is it in another column?"),
    ],
)
def test_what_names_no_account_and_no_customer(
    power: Biller, run: Import, row: str, reason: str
) -> None:
    said = run(f"{NAMES}{IDA}{row},62701\n{KIM}")
    assert names(power) == {"1001": "Ida Bell", "1002": "Kim Ray"}
    assert f"row 3 rejected: {reason}" in said


@pytest.mark.parametrize("name", ["7-11", "76", "1919", "24/7", "5.11", "360", "$84.20"])
def test_a_name_may_be_a_number_and_that_is_told(power: Biller, run: Import, name: str) -> None:
    said = run(f"{NAMES}{IDA}1003,{name},62701\n")
    assert names(power) == {"1001": "Ida Bell", "1003": name}
    assert "name: it has no letters; if it isn't the name, choose another column" in said
    assert "no letters" not in run(f"{NAMES}{IDA}1003,{name},62701\n")  # told once


@pytest.mark.parametrize("mark", ["'", "\u2019", "\u2018", "`", "\u00b4"])
@pytest.mark.parametrize("number", ["11/28/2026", "12-Mar", "3:12"])
def test_a_number_marked_as_text_has_not_become_a_date(
    power: Biller, run: Import, mark: str, number: str
) -> None:
    run(f"{NAMES}{mark}{number},Ida Bell,62701\n")
    assert names(power) == {number: "Ida Bell"}


@pytest.mark.parametrize("cell", ['"=""0012"""', '"= ""0012"""', "\u201c0012\u201d"])
def test_a_formula_that_is_only_text_is_the_number(power: Biller, run: Import, cell: str) -> None:
    run(f"{NAMES}{cell},Ida Bell,62701\n")
    assert names(power) == {"0012": "Ida Bell"}


def test_a_name_of_any_script_has_letters(power: Biller, run: Import) -> None:
    run(f"{NAMES}1003,\u738b\u5c0f\u660e,62701\n1004,3M,62701\n")
    assert names(power) == {"1003": "\u738b\u5c0f\u660e", "1004": "3M"}


@pytest.mark.parametrize("name", ["MU?OZ JOSE", "MU¿OZ JOSE", "MU\ufffdOZ JOSE"])
def test_a_letter_that_a_database_lost_is_told(power: Biller, run: Import, name: str) -> None:
    assert "a letter was lost before the file was made" in run(f"{NAMES}1001,{name},62701\n")
    assert names(power) == {"1001": name}


@pytest.mark.parametrize("name", ["SMITH? JOHN", "?ROSS ANN", "¿ROSS ANN", "UNIT 4?B LLC"])
def test_a_mark_that_is_not_between_letters_is_none_lost(run: Import, name: str) -> None:
    assert "a letter was lost" not in run(f"{NAMES}1001,{name},62701\n")


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
