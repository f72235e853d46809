"""The column that says up to which day the CIS has posted an account's payments."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from backoffice.tables.files import opened
from backoffice.tables.mapping import find_columns
from cis.models import AccountImport
from cis.preview import preview
from cis.rows.columns import ACCOUNTS
from icsso.billers.models import Biller


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


def imported(file: Path, day: str, *, column: str = "Posted Through") -> AccountImport:
    file.write_text(f"Account No,Name,{column}\n777,Ann Burns,{day}\n")
    call_command("import_accounts", str(file), "--biller", "shelbyville-power", verbosity=0)
    run = AccountImport.objects.order_by("pk").last()
    assert run
    return run


@pytest.mark.parametrize(
    "written",
    ["2026-11-20", "11/20/2026", "11/20/26", "20-Nov-2026", "20261120", "11/20/2026 0:00"],
)
def test_a_day_as_programs_write_it(power: Biller, file: Path, written: str) -> None:
    run = imported(file, written)
    assert (run.created, run.warnings) == (1, "")
    assert power.accounts.get().posted_through == date(2026, 11, 20)
    assert imported(file, written).unchanged == 1


@pytest.mark.parametrize(
    "column", ["posted_through", "Last Posted", "PAYMENTS POSTED THRU", "Last Post Date"]
)
def test_usual_names_of_the_column(power: Biller, file: Path, column: str) -> None:
    imported(file, "2026-11-20", column=column)
    assert power.accounts.get().posted_through == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "cause"),
    [
        ("soon", "not a date"),
        ("13/45/2026", "not a date"),
        ("20261345", "not a date"),
        ("0001-01-01", "the cell says that there is none"),
        ("n/a", "the cell says that there is none"),
        ("#REF!", "a spreadsheet error"),
        # Named, since workers that collect before and after midnight must find the same tests.
        pytest.param(
            (timezone.localdate() + timedelta(days=3)).isoformat(),
            "a date in the future",
            id="in 3 days",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_the_account_is_imported(
    power: Biller, file: Path, written: str, cause: str
) -> None:
    run = imported(file, written)
    assert (run.created, run.rejected, run.warned) == (1, 0, 1)
    assert f"posted_through: {cause}" in run.warnings
    assert power.accounts.get().posted_through is None


@pytest.mark.parametrize("written", ["soon", "#REF!", "2999-01-01"])
def test_what_cannot_be_read_keeps_the_day_that_is_known(
    power: Biller, file: Path, written: str
) -> None:
    imported(file, "2026-11-20")
    run = imported(file, written)
    assert (run.unchanged, run.warned) == (1, 1)
    assert "posted_through: not a date that can be used; left as it was" in run.warnings
    assert power.accounts.get().posted_through == date(2026, 11, 20)


def test_an_earlier_day_is_taken_and_said(power: Biller, file: Path) -> None:
    imported(file, "2026-11-20")
    run = imported(file, "2026-11-19")
    assert (run.changed, run.warned) == (1, 1)
    assert "posted_through: earlier than the known date; the earlier date was used" in run.warnings
    assert power.accounts.get().posted_through == date(2026, 11, 19)


def test_a_file_without_the_column_leaves_the_day_as_it_is(power: Biller, file: Path) -> None:
    imported(file, "2026-11-20")
    file.write_text("Account No,Name\n777,Ann Burns-Lee\n")
    call_command("import_accounts", str(file), "--biller", "shelbyville-power", verbosity=0)
    account = power.accounts.get()
    assert (account.name, account.posted_through) == ("Ann Burns-Lee", date(2026, 11, 20))


def test_the_preview_shows_both_days(power: Biller, file: Path) -> None:
    imported(file, "2026-11-20")
    file.write_text("Account No,Name,Posted Through\n777,Ann Burns,11/21/2026\n")
    with opened(file) as table:
        columns = find_columns(table, ACCOUNTS, {})
        [changed] = preview(table, power, columns, is_full=False).first_changed
    [difference] = changed.differences
    assert (difference.old, difference.new) == ("2026-11-20", "2026-11-21")
