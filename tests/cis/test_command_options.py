"""manage.py import_accounts: a file that isn't understood by itself, read as the options say."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from cis.models import AccountImport
from icsso.billers.models import Biller


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


def run(file: Path, *options: str) -> None:
    call_command("import_accounts", str(file), "--biller", "shelbyville-power", *options)


def names(biller: Biller) -> dict[str, str]:
    return dict(biller.accounts.values_list("account_number", "name"))


def test_columns_are_those_that_are_named(power: Biller, file: Path) -> None:
    file.write_text("Report\nRef,Name,Payer,Mail\n1001,Landlord,Ida,ida@example.com\n")
    options = ("--column", "account_number=Ref", "--column", "name=Payer", "--column", "email=Mail")
    run(file, *options)
    assert names(power) == {"1001": "Ida"}
    assert power.accounts.get().email == "ida@example.com"
    file.write_text("Ref,Name,Payer,Mail\n1001,Landlord,Ida Bell,\n")
    run(file)  # as the last file was
    assert names(power) == {"1001": "Ida Bell"}


def test_a_field_without_a_column_is_not_imported(power: Biller, file: Path) -> None:
    file.write_text("account_number,name,email\n1001,Ida,ida@example.com\n")
    run(file, "--column", "email=")
    assert power.accounts.get().email == ""
    with pytest.raises(CommandError, match="Not found: name"):
        run(file, "--column", "name=")


def test_one_of_two_columns_with_a_name_can_be_named(power: Biller, file: Path) -> None:
    file.write_text("account_number,name,name\n1001,Landlord,Ida\n")
    with pytest.raises(CommandError, match="twice"):
        run(file)
    run(file, "--column", "name=name (column C)")
    assert names(power) == {"1001": "Ida"}


def test_a_column_that_is_not_there_is_told(power: Biller, file: Path) -> None:
    file.write_text("account_number,name\n1001,Ida\n")
    with pytest.raises(CommandError, match=r"Not found: Payer.*Row 1 has: account_number, name"):
        run(file, "--column", "name=Payer")
    with pytest.raises(CommandError, match="with one of the fields account_number, name"):
        run(file, "--column", "surname=name")
    assert not AccountImport.objects.exists()


def test_the_header_row_and_the_delimiter_are_those_given(power: Biller, file: Path) -> None:
    file.write_text("account_number;name\nan example;only\naccount_number;name\n1001;Bell, Ida\n")
    run(file, "--header", "3", "--delimiter", "semicolon")
    assert names(power) == {"1001": "Bell, Ida"}
    with pytest.raises(CommandError, match="only one column"):
        run(file, "--delimiter", "tab")
    with pytest.raises(CommandError, match="no text in row 9"):
        run(file, "--header", "9")


def test_the_sheet_is_the_one_given(power: Biller, tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.append(["account_number", "name"])
    accounts = workbook.create_sheet("Accounts")
    accounts.append(["account_number", "name"])
    accounts.append(["1001", "Ida"])
    workbook.save(file := tmp_path / "cis.xlsx")
    run(file, "--sheet", "accounts")
    assert names(power) == {"1001": "Ida"}
    with pytest.raises(CommandError, match="has no sheet with the name"):
        run(file, "--sheet", "Customers")


def test_hidden_rows_are_told_by_the_preview_and_the_import(
    power: Biller, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Workbook()
    for row in (["account_number", "name", "meter"], ["1001", "Ida", "7"], ["1002", "Ana", "8"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(file)
    for options in (["--preview"], []):
        run(file, *options)
        lines = capsys.readouterr().out.splitlines()
        assert lines[:2] == ["Ignored columns: meter.", "Hidden rows that were read too: 1."]
        assert sum("Ignored" in line for line in lines) == 1
