"""Which column is which: usual names, chosen columns, and what is said when it is not known."""

from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from openpyxl import Workbook

from backoffice.tables.files import read_table
from backoffice.tables.mapping import find_columns, ignored_columns
from cis.models import AccountImport
from cis.rows.columns import ACCOUNTS
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast, other_biller

HEADER = "account_number,name,address,city,state,zip,email,phone"
ROW = "0777,Ann Burns,1 Elm St,Boston,MA,02134,ann@example.com,617-555-0177"
FIELDS = HEADER.split(",")
CHOSEN = {"account_number": "Meter", "name": "Who", "chosen": "on"}
ODD = "Meter,Who,Phone\n777,Ann Burns,617-555-0177\n"
Upload = Callable[..., HttpResponse]


def columns(header: Sequence[str]) -> dict[str, str]:
    return find_columns(read_table(BytesIO(",".join(header).encode())), ACCOUNTS, {})


@pytest.mark.parametrize(
    "names",
    [
        "Account No.|Customer Name|Service Address|City|St|Zip Code|E-Mail|Tel",
        "ACCT #|CUST_NAME|SVC ADDR|SVC CITY|SVC STATE|SVC ZIP|Email Addr|Phone Nbr",
        "Acct Nbr|Name on Account|Premise Address|Town|State|ZIP|Email|Mobile",
        "AccountID|accountHolder|Street|city|Province|PostalCode|eMail|Phone No",
        "UB Acct #|Entity Name|Serv Addr 1|Serv City|Serv State|Serv Zip|E-mail 1|Tel. No.",
        "UtilityAcctNo|Cust Name 1|Svc. Loc.|City (20)|St|Zip|Email|Ph No",
        "No. de cuenta|Nombre cliente|Direccio\u0301n|Ciudad|Estado|Código Postal|Correo|Teléfono",
        "ACCT_NO|CUST_NM|SVC_ADDR|SVC_CITY|SVC_STATE|ZIP_CD|EmailAddress1|PHONE_1",
        "Account ID|Name (Last First)|Physical Address|City|State/Prov|Zip|Email|Phone Number 1",
        "Acct|Last Name/First Name|Service Addr Line 1|City|ST|Zip|Email|Phone",
        "Contract Account|Name|Loc. Address|Loc. City|Loc. State|Loc. Zip|Email|Primary Phone Nbr",
        "Acct No (text)|Customer Name (Last First)|Addr|City|State|Zip|Email|Phone",
        "Account|Resident|Address|City|State|Zip|Email|Phone",
        "\uff21ccount Number|Name*|Addr.|City|State|Zip+|E mail|Home Phone",
    ],
)
def test_usual_names_are_understood(names: str) -> None:
    header = names.split("|")
    assert columns(header) == dict(zip(FIELDS, header, strict=True))


@pytest.mark.parametrize(
    ("names", "field", "column"),
    [
        ("Acct|Name|ZIP Code (5)|ZIP+4", "zip", "ZIP Code (5)"),
        ("Account|Name|Service Zip 5|Zip4", "zip", "Service Zip 5"),
        ("Cust No|Loc No|Acct No (10)|Name", "account_number", "Acct No (10)"),
    ],
)
def test_a_shortened_name_of_a_better_column_comes_first(
    names: str, field: str, column: str
) -> None:
    assert columns(names.split("|"))[field] == column


def test_four_digits_that_follow_a_zip_code_are_none() -> None:
    assert "zip" not in columns(["Acct", "Name", "Zip4"])


def test_of_several_columns_the_best_is_taken_and_the_others_are_named() -> None:
    table = read_table(BytesIO(b"Mailing Address,Address,Service Address,Account,Name,Rate,\n"))
    found = find_columns(table, ACCOUNTS, {})
    assert found == {"account_number": "Account", "name": "Name", "address": "Service Address"}
    assert ignored_columns(table, ACCOUNTS, found) == ["Mailing Address", "Address", "Rate"]


