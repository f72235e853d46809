"""Which row and which columns of a list: found, or chosen on the page that account files have."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook

from payments.models.reconciliation import Reconciliation
from payments.reconciliation.reading.columns import guess_columns
from tests.cast import Cast
from tests.payments.reconciliation.lists import (
    HEADER,
    csv_file,
    finance,
    matched,
    outcomes,
    strange,
)
from tests.payments.reconciliation.test_admin import LIST, upload
from tests.whole_dates import whole


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def columns_page(made: Reconciliation) -> str:
    return f"{LIST}{made.pk}/columns/"


def test_the_first_rows_are_shown_as_they_are_read(operator: Client, cast: Cast) -> None:
    lines = strange(cast, Amount="1234.5000", Fee=" - "), strange(cast, Amount="84.2050")
    content = csv_file(*lines).replace(b"Card Type", b"Terminal")
    upload(operator, cast, content)
    page = operator.get(columns_page(Reconciliation.objects.get()))
    first = page.context["first"]
    good, bad = first.read
    assert "$1,234.50" in good.values
    assert "$0.00" in good.values
    assert whole("Nov 10, 2025, 3:04 PM") in good.values
    assert "amount cannot be read" in bad.problem
    assert page.context["ignored"] == ["Terminal"]
    assert "Ignored columns:" in page.content.decode()


def test_another_row_has_the_column_names(operator: Client, cast: Cast) -> None:
    line = ",".join(strange(cast).values())
    wide = "a,b,c,d,e,f,g,h\n"
    upload(operator, cast, f"{wide}A,B,C,D,E,F,G,H\n{line}\n{line}\n".encode())
    made = Reconciliation.objects.get()
    assert (made.header_number, made.lines.count()) == (1, 3)
    page = operator.get(columns_page(made))
    assert "Not found:" in page.context["problem"]
    operator.post(columns_page(made), {"header": 2})
    made.refresh_from_db()
    assert (made.header[0], [each.number for each in made.lines.all()]) == ("A", [3, 4])
    operator.post(columns_page(made), {"header": 1})
    made.refresh_from_db()
    assert (made.header[0], [each.number for each in made.lines.all()]) == ("a", [2, 3, 4])
    said = operator.post(columns_page(made), {"header": 9}, follow=True).content.decode()
    assert "up to row 4" in said
    chosen = guess_columns(list(HEADER))
    letters = {field: "abcdefgh"[HEADER.index(name)] for field, name in chosen.items()}
    operator.post(columns_page(made), letters)
    made.refresh_from_db()
    assert outcomes(made)[0] == ("no-payment", "heading")
    assert operator.get(f"{LIST}{made.pk}/change/").status_code == 200
    again = upload(operator, cast, f"Title\n{wide}{line}\n".encode())
    assert again["Location"].endswith("/change/")  # read the same way as the last list
    assert Reconciliation.objects.latest("pk").header_number == 2


def test_a_sheet_is_chosen_by_its_name(operator: Client, cast: Cast) -> None:
    book = Workbook()
    book.active.append(["Summary"])
    sheet = book.create_sheet("Payments 11-28")
    sheet.append(list(HEADER))
    sheet.append(list(strange(cast).values()))
    book.save(file := BytesIO())

    def sent(name: str) -> Any:
        return upload(operator, cast, file.getvalue(), sheet=name)

    said = sent("November").content.decode()
    assert "It has: Sheet, Payments 11-28." in said
    sent("payments 11-28 ")
    assert Reconciliation.objects.get().header == list(HEADER)


def test_another_sheet_of_the_same_file_is_another_list(operator: Client, cast: Cast) -> None:
    book = Workbook()
    book.active.append(["Summary", "Total"])
    book.active.append(["Card", "84.20"])
    sheet = book.create_sheet("Payments")
    sheet.append(list(HEADER))
    sheet.append(list(strange(cast).values()))
    book.save(file := BytesIO())
    upload(operator, cast, file.getvalue(), sheet="Sheet")
    upload(operator, cast, file.getvalue(), sheet="Payments")
    assert {len(made.header) for made in Reconciliation.objects.all()} == {2, len(HEADER)}
    for name in ("Payments", "Sheet", ""):
        upload(operator, cast, file.getvalue(), sheet=name)
    assert Reconciliation.objects.count() == 2
    text = csv_file(strange(cast)).replace(b",", b"|")
    upload(operator, cast, text, delimiter=";")
    upload(operator, cast, text, delimiter="|")
    upload(operator, cast, text)
    assert Reconciliation.objects.count() == 4


@pytest.mark.parametrize(
    "name", ["Status", "Pmt Status", "Transaction Type", "Result", "Invoice No."]
)
def test_a_new_column_with_a_usual_name_is_asked_about(
    operator: Client, cast: Cast, name: str
) -> None:
    first = matched(cast.biller, strange(cast))

    def sent(cell: str) -> tuple[Reconciliation, Any]:
        line = strange(cast) | {name: cell}
        answer = upload(operator, cast, csv_file(line, header=(*HEADER, name)))
        return Reconciliation.objects.latest("pk"), answer

    made, answer = sent("Pending")
    assert answer["Location"] == columns_page(made)
    page = operator.get(columns_page(made))
    assert f"did not have these columns: {name}." in page.content.decode()
    guessed = page.context["form"].initial
    assert first.columns.items() <= guessed.items()
    assert made.columns == {}
    # Whoever ignored it once is not asked again.
    operator.post(columns_page(made), first.columns)
    made, answer = sent("Approved")
    assert answer["Location"] == f"{LIST}{made.pk}/change/"


def test_a_delimiter_is_chosen(operator: Client, cast: Cast) -> None:
    text = b"a|b,c;d\n1|2,3;4\n"
    upload(operator, cast, text, delimiter="|")
    assert Reconciliation.objects.get().header == ["a", "b,c;d"]


def test_columns_wait_while_the_list_is_matched(operator: Client, cast: Cast) -> None:
    upload(operator, cast, csv_file(strange(cast)))
    made = Reconciliation.objects.get()
    made.set_columns(guess_columns(made.header))
    assert made.claim()
    said = operator.post(columns_page(made), {"header": 1}, follow=True).content.decode()
    assert "The list is being matched." in said
