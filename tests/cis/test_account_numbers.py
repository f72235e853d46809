"""Account numbers that a spreadsheet or another program wrote differently: no second account."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from cis.models import AccountImport
from cis.rows import known_accounts
from cis.rows.columns import kept_as_text
from icsso.billers.models import Biller
from tests.cis.test_import_page import Upload, text, upload  # noqa: F401

HEADER = "account_number,name,address,zip\n"
Import = Callable[..., AccountImport]


@pytest.fixture
def run(power: Biller, tmp_path: Path) -> Import:
    def run(*lines: str, full: bool = False) -> AccountImport:
        file = tmp_path / "cis.csv"
        file.write_text(HEADER + "".join(f"{line}\n" for line in lines))
        options = ["--full", "--close-anyway"] if full else []
        call_command("import_accounts", str(file), "--biller", power.slug, *options)
        return AccountImport.objects.latest("pk")

    return run


def known(biller: Biller) -> dict[str, str]:
    return dict(biller.accounts.values_list("account_number", "name"))


def test_zeros_and_dashes_lost_in_a_spreadsheet_change_the_account_that_fits(
    power: Biller, run: Import
) -> None:
    run("0000077,Ann Burns,,", "12-34,Bob Burns,,")
    pks = set(power.accounts.values_list("pk", flat=True))
    again = run("77,Ann Burns-Lee,,", "1234,Bob Burns,,")
    assert (again.created, again.changed, again.unchanged, again.rejected) == (0, 1, 1, 0)
    assert known(power) == {"0000077": "Ann Burns-Lee", "12-34": "Bob Burns"}
    assert set(power.accounts.values_list("pk", flat=True)) == pks


def test_zeros_that_come_back_are_restored(power: Biller, run: Import) -> None:
    run("77,Ann Burns,,", "1234,Bob Burns,,")
    pks = set(power.accounts.values_list("pk", flat=True))
    again = run("0000077,Ann Burns,,", "12-34,Bob Burns,9 Elm,")
    assert (again.created, again.changed) == (0, 2)
    assert known(power) == {"0000077": "Ann Burns", "12-34": "Bob Burns"}
    assert set(power.accounts.values_list("pk", flat=True)) == pks
    assert run("0000077,Ann Burns,,", "12-34,Bob Burns,9 Elm,").unchanged == 2


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("lines", [("77,Tom,,", "0077,Ann,,"), ("0077,Ann,,", "77,Tom,,")])
def test_numbers_that_one_file_has_with_and_without_zeros_are_two_accounts(
    power: Biller, run: Import, monkeypatch: pytest.MonkeyPatch, lines: list[str], batch: int
) -> None:
    monkeypatch.setattr(known_accounts, "BATCH", batch)
    run("0077,Ann,,")
    run("5,Other,,", *lines, "6,Other,,")
    assert known(power) == {"5": "Other", "6": "Other", "0077": "Ann", "77": "Tom"}


@pytest.mark.parametrize("batch", [1, 1000])
def test_an_account_that_is_known_by_no_such_number_changes_once(
    power: Biller, run: Import, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(known_accounts, "BATCH", batch)
    run("0077,Ann,,")
    again = run("77,Ann,9 Elm,", "077,Ann,,", "77,Ann,,")
    assert (again.created, again.changed, again.rejected) == (0, 1, 2)
    assert known(power) == {"0077": "Ann"}


OTHER_ACCOUNT = "the portal has the account {}, which may be this one or another"


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize(
    ("before", "row", "other"),
    [
        ("1-11", "11-1", "Bob Ray"),
        ("007", "7", "Bob Ray"),
        ("7", "007", "Bob Ray"),
        ("12-34", "1234", "Bob Ray"),
        ("12-34", "12 34", "Bob Ray"),
        ("1-11", "11-1", "Ann Lee"),  # a landlord with two accounts
        ("001-234", "123-4", "Ann Lee"),
    ],
)
def test_an_account_never_becomes_that_of_a_customer_with_a_similar_number(
    power: Biller,
    run: Import,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    batch: int,
    before: str,
    row: str,
    other: str,
) -> None:
    monkeypatch.setattr(known_accounts, "BATCH", batch)
    run(f"{before},Ann Lee,1 Elm,")
    done = run("5,Kim,,", f"{row},{other},,")
    assert (done.created, done.changed, done.rejected) == (1, 0, 1)
    assert known(power) == {"5": "Kim", before: "Ann Lee"}
    assert f"row 3 rejected: {OTHER_ACCOUNT.format(before)}" in capsys.readouterr().out
    run(f"{row},{other},,", f"{before},Ann Lee,,")  # as the message says
    assert known(power) == {"5": "Kim", before: "Ann Lee", row: other}


@pytest.mark.parametrize("batch", [1, 1000])
def test_a_row_that_is_refused_keeps_no_other_spelling_from_its_account(
    power: Biller, run: Import, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(known_accounts, "BATCH", batch)
    run("0077,Ann Lee,,")
    done = run("77,Tom,,", "077,Ann Lee,9 Elm,")
    assert (done.changed, done.rejected) == (1, 1)
    assert power.accounts.get().address == "9 Elm"


@pytest.mark.parametrize("line", ["Ann Burns\nc/o Bell Trust,0077\n", "Ann,0077\n"])
def test_half_a_row_keeps_another_spelling_from_its_account(
    power: Biller, run: Import, tmp_path: Path, line: str
) -> None:
    run("0077,Ann,,")
    file = tmp_path / "half.csv"
    file.write_text(f"name,account_number\nTom,77\n{line}")
    call_command("import_accounts", str(file), "--biller", power.slug)
    assert known(power) == {"0077": "Ann", "77": "Tom"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_looking_for_another_spelling_loses_no_row(
    power: Biller, run: Import, tmp_path: Path, kind: str
) -> None:
    """The file is read to its end while a batch is compared, and then on from where it was."""
    run("0077,Ann,,")
    rows = [["account_number", "name"], ["77", "Ann"]]
    rows += [[str(number), f"Name {number}"] for number in range(10_000, 13_000)]
    file = tmp_path / f"long.{kind}"
    if kind == "csv":
        file.write_text("".join(f"{','.join(row)}\n" for row in rows))
    else:
        workbook = Workbook()
        for row in rows:
            workbook.active.append(row)
        workbook.save(file)
    call_command("import_accounts", str(file), "--biller", power.slug)
    done = AccountImport.objects.latest("pk")
    assert (done.created, done.unchanged, done.rejected) == (3_000, 1, 0)
    assert known(power).keys() == {"0077", *map(str, range(10_000, 13_000))}


def test_where_two_accounts_fit_the_number_is_a_new_one(power: Biller, run: Import) -> None:
    run("0077,Ann,,", "00077,Tom,,")
    assert run("77,Eve,,").created == 1
    assert known(power) == {"0077": "Ann", "00077": "Tom", "77": "Eve"}


def test_another_billers_account_is_not_taken(power: Biller, run: Import, biller: Biller) -> None:
    run("10000102,Ann,,")
    assert biller.accounts.get(account_number="10000102").name == "Ana Torres"
    assert run("0010000103,Tom,,").created == 1


def test_a_complete_file_without_zeros_closes_nothing(power: Biller, run: Import) -> None:
    run("0077,Ann,,", "12-34,Bob,,", "99,Gone,,")
    done = run("77,Ann,,", "1234,Bob,,", full=True)
    assert done.closed == 1
    assert power.accounts.get(account_number="99").closed_at
    assert not power.accounts.get(account_number="0077").closed_at


def test_the_preview_says_which_numbers_are_written_differently(
    upload: Upload,  # noqa: F811
    biller: Biller,
) -> None:
    biller.accounts.create(account_number="0000077009", name="Sara Winthrop")
    shown = text(upload("account_number,name\n77009,Sara Winthrop\n"))
    assert "Account numbers written differently (1)" in shown
    row = '<th scope="row">2</th><td>77009</td><td>0000077009</td>'
    assert row in shown
    assert "<strong>0</strong> new" in shown
    assert "<strong>1</strong> unchanged" in shown


DATES = [
    "3/12/2026",
    "03/12/2026 0:00",
    "31/12/2026",
    "12.3.2026",
    "2026-03-12",
    "2026-03-12 00:00:00",
]
DATES += ["12-Mar", "12-Mar-26", "Mar-12", "3:12", "03:12:00 AM"]


@pytest.mark.parametrize("number", DATES)
def test_a_date_is_no_account_number_unless_marked_as_text(
    power: Biller, run: Import, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    assert (run(f"{number},Ann,,").rejected, known(power)) == (1, {})
    assert "changed the account number into a date" in capsys.readouterr().out
    assert kept_as_text(number) == number
    run(f"'{number},Ann,,")
    assert known(power) == {number: "Ann"}


@pytest.mark.parametrize("number", ["12-34", "2026-13-12", "12-3456-00", "3/14/15", "2026-0312"])
def test_what_can_be_no_date_is_an_account_number(power: Biller, run: Import, number: str) -> None:
    run(f"{number},Ann,,")
    assert known(power) == {number: "Ann"}


@pytest.mark.parametrize("format", ["mm-yy", "m/d", "d-mmm", "yyyy-mm-dd"])
def test_a_date_in_a_spreadsheet_is_no_account_number(
    power: Biller, tmp_path: Path, format: str
) -> None:
    workbook = Workbook()
    workbook.active.append(["account_number", "name"])
    workbook.active.append([date(2026, 3, 12), "Ann"])
    workbook.active["A2"].number_format = format
    workbook.save(file := tmp_path / "dates.xlsx")
    call_command("import_accounts", str(file), "--biller", power.slug)
    assert known(power) == {}