@pytest.mark.parametrize(
    "above",
    [
        "",
        "sep=,\n",
        "Customer listing\nRun 11/27/2026\n\n",
        'Springfield Water,,,,,,,\n"Customers, active",,,,,,,\n',
        "Customer,Report\nAccount,Totals\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_row_with_the_column_names_is_found(above: str, end: str, encoding: str) -> None:
    content = f"{above}{HEADER}\n{ROW}\n".replace("\n", end).encode(encoding)
    table = read_table(BytesIO(content))
    assert len(find_columns(table, ACCOUNTS, {})) == 8
    assert [row.cells for row in table] == [ROW.split(",")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "title",
    [
        "Run 11/27/2026, page 1",
        "A,B,C;D;E|F|G\tH\tI,J;K|L\tM,N;O|P\tQ,R;S,T;U,V;W,X;Y,Z,",
        "Active; all",
        "A|B",
        "x\ty",
    ],
)
def test_a_title_does_not_decide_the_delimiter(delimiter: str, title: str) -> None:
    lines = [title, HEADER.replace(",", delimiter), ROW.replace(",", delimiter)]
    table = read_table(BytesIO("\n".join(lines).encode()))
    assert len(find_columns(table, ACCOUNTS, {})) == 8


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty"),
        (b"a heading\nand no more\n", "only one column.*commas, semicolons, tabs, bars"),
        (b"Meter,Name\n1,Ann\n", "Not found: account_number. Row 1 has: Meter, Name. Rename"),
        (b"\nMeter,Who\n1,Ann\n", "Not found: account_number, name. Row 2 has"),
        (b"Account,Name,E-mail,e_mail\n", "“e_mail” twice|“E-mail” twice, in columns C and D"),
        (b"Title,2026\nAcct,Last,First\n1,Lund,Pia\n", "Row 2 has.*joined into one: Smith, John"),
        (
            b"Account,Customer,Service,\nNumber,Name,Address,ZIP\n1,Ann,1 Ash,02134\n",
            "two rows, 1 and 2. Join them into one row, as in “Account Number.”",
        ),
        (b"From: <Saved by Blink>\nMIME-Version: 1.0\n", "a web page, not a spreadsheet"),
        (b"MIME-Version: 1.0\nX-Document-Type: Workbook\n", "a web page, not a spreadsheet"),
    ],
)
def test_each_cause_has_its_own_message(
    db: None, tmp_path: Path, content: bytes, reason: str
) -> None:
    other_biller()
    file = tmp_path / "cis.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        call_command("import_accounts", file, biller="shelbyville-power", stdout=StringIO())


def test_a_wrapped_heading_and_escaped_line_breaks_in_a_spreadsheet() -> None:
    workbook = Workbook()
    workbook.active.append(["Customer accounts"])
    workbook.active.append(["Account_x000D_\nNumber", "Customer\nName", "ZIP\u200b Code"])
    workbook.active.append(["0777", "Ann_x000D_\nBurns", "02134"])
    workbook.save(file := BytesIO())
    table = read_table(BytesIO(file.getvalue()))
    assert set(find_columns(table, ACCOUNTS, {})) == {"account_number", "name", "zip"}
    [row] = table
    assert [" ".join(cell.split()) for cell in row.cells] == ["0777", "Ann Burns", "02134"]


@pytest.fixture
def upload(finance: Client, cast: Cast) -> Upload:
    def post(content: str | bytes) -> HttpResponse:
        data = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile("cis.csv", data)
        entered = {"biller": cast.biller.pk, "file": file}
        return finance.post("/admin/cis/accountimport/add/", entered)

    return post


def choose(client: Client, page: HttpResponse, **fields: object) -> HttpResponse:
    return client.post("/admin/cis/accountimport/columns/", {"upload": token(page), **fields})


def token(page: HttpResponse) -> str:
    if "upload" in page.context:
        return str(page.context["upload"])
    return str(page.context["form"]["upload"].value())


