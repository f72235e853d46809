"""Lists as people have them: kept as they came but for card numbers, or refused with the reason."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import UtilityAccount
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation import forms
from payments.reconciliation import importing as taking
from payments.reconciliation.reading.columns import guess_columns
from payments.reconciliation.reading.parsing import Reader
from tests.cast import Cast
from tests.payments.reconciliation.lists import (
    HEADER,
    csv_file,
    finance,
    line_of,
    matched,
    on,
    outcomes,
    paid,
    strange,
    taken,
)

CASES = Path(__file__).parents[3] / "cases" / "payments"
LIST = "/admin/payments/reconciliation/"
CARD = "4111 1111 1111 1111"


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def upload(client: Client, cast: Cast, content: bytes, **entered: Any) -> HttpResponse:
    days = {"first_day": "2025-11-01", "last_day": "2025-11-30"}
    file = SimpleUploadedFile("list", content)
    return client.post(f"{LIST}add/", {"biller": cast.biller.pk, "file": file} | days | entered)


def xlsx(*rows: list[Any]) -> bytes:
    book, file = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(file)
    return file.getvalue()


def test_a_spreadsheet_is_read_as_a_csv_file_is(operator: Client, cast: Cast) -> None:
    payment = paid(cast, "10000101", "1234.50")
    said = line_of(payment, Date_Paid="")
    row: list[Any] = [said[name] for name in HEADER]
    row[HEADER.index("Account Number")] = 10000101
    row[HEADER.index("Amount")] = 1234.5
    row[HEADER.index("Date Paid")] = on().replace(tzinfo=None)
    upload(operator, cast, xlsx(list(HEADER), row))
    made = Reconciliation.objects.get()
    operator.post(f"{LIST}{made.pk}/columns/", guess_columns(made.header))
    line = made.lines.get()
    assert (line.outcome, line.payment, line.paid_at) == ("matched", payment, on())


@pytest.mark.parametrize("column", ["Status", "Type", "Voided", "Memo"])
def test_a_line_with_an_unread_cell_is_not_taken_for_a_paid_one(
    operator: Client, cast: Cast, column: str
) -> None:
    one, other = ([*line_of(paid(cast, number)).values()] for number in ("10000101", "10000102"))
    rows: list[list[Any]] = [["Payments", "", "=A1"], [*HEADER, column], [*one, "=A1"], [*other]]
    upload(operator, cast, xlsx(*rows, ["Total", "", "", "=SUM(D3:D4)"]))
    made = Reconciliation.objects.get()
    operator.post(f"{LIST}{made.pk}/columns/", guess_columns(made.header))
    read = [("ambiguous", "status"), ("matched", ""), ("no-payment", "totals")]
    assert outcomes(made) == read


def test_of_several_sheets_with_lists_one_is_to_be_chosen(operator: Client, cast: Cast) -> None:
    book, file = Workbook(), BytesIO()
    for name in ("October", "November"):
        sheet = book.create_sheet(name)
        sheet.append(list(HEADER))
        sheet.append(list(strange(cast).values()))
    book.save(file)
    refused = upload(operator, cast, file.getvalue())
    assert "Besides the first one, there are: November." in refused.content.decode()
    assert not Reconciliation.objects.exists()
    upload(operator, cast, file.getvalue(), sheet="November")
    assert Reconciliation.objects.get().header == list(HEADER)


def test_the_name_of_a_sheet_says_what_the_list_contains(operator: Client, cast: Cast) -> None:
    book, file = Workbook(), BytesIO()
    book.active.title = "Chargebacks"
    book.active.append(HEADER)
    book.active.append(list(line_of(paid(cast)).values()))
    book.save(file)
    upload(operator, cast, file.getvalue())
    assert Reconciliation.objects.get().report == Reconciliation.Report.CHARGEBACKS


def test_hidden_rows_of_a_list_are_told(operator: Client, cast: Cast) -> None:
    (book := Workbook()).active.append(list(HEADER))
    book.active.append(list(strange(cast).values()))
    book.active.row_dimensions[2].hidden = True
    book.save(file := BytesIO())
    page = operator.get(upload(operator, cast, file.getvalue())["Location"])
    assert "Hidden rows that were read too: 1." in page.content.decode()


def test_the_days_of_a_mac_are_counted_from_its_own_epoch(operator: Client, cast: Cast) -> None:
    content = (CASES / "xlsx-1904" / "payments.xlsx").read_bytes()
    upload(operator, cast, content, first_day="2026-11-01", last_day="2026-11-30")
    made = Reconciliation.objects.get()
    facts = Reader(made, guess_columns(made.header)).read(made.lines.get().cells)
    assert timezone.localtime(facts["paid_at"]).isoformat(" ")[:19] == "2026-11-28 02:13:21"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_byte_order_mark(
    operator: Client, cast: Cast, delimiter: str
) -> None:
    content = csv_file(strange(cast)).replace(b",", delimiter.encode())
    upload(operator, cast, b"\xef\xbb\xbf" + content)
    assert Reconciliation.objects.get().header == list(HEADER)


def test_card_numbers_are_struck_out_and_own_account_numbers_stay(cast: Cast) -> None:
    own = "4000000000000002"
    UtilityAccount.objects.create(biller=cast.biller, account_number=own, name="Mei Chen")
    bare = "41111111111111110b8e3f6e6f0d4a57"  # a PaymentGUID, though a card number stands in it
    made = taken(
        cast.biller,
        strange(cast, Card_Type=f"Visa {CARD}", Account_Number=own, Payment_GUID=bare),
    )
    kept = str(made.lines.get().cells)
    assert "4111 1111 1111" not in kept
    assert "**** **** **** 1111" in kept
    assert own in kept
    assert bare in kept


def test_neither_in_column_names_nor_in_the_name_of_the_file(cast: Cast) -> None:
    content = csv_file(strange(cast)).replace(b"Card Type", CARD.encode())
    made = taking.import_list(
        BytesIO(content),
        name=f"{CARD}.csv",
        biller=cast.biller,
        days=(on().date(), on().date()),
        by=finance(cast.biller),
    )
    assert "4111" not in f"{made.header} {made.file_name}"


def test_columns_without_a_name_or_of_the_same_name_can_be_told_apart(cast: Cast) -> None:
    header = b"Account,,Account,Amount\n1,2,3,4\n"
    made = taking.import_list(
        BytesIO(header),
        name="x",
        biller=cast.biller,
        days=(on().date(), on().date()),
        by=finance(cast.biller),
    )
    assert made.header == ["Account (column A)", "(column B)", "Account (column C)", "Amount"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Amount": ""}, "amount"),
        ({"Amount": "0.00"}, "amount"),
        ({"Amount": "12345678901"}, "amount"),
        ({"Fee": "a lot"}, "fee"),
        ({"Payment_GUID": "84.20"}, "guid"),
        ({"Account_Number": ""}, "account"),
        ({"Account_Number": "1" * 51}, "account"),
        ({"Date_Paid": "yesterday"}, "date"),
        ({"Date_Paid": "2025-13-45"}, "date"),
        ({"Date_Paid": "11/10/9999"}, "date"),
        ({"Date_Paid": "99999.5"}, "date"),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_stops_no_other(
    cast: Cast, changes: dict[str, str], reason: str
) -> None:
    made = matched(cast.biller, strange(cast, **changes), strange(cast))
    assert outcomes(made) == [("unreadable", reason), ("missing-here", "")]


def test_a_broken_line_is_kept_as_it_is(operator: Client, cast: Cast) -> None:
    upload(operator, cast, csv_file(strange(cast)) + b'"left open,1,2\n1,2\n\n')
    made = Reconciliation.objects.get()
    operator.post(f"{LIST}{made.pk}/columns/", guess_columns(made.header))
    assert outcomes(made) == [("missing-here", ""), *[("unreadable", "columns")] * 2]
    assert made.lines.get(number=3).cells == ['"left open,1,2']


def bomb() -> bytes:
    """A kilobyte or two that unpack to a gigabyte."""
    file = BytesIO()
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(600):
            part.write(b" " * 1024**2)
    return file.getvalue()


BROKEN = {
    "nothing at all": b"",
    "only the names of columns": ",".join(HEADER).encode(),
    "latin-1": csv_file().replace(b"Fee", b"Geb\xfchr") + b"1,2\n",
    "utf-16": ",".join(HEADER).encode("utf-16"),
    "one endless line": b"a" * 200_000,
    "a thousand columns": b"a," * 1000 + b"\n1\n",
    "half a spreadsheet": xlsx(list(HEADER), ["1"])[:700],
    "a zip of something else": b"PK\x03\x04" + b"\x00" * 100,
    "an old spreadsheet": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_list_is_refused_in_words(
    operator: Client, cast: Cast, kind: str
) -> None:
    answer = upload(operator, cast, BROKEN[kind])
    assert answer.status_code == 200
    assert 'class="field-error"' in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_a_spreadsheet_that_unpacks_to_a_mountain_is_refused(operator: Client, cast: Cast) -> None:
    answer = upload(operator, cast, bomb())
    assert "too large" in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_what_is_too_large_says_what_to_do(
    operator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_LINES", 2)
    answer = upload(operator, cast, csv_file(*[strange(cast)] * 3))
    assert "more than 2 lines. Choose fewer days" in answer.content.decode()
    monkeypatch.setattr(forms.UploadForm, "MOST_BYTES", 100)
    answer = upload(operator, cast, csv_file(strange(cast)))
    assert "larger than 100\xa0bytes" in answer.content.decode()
    assert not ReconciliationLine.objects.exists()


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"first_day": "2025-12-01"}, "Choose a day on or after the first day, within a year."),
        ({"first_day": "2024-11-01"}, "Choose a day on or after the first day, within a year."),
        ({"first_day": "soon"}, "Enter a valid date."),
        ({"file": ""}, "This field is required."),
        ({"biller": "999"}, "Select a valid choice."),
    ],
)
def test_days_and_biller_must_be_right(
    operator: Client, cast: Cast, entered: dict[str, str], said: str
) -> None:
    answer = upload(operator, cast, csv_file(strange(cast)), **entered)
    assert said in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_ten_times_the_lines_do_not_take_ten_times_the_queries(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    known = [line_of(paid(cast, f"1000020{n}")) for n in range(1, 5)]
    lines = [strange(cast, Amount=f"{n}.00") for n in range(1, 1501)]
    matched(cast.biller, strange(cast, Amount="2000.00"))  # what a process asks only once
    # Most of them insert the lines: SQLite takes few a statement, fewer with each column of a line.
    # Each step of matching adds its own, one looks at all days first, and one locks the list.
    with django_assert_max_num_queries(147):
        made = matched(cast.biller, *known, *lines)
    assert made.lines.filter(outcome="matched").count() == 4
