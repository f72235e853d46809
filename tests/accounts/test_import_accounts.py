"""manage.py import_accounts: what the CIS knows comes in from a CSV file."""

import tracemalloc
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import UtilityAccount
from icsso.models import Biller
from tests.cast import other_biller

HEADER = "account_number,name,address,city,state,zip,email,phone\n"
ANN = "777,Ann Burns,1 Elm Street,Shelbyville,IL,62565,ann@example.com,217-555-0177\n"
BOB = "778,Bob Burns,2 Elm Street,Shelbyville,IL,62565,,\n"


@pytest.fixture
def power(db: None) -> Biller:
    return other_biller()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


def test_accounts_come_and_it_says_how_many(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    assert _run(file) == "Shelbyville Power: 2 came, 0 changed, 0 unchanged, 0 refused.\n"
    ann = power.accounts.get(account_number="777")
    assert (ann.name, ann.address, ann.city) == ("Ann Burns", "1 Elm Street", "Shelbyville")
    assert (ann.state, ann.zip, ann.email) == ("IL", "62565", "ann@example.com")
    assert ann.phone == "217-555-0177"


def test_the_same_file_again_changes_nothing(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    _run(file)
    before = list(power.accounts.values())
    with CaptureQueriesContext(connection) as queries:
        assert "0 came, 0 changed, 2 unchanged, 0 refused" in _run(file)
    assert list(power.accounts.values()) == before
    assert not [q for q in queries if q["sql"].startswith(("INSERT", "UPDATE"))]


def test_what_changed_is_changed_and_keeps_its_identity(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN + BOB)
    _run(file)
    guid = uuid4()
    ann = power.accounts.get(account_number="777")
    ann.learn_guid(guid)
    file.write_text(HEADER + ANN.replace("1 Elm", "9 Oak") + BOB)
    assert "0 came, 1 changed, 1 unchanged" in _run(file)
    again = power.accounts.get(account_number="777")
    assert (again.pk, again.address, again.customer_guid) == (ann.pk, "9 Oak Street", guid)


def test_columns_in_any_order_and_case_with_a_byte_order_mark(power: Biller, file: Path) -> None:
    file.write_bytes("\ufeffNAME,Zip, Account Number,rate\r\nJosé Núñez,62565,779,A\r\n".encode())
    assert "1 came" in _run(file)
    account = power.accounts.get()
    assert (account.account_number, account.name, account.zip) == ("779", "José Núñez", "62565")


def test_a_column_that_the_file_lacks_is_left_alone(power: Biller, file: Path) -> None:
    file.write_text(HEADER + ANN)
    _run(file)
    file.write_text("account_number,name\n777,Anne Burns\n")
    assert "1 changed" in _run(file)
    account = power.accounts.get()
    assert (account.name, account.email) == ("Anne Burns", "ann@example.com")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",No Number,,,,,,", "account_number: This field cannot be blank."),
        ("780,,,,,,,", "name: This field cannot be blank."),
        ("780,Carl,,,,,not-an-address,", "email: Enter a valid email address."),
        (f"{'7' * 51},Carl,,,,,,", "account_number: Ensure this value has at most 50"),
        ("780,Carl,,,,62701-12345,,", "zip: Ensure this value has at most 10"),
        ("780,Carl,1 Elm", "it has 3 columns, the first line has 8"),
        ("780,Carl,1 Elm,,,,,,,", "it has 10 columns, the first line has 8"),
        ('780,"Carl,1 Elm,,,,,', "it cannot be read as CSV"),
        ("780,Ca\x00rl,,,,,,", "it holds characters that cannot be printed"),
        ("7.8E+12,Carl,,,,,,", "a spreadsheet has rounded its account number"),
        (ANN.strip(), "its account number stands in an earlier line"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_reason_and_stops_nothing(
    power: Biller, file: Path, line: str, reason: str
) -> None:
    file.write_text(f"{HEADER}{ANN}{line}\n\n{BOB}")
    said = _run(file)
    assert f"line 3 refused: {reason}" in said
    assert "2 came, 0 changed, 0 unchanged, 1 refused" in said
    assert "Carl" not in said
    assert set(power.accounts.values_list("account_number", flat=True)) == {"777", "778"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((HEADER + ANN + "780,Núñez,,,,,,\n").encode("latin-1"), "not UTF-8"),
        ((HEADER + ANN).encode("utf-16"), "not UTF-8"),
        (b"", "must name the columns"),
        (b"account_number;name\n777;Ann\n", "must name the columns"),
        (b"number,name\n777,Ann\n", "must name the columns"),
        (b"account_number,name,Name\n777,Ann,Bob\n", "names a column twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_taken_not_even_in_part(
    power: Biller, file: Path, content: bytes, reason: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        _run(file)
    assert power.accounts.count() == 0


def test_a_file_that_is_not_there_and_an_unknown_biller_are_named(
    power: Biller, file: Path
) -> None:
    with pytest.raises(CommandError, match="The file cannot be read: No such file"):
        _run(file)
    with pytest.raises(CommandError, match=r"no biller atlantis \(known: shelbyville-power\)"):
        call_command("import_accounts", file, biller="atlantis", stdout=StringIO())


def test_another_billers_account_of_the_same_number_is_not_touched(
    power: Biller, biller: Biller, file: Path
) -> None:
    file.write_text(HEADER + ANN.replace("777", "10000101"))
    assert "1 came" in _run(file)
    assert biller.accounts.get(account_number="10000101").name == "Willows Laundry"
    assert UtilityAccount.objects.filter(account_number="10000101").count() == 2


def test_many_accounts_come_in_batches_of_few_statements(power: Biller, file: Path) -> None:
    lines = (f"{n:08},Name {n},{n} Elm Street,Town,IL,62565,,\n" for n in range(5_000))
    file.write_text(HEADER + "".join(lines))
    with CaptureQueriesContext(connection) as queries:
        assert "5000 came" in _run(file)
    assert len(queries) <= 80  # ten batches; SQLite takes 999 values a statement


def test_four_times_the_file_does_not_take_four_times_the_memory(power: Biller, file: Path) -> None:
    peaks = [_peak(file, lines) for lines in (2_000, 8_000)]
    assert power.accounts.count() == 8_000
    # What grows is the set of account numbers: about 100 bytes a line; a line takes 1,000.
    assert peaks[1] - peaks[0] < 6_000 * 250


def _peak(file: Path, lines: int) -> int:
    rows = (f"{n:08},Name {n},{'long ' * 20}Street,Town,IL,62565,,\n" for n in range(lines))
    file.write_text(HEADER + "".join(rows))
    tracemalloc.start()
    _run(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _run(file: Path) -> str:
    said = StringIO()
    call_command("import_accounts", file, biller="shelbyville-power", stdout=said)
    return said.getvalue()