def test_staff_choose_the_columns_and_the_next_file_is_read_the_same_way(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    page = upload(ODD)
    assert "Not found: account_number, name" in page.content.decode()
    assert page.context["form"].initial == {"phone": "Phone"}
    wrong = choose(finance, page, **{**CHOSEN, "name": "Meter"})
    assert "This column was chosen twice." in wrong.content.decode()
    preview = choose(finance, wrong, **CHOSEN)
    shown = [(column.name, column.label) for column in preview.context["seen"].columns]
    assert shown == [("Meter", "Account number"), ("Who", "Name"), ("Phone", "")]
    finance.post("/admin/cis/accountimport/confirm/", {"upload": token(preview)})
    account = cast.biller.accounts.get(account_number="777")
    assert (account.name, account.phone) == ("Ann Burns", "")
    run = AccountImport.objects.get()
    assert run.warnings == "Ignored columns: Phone."
    again = upload("A title\n" + ODD.replace("Ann", "Anne"))
    assert again.context["seen"].changed == 1
    assert again.context["seen"].columns[2].label == ""  # not taken, as chosen before


def test_of_two_columns_with_one_name_staff_choose_one_and_that_is_kept(
    finance: Client, upload: Upload
) -> None:
    file = "Account,Name,Phone,Phone\n777,Ann Burns,,617-555-0177\n"
    page = upload(file)
    assert "“Phone” twice, in columns C and D" in page.content.decode()
    chosen = {
        "account_number": "Account",
        "name": "Name",
        "phone": "Phone (column D)",
        "chosen": "on",
    }
    preview = choose(finance, page, **chosen)
    assert preview.context["seen"].first_created[0].phone == "617-555-0177"
    finance.post("/admin/cis/accountimport/confirm/", {"upload": token(preview)})
    chosen["phone"] = "Phone (column C)"
    preview = choose(finance, upload(file), **chosen)
    finance.post("/admin/cis/accountimport/confirm/", {"upload": token(preview)})
    assert upload(file).context["seen"].changes_nothing  # not asked again


def test_a_choice_can_be_changed_after_the_preview(finance: Client, upload: Upload) -> None:
    preview = upload("Account,Name,Customer Name\n777,X,Ann Burns\n")
    assert preview.context["seen"].columns[2].label == ""
    page = choose(finance, preview)
    assert page.context["form"].initial["name"] == "Name"
    chosen = {"account_number": "Account", "name": "Customer Name", "chosen": "on"}
    again = choose(finance, page, **chosen)
    assert again.context["seen"].first_created[0].name == "Ann Burns"


def test_another_row_can_be_the_one_with_the_column_names(finance: Client, upload: Upload) -> None:
    page = upload("Code,Person\nMeter,Who\n777,Ann Burns\n")
    assert page.context["first"].names == ["Code", "Person"]
    page = choose(finance, page, header=2)
    assert page.context["first"].names == ["Meter", "Who"]
    preview = choose(finance, page, **CHOSEN)
    assert preview.context["seen"].created == 1


def test_nobody_chooses_for_a_file_that_somebody_else_uploaded(
    client: Client, upload: Upload, cast: Cast
) -> None:
    page = upload(ODD)
    client.force_login(people.staff("administrator", cast.biller))
    assert choose(client, page).status_code == 403
    gone = client.post("/admin/cis/accountimport/columns/", {"upload": "gone"}, follow=True)
    assert "Nothing was imported." in gone.content.decode()


def test_the_command_reads_as_was_chosen_in_the_admin(
    finance: Client, upload: Upload, biller: Biller, tmp_path: Path
) -> None:
    preview = choose(finance, upload(ODD), **CHOSEN)
    finance.post("/admin/cis/accountimport/confirm/", {"upload": token(preview)})
    file = tmp_path / "cis.csv"
    file.write_text(ODD.replace("777", "778"))
    call_command("import_accounts", file, biller=biller.slug, stdout=(said := StringIO()))
    assert "Ignored columns: Phone." in said.getvalue()
    assert biller.accounts.get(account_number="778").name == "Ann Burns"


def test_a_file_that_was_not_imported_is_deleted(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    page = upload(ODD)
    preview = choose(finance, page, **CHOSEN)
    address = "/admin/cis/accountimport/discard/"
    done = finance.post(address, {"upload": token(preview)}, follow=True)
    assert "The uploaded file was deleted." in done.content.decode()
    for old in (page, preview):
        assert choose(finance, old).status_code == 302  # it is gone
        assert finance.post(address, {"upload": token(old)}).status_code == 302
    gone = finance.post("/admin/cis/accountimport/confirm/", {"upload": token(preview)})
    assert gone["Location"].endswith("/add/")
    assert not AccountImport.objects.exists()


def test_sheets_that_are_not_read_are_told_before_anything_is_imported(upload: Upload) -> None:
    workbook = Workbook()
    for sheet in (workbook.active, workbook.create_sheet("Cycle 2")):
        sheet.append(["Account", "Name"])
        sheet.append(["777", "Ann Burns"])
    workbook.save(file := BytesIO())
    assert "Sheets that are not read: Cycle 2." in upload(file.getvalue()).content.decode()


def test_the_first_rows_are_shown_as_they_are_read(finance: Client, upload: Upload) -> None:
    page = choose(finance, upload("Account,Name,ZIP\n777, Ann  Burns ,2134\nTotal,,\n"))
    first = page.context["first"]
    assert [(row.values, row.problem[:12]) for row in first.read] == [
        (["777", "Ann Burns", "02134"], ""),
        (["", "", ""], "its account "),
    ]


def test_a_delimiter_and_a_sheet_are_chosen(finance: Client, cast: Cast) -> None:
    file = SimpleUploadedFile("cis.csv", b"Account|Name, first\n777|Ann\n")
    entered = {"biller": cast.biller.pk, "file": file, "delimiter": "|"}
    page = finance.post("/admin/cis/accountimport/add/", entered)
    assert page.context["first"].names == ["Account", "Name, first"]
