"""Two faults in one line: they must not make up for each other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from icsso.billers.models import Biller

HEADER = "account_number,name,address,city,state,zip,email,phone"
SOUND = "1001,Ida Bell,1 A St,Town,IL,62701,,{spare}\n1003,Kim Ray,3 A St,Town,IL,62701,,{spare}\n"
Import = Callable[[str], str]


@pytest.fixture
def run(power: Biller, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    def run(text: str, *options: str) -> str:
        file = tmp_path / "cis.csv"
        file.write_text(text)
        call_command("import_accounts", str(file), "--biller", power.slug, *options)
        return capsys.readouterr().out

    return run


def numbers(biller: Biller) -> set[str]:
    return set(biller.accounts.values_list("account_number", flat=True))


@pytest.mark.parametrize("header", [HEADER, f"{HEADER},,,"])
@pytest.mark.parametrize(
    "line",
    [
        "1002,BELL, IDA,1 A St,Town,IL,62701,,,,,",
        "1002,BELL,IDA,1 A St,Town,IL,62701,,,,,",
        "1002,BELL,IDA,1 A St,Town,IL,62701,,,,",  # and one empty cell too few
        "1002,BELL,IDA,1 A St,Town,IL,62701,",  # and no empty cells at all
        "1002,Ida Bell,1 A St,Apt 4,Town,IL,62701,",
        "1002,Ida Bell,1 A St,Apt 4,Town,,62701,",
    ],
)
def test_a_comma_in_a_name_beside_empty_cells_is_refused(
    power: Biller, run: Import, header: str, line: str
) -> None:
    said = run(f"{header}\n{SOUND.format(spare=',,,')}{line}\n")
    assert numbers(power) == {"1001", "1003"}
    assert "row 4 rejected: it" in said or "row 4 rejected: the" in said


@pytest.mark.parametrize("comma", [", ", ","])
def test_commas_in_all_names_are_refused(power: Biller, run: Import, comma: str) -> None:
    lines = "".join(f"{n},BELL{comma}IDA,1 A St,Town,IL,62701,,\n" for n in range(1001, 1010))
    assert "9 rejected" in run(f"{HEADER}\n{lines}")


def test_empty_cells_after_each_line_still_mean_nothing(power: Biller, run: Import) -> None:
    run(f"{HEADER}\n{SOUND.format(spare=',')}1002,Lee,2 A St,Town,IL,62701,,\n")
    assert numbers(power) == {"1001", "1002", "1003"}


IDA = "1 A St,Town,IL,62701,,"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f'1001,"Ida Bell,{IDA}', f'1002,Lee 2,APT 5",{IDA}'),
        (f'1001,"Ida Bell,{IDA}', f'1002,Lee 2",{IDA}'),
        (f'1001,Ida,"{IDA}', '1002,Lee,2 B St",Town,IL,62701,,'),
        ('1001,Ida,1 A St,Town,IL,62701,,"217', '1002,Lee,2 B St,Town,IL,62701,,217"'),
        (f'"1001,Ida,{IDA}', f'1002",Lee,{IDA}'),
    ],
)
@pytest.mark.parametrize("between", [[], ["1005,Bo,5 A St,Town,IL,62701,,"]])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_unclosed_quotation_mark_that_a_later_line_closes(
    power: Biller, run: Import, *, first: str, second: str, between: list[str], end: str
) -> None:
    for number in ("1001", "1002", "1004", "1005"):
        power.accounts.create(account_number=number, name="BEFORE")
    lines = [HEADER, first, *between, second, "1003,Kim,3 A St,Town,IL,62701,,", ""]
    said = run(end.join(lines), "--full", "--close-anyway")
    names = dict(power.accounts.filter(closed_at=None).values_list("account_number", "name"))
    bo = "Bo" if between else "BEFORE"
    assert names.pop("1005", "BEFORE") == bo
    assert names == {"1001": "BEFORE", "1002": "BEFORE", "1003": "Kim"}
    assert "row 2 rejected: it" in said
    assert f"row {3 + len(between)} rejected: it may belong to the line above" in said


def test_an_unclosed_quotation_mark_that_a_cell_of_several_lines_closes(
    power: Biller, run: Import
) -> None:
    said = run(f'{HEADER}\n1001,"Ida Bell,{IDA}\n1002,""Lee\nc/o Kim",{IDA}\n1003,Bo,{IDA}\n')
    assert numbers(power) == {"1003"}
    assert all(f"row {row} rejected" in said for row in (2, 3, 4))


def test_several_lines_in_quotation_marks_come_whole(power: Biller, run: Import) -> None:
    run(
        'name,account_number,zip,address\n"Ochoa, Mary\nc/o Bell, Ida",1001,62701,"1 A St, Apt 4\n'
        'Town, IL"\n'
    )
    account = power.accounts.get()
    assert (account.name, account.address) == (
        "Ochoa, Mary c/o Bell, Ida",
        "1 A St, Apt 4 Town, IL",
    )


def test_two_bad_cells_of_a_spreadsheet_are_each_named(
    power: Biller, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """openpyxl writes a formula without its value."""
    workbook = Workbook()
    for row in (
        ["account_number", "name", "zip", "email", "phone"],
        ["1001", "Ida", "=B2", "#N/A", None],
        ["1002", "Bo", 62701, None, "=1+1"],
        ["1003", "=B2", 62701, None, None],
        ["=A2", "Kim", 62701, None, None],
        [1234567890123456, "Lee", 62701, None, None],
    ):
        workbook.active.append(row)
    workbook.active["D2"].data_type = "e"
    workbook.save(file := tmp_path / "cis.xlsx")
    call_command("import_accounts", str(file), "--biller", power.slug)
    said = capsys.readouterr().out
    assert dict(power.accounts.values_list("account_number", "zip")) == {
        "1001": "",
        "1002": "62701",
    }
    assert "zip: it has a formula without a value" in said
    assert "phone: it has a formula without a value" in said
    assert "email: it has a formula with an error (#N/A)" in said
    for number in (4, 5):
        assert f"row {number} rejected: it has a formula without a value" in said
    assert "row 6 rejected: a spreadsheet program rounded the account number" in said
