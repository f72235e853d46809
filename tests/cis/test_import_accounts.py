"""manage.py import_accounts: what the CIS knows comes in from a CSV file."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import UtilityAccount
from backoffice.tables.files import opened
from cis.importer import import_accounts
from cis.models import AccountImport
from icsso.billers.models import Biller
from tests.imports import growth, imported

HEADER = "account_number,name,address,city,state,zip,email,phone\n"
ANN = "777,Ann Burns,1 Elm Street,Shelbyville,IL,62565,ann@example.com,217-555-0177\n"
BOB = "778,Bob Burns,2 Elm Street,Shelbyville,IL,62565,,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


def test_accounts_come_and_it_says_how_many(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    said = imported(file)
    assert said == "Shelbyville Power: 2 new, 0 changed, 0 unchanged, 0 closed, 0 rejected.\n"
    ann = power.accounts.get(account_number="777")
    assert (ann.name, ann.address, ann.city) == ("Ann Burns", "1 Elm Street", "Shelbyville")
    assert (ann.state, ann.zip, ann.email) == ("IL", "62565", "ann@example.com")
    assert ann.phone == "217-555-0177"


def test_the_same_file_again_changes_nothing(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    imported(file)
    before = list(power.accounts.values())
    with CaptureQueriesContext(connection) as queries:
        assert "0 new, 0 changed, 2 unchanged, 0 closed, 0 rejected" in imported(file)
    assert list(power.accounts.values()) == before
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE"))]
    assert not [sql for sql in written if "accounts_utilityaccount" in sql]


def test_what_changed_is_changed_and_keeps_its_identity(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    imported(file)
    guid = uuid4()
    ann = power.accounts.get(account_number="777")
    ann.learn_guid(guid)
    file.write_text(HEADER + ANN.replace("1 Elm", "9 Oak").replace("Ann Burns", "Ánn Burns") + BOB)
    assert "0 new, 1 changed, 1 unchanged" in imported(file)
    again = power.accounts.get(account_number="777")
    assert (again.pk, again.address, again.customer_guid) == (ann.pk, "9 Oak Street", guid)
    assert (again.name, again.name_key) == ("Ánn Burns", "ann burns")


def test_columns_in_any_order_and_case_with_a_byte_order_mark(power: Biller, file: Path) -> None:
    file.write_bytes("\ufeffNAME,Zip, Account Number,rate\r\nJosé Núñez,62565,779,A\r\n".encode())
    assert "1 new" in imported(file)
    account = power.accounts.get()
    assert (account.account_number, account.name, account.zip) == ("779", "José Núñez", "62565")


def test_a_column_that_the_file_lacks_is_left_alone(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN)
    imported(file)
    file.write_text("account_number,name\n777,Anne Burns\n")
    assert "1 changed" in imported(file)
    account = power.accounts.get()
    assert (account.name, account.email) == ("Anne Burns", "ann@example.com")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("780,Carl Bell<br>Ida Bell,,,,,,", "Carl Bell Ida Bell"),
        ("780,<b>Carl</b> <font color=red>Bell</font> &lt;i&gt;Jr,,,,,,", "Carl Bell Jr"),
        ("780,Carl <i b@x.us> Bell,,,,,,", "Carl <i b@x.us> Bell"),
        ("780,CORP\\nancy Bell,,,,,,", "CORP\\nancy Bell"),
    ],
)
def test_a_name_comes_as_it_is_meant(power: Biller, file: Path, line: str, name: str) -> None:
    file.write_text(f"{HEADER}{line}\n")
    imported(file)
    assert power.accounts.get().name == name


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",No Number,,,,,,", "account_number: This field cannot be blank."),
        ("780,,,,,,,", "name: This field cannot be blank."),
        (f"{'7' * 51},Carl,,,,,,", "account_number: Ensure this value has at most 50"),
        ("Total,1 account,,,,,,", "its account number has no digits"),
        ("Total: 2,in all,,,,,,", "it is a line of totals"),
        ("2,TRAILER,20261128,,,,,", "it is a line of totals"),
        ("ACCOUNT NO.,NAME,,,,,,", "its account number has no digits"),
        ("780.0,Carl,,,,,,", "a program changed the account number into a decimal number"),
        ('"7,8E+12",Carl,,,,,,', "a spreadsheet program rounded the account number"),
        ("780,Carl,1 Elm", "it has 3 columns, but the first row has 8"),
        ("780,Carl,1 Elm,,,,,,,x", "it has 10 columns, but the first row has 8"),
        ('780,"Carl,1 Elm,,,,,', "it can't be read as CSV"),
        ("780,Ca\x00rl,,,,,,", "it contains unprintable characters"),
        ("7\x0080,Carl,,,,,,", "it contains unprintable characters"),
        ("7.8E+12,Carl,,,,,,", "a spreadsheet program rounded the account number"),
        (ANN.strip(), "an earlier row has the same account number"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_reason_and_stops_nothing(
    power: Biller, file: Path, line: str, reason: str
) -> None:
    file.write_text(f"{HEADER}{ANN}{line}\n\n{BOB}")
    said = imported(file)
    assert f"row 3 rejected: {reason}" in said
    assert "2 new, 0 changed, 0 unchanged, 0 closed, 1 rejected" in said
    assert "Carl" not in said
    assert set(power.accounts.values_list("account_number", flat=True)) == {"777", "778"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((HEADER + ANN + "780,Núñez,,,,,,\n").encode("latin-1"), "in UTF-8"),
        (b"", "must contain the column names"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "an old Excel file"),
        (b"PK\x03\x04" + b"\0" * 500, "be read as a spreadsheet"),
        ((HEADER + ANN + "7" * 70_000).encode(), "A line in this file is too long"),
        (b"number,name\n777,Ann\n", "must contain the column names"),
        (b"account_number,name,Name\n777,Ann,Bob\n", "repeats a column name"),
    ],
)
def test_a_file_that_cannot_be_read_is_taken_not_even_in_part(
    power: Biller, file: Path, content: bytes, reason: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        imported(file)
    assert power.accounts.count() == 0


def test_a_file_that_is_not_there_and_an_unknown_biller_are_named(
    power: Biller, file: Path
) -> None:
    with pytest.raises(CommandError, match="The file can't be read: No such file"):
        imported(file)
    with pytest.raises(CommandError, match=r"no biller atlantis \(known: shelbyville-power\)"):
        call_command("import_accounts", file, biller="atlantis", stdout=StringIO())


def test_another_billers_account_of_the_same_number_is_not_touched(
    power: Biller, biller: Biller, file: Path
) -> None:
    file.write_text(HEADER + ANN.replace("777", "10000101"))
    assert "1 new" in imported(file)
    assert biller.accounts.get(account_number="10000101").name == "Willows Laundry"
    assert UtilityAccount.objects.filter(account_number="10000101").count() == 2


def test_many_accounts_come_in_batches_of_few_statements(power: Biller, file: Path) -> None:
    lines = (f"{n:08},Name {n},{n} Elm Street,Town,IL,62565,,\n" for n in range(5_000))
    file.write_text(HEADER + "".join(lines))
    with CaptureQueriesContext(connection) as queries:
        assert "5000 new" in imported(file)
    # Five batches; SQLite takes 999 values a statement, and an account has 15.
    assert len(queries) <= 99


def test_four_times_the_file_does_not_take_four_times_the_memory(power: Biller, file: Path) -> None:
    # What grows is a bit for each account; a set of their numbers would take 100 bytes for each.
    def content(lines: int) -> str:
        return "account_number,name\n" + "".join(f"{n:08},Name {n}\n" for n in range(lines))

    assert any(growth(power, file, content, to=8_000) < 5_000 * 60 for _try in range(2))
    assert power.accounts.count() == 8_000


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_told_from_the_first_line(
    power: Biller, file: Path, delimiter: str
) -> None:
    lines = (["account_number", "name", "city"], ["777", '"Burns; Ann, and Bob"', "Ogdenville"])
    file.write_text("".join(delimiter.join(line) + "\n" for line in lines))
    assert "1 new" in imported(file)
    account = power.accounts.get()
    assert (account.name, account.city) == ("Burns; Ann, and Bob", "Ogdenville")


def test_refused_lines_come_back_as_a_file_that_can_be_mended_and_imported(
    power: Biller, file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "refused.csv"
    file.write_text(
        HEADER + ANN + '7.8e+12,=cmd(),"1 ""Elm"" Street; =A1",,,,,+1 217 555\n781,"Carl\n'
    )
    said = imported(file, refused=out)
    assert "line 3" not in said
    assert "1 new, 0 changed, 0 unchanged, 0 closed, 2 rejected" in said
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["line", "reason", *HEADER.strip().split(",")]
    assert rows[1][:3] == ["3", "a spreadsheet program rounded the account number", "7.8e+12"]
    assert rows[1][3:5] == ["'=cmd()", '1 "Elm" Street;\' =A1']
    assert rows[1][9] == "'+1 217 555"
    assert rows[2][0::2] == ["4", '781,"Carl']
    out.write_text(out.read_text("utf-8-sig").replace("7.8e+12", "780"))
    assert "1 new" in imported(out)
    carl = power.accounts.get(account_number="780")
    assert (carl.name, carl.phone) == ("=cmd()", "+1 217 555")
    assert carl.address == '1 "Elm" Street; =A1'


def test_a_place_for_refused_lines_that_does_not_exist_is_named(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN)
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        imported(file, refused=file.parent / "nowhere" / "refused.csv")
    assert power.accounts.count() == 0


def test_a_number_that_comes_again_batches_later_is_refused(power: Biller, file: Path) -> None:
    lines = (f"{n:08},Name,,,,,,\n" for n in range(2_500))
    file.write_text(HEADER + "".join(lines) + "00000000,Other,,,,,,\n00002400,Other,,,,,,\n")
    said = imported(file)
    assert "row 2502 rejected: an earlier row has the same account number" in said
    assert "2500 new, 0 changed, 0 unchanged, 0 closed, 2 rejected" in said
    assert "0 new, 0 changed, 2500 unchanged, 0 closed, 2 rejected" in imported(file)


def test_an_import_that_breaks_off_leaves_whole_batches_and_the_next_one_completes_it(
    power: Biller, file: Path
) -> None:
    """The file becomes unreadable on the way, as when its disk goes away."""
    lines = [f"{n:08},Name,,,,,,\n" for n in range(2_500)]
    file.write_text(HEADER + "".join(lines))
    with opened(file) as table, pytest.raises(OSError, match="gone"):
        import_accounts(table, AccountImport(biller=power), reject=print, report=_break_at(power))
    assert power.accounts.count() == 2_000
    assert power.account_imports.get().ended_at is None
    assert "500 new, 0 changed, 2000 unchanged, 0 closed, 0 rejected" in imported(file)
    assert power.account_imports.first().ended_at


def _break_at(biller: Biller) -> Callable[[], None]:
    def tell() -> None:
        if biller.accounts.count() == 2_000:
            raise OSError("the disk is gone")

    return tell


def test_the_progress_is_drawn_for_who_watches_and_not_into_a_log(
    power: Biller, file: Path
) -> None:
    file.write_text(HEADER + ANN)
    screen, log = Screen(), StringIO()
    for told in (screen, log):
        call_command("import_accounts", file, biller=power.slug, stdout=StringIO(), stderr=told)
    assert f"[{'#' * 40}] 100%, 1 rows" in screen.getvalue()
    assert log.getvalue() == ""


class Screen(StringIO):
    def isatty(self) -> bool:
        return True
